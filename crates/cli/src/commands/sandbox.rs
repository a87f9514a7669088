//! `codex sandbox`: one command under the policy of the configuration, or a certificate of what that policy is worth here.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::ExitCode;

use codex_protocol::{SandboxMode, SandboxPolicy, Surroundings};
use codex_sandbox::{
    Barrier, Certificate, CommandSpec, Finding, Level, NETWORK_DISABLED_VARIABLE, StdioMode, certify,
    look_from_inside, spawn,
};
use codex_tools::own_places;

use crate::args::{RootArgs, Sandbox, SandboxArgs};
use crate::commands::print::print;
use crate::error::CliError;
use crate::process::Process;
use crate::runtime::block_on;
use crate::settings::{Flags, Settings};

/// Exit code of a shell whose program was ended by SIGINT.
const INTERRUPTED: i32 = 130;

/// Runs the command, or certifies.
pub(crate) fn run(args: SandboxArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    if args.probe {
        return match look_from_inside(&args.command) {
            Some(lines) => print(lines.as_bytes()),
            None => Err(CliError::Usage("--probe is the inner half of `codex sandbox --certify`".to_owned())),
        };
    }
    if args.certify {
        return print_certificate();
    }
    let mode = args.permissions.as_deref().map(built_in).transpose()?.or(args.sandbox);
    let mut flags = Flags::inspecting(root, args.config);
    flags.place.sandbox = mode.or(flags.place.sandbox);
    flags.place.cd = args.cd.or(flags.place.cd);
    flags.place.profile = args.profile.or(flags.place.profile);
    let settings = flags.load(process)?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let spec = spec(&settings, process, args.command);
    let code = block_on(Box::pin(run_to_the_end(spec)))??;
    // A status is one byte everywhere but inside of us.
    Ok(ExitCode::from(u8::try_from(code & 0xff).unwrap_or(u8::MAX)))
}

/// A built-in permission profile (`safety.md §4`); others do not exist yet.
fn built_in(profile: &str) -> Result<Sandbox, CliError> {
    match profile {
        ":read-only" => Ok(Sandbox::ReadOnly),
        ":workspace" => Ok(Sandbox::WorkspaceWrite),
        ":danger-full-access" => Ok(Sandbox::DangerFullAccess),
        _ => Err(CliError::PermissionProfile(profile.to_owned())),
    }
}

fn spec(settings: &Settings, process: &Process, command: Vec<String>) -> CommandSpec {
    let config = &settings.config;
    let policy = config.sandbox_policy_for(config.sandbox_mode.unwrap_or(SandboxMode::ReadOnly));
    let tmpdir = process.path_var("TMPDIR").filter(|dir| dir.is_absolute());
    let surroundings = Surroundings { tmpdir: tmpdir.as_deref(), helpers: &[] };
    let permissions = policy.resolve(&config.cwd, surroundings);
    let roots = permissions.writable_roots().unwrap_or_default();
    let mut command = command.into_iter().map(OsString::from);
    let mut spec = CommandSpec::new(command.next().unwrap_or_default(), &config.cwd, SandboxPolicy::ReadOnly);
    spec.args = command.collect();
    spec.env = environment(process, &policy);
    spec.permissions = permissions;
    spec.kept = own_places(&config.codex_home, &roots);
    spec.stdio = StdioMode::Inherit;
    if config.features.enabled("use_legacy_landlock") {
        spec.barrier = Barrier::LandlockOnly;
    }
    spec
}

fn environment(process: &Process, policy: &SandboxPolicy) -> Vec<(OsString, OsString)> {
    let mut env = process.env.clone();
    env.retain(|(name, _)| name != NETWORK_DISABLED_VARIABLE);
    if !policy.network_enabled() {
        env.push((NETWORK_DISABLED_VARIABLE.into(), "1".into()));
    }
    env
}

/// The command's exit code. Ctrl-C reaches only us, since the command has no controlling terminal; it ends both.
async fn run_to_the_end(spec: CommandSpec) -> Result<i32, CliError> {
    let process = spawn(spec).await?;
    tokio::select! {
        code = process.wait() => Ok(code),
        _ = tokio::signal::ctrl_c() => {
            process.shutdown().await;
            Ok(INTERRUPTED)
        }
    }
}

fn print_certificate() -> Result<ExitCode, CliError> {
    let own = |source| CliError::Io { what: "the trials cannot be prepared", source };
    let scratch = tempfile::tempdir().map_err(own)?;
    let probe =
        [std::env::current_exe().map_err(own)?.into(), "sandbox".into(), "--probe".into(), "--".into()];
    let certificate = block_on(Box::pin(certify(&probe, scratch.path())))??;
    print(text(&certificate).as_bytes())?;
    Ok(if certificate.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn text(certificate: &Certificate) -> String {
    let support = &certificate.support;
    let level = match support.level {
        Level::Full => "full: private namespaces with read-only mounts, seccomp",
        Level::LandlockOnly => "reduced: Landlock and seccomp, no namespaces",
        Level::None => "none: restricted commands are refused",
    };
    let mut out = format!("Sandbox: {level}\n");
    let mut fact = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {name:<12} {value}");
    };
    fact("namespaces", support.namespaces_missing.as_deref().unwrap_or("available"));
    let landlock = support.landlock_abi.map(|abi| format!("ABI {abi}"));
    fact("Landlock", landlock.as_deref().unwrap_or("missing"));
    fact("seccomp", support.filter_missing.as_deref().unwrap_or("available"));
    out.push_str("Tried now, under workspace-write without network:\n");
    for claim in &certificate.claims {
        let _ = match &claim.finding {
            Finding::Enforced => writeln!(out, "  enforced      {} ({})", claim.promise, claim.mechanism),
            Finding::NotEnforced(reason) => writeln!(out, "  NOT enforced  {}: {reason}", claim.promise),
        };
    }
    for limit in support.limits() {
        let _ = writeln!(out, "  limit         {limit}");
    }
    out
}
