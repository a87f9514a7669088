//! `codex sandbox`: one command under the policy of the configuration, or a certificate of what that policy is worth here.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use codex_protocol::{SandboxPolicy, Surroundings};
use codex_sandbox::{
    Barrier, CommandSpec, NETWORK_DISABLED_VARIABLE, Seatbelt, StdioMode, look_from_inside, restricted_token,
    seatbelt, spawn,
};
use codex_tools::own_places;

use crate::args::{BarrierWord, PlanFor, RootArgs, SandboxArgs, StateArgs};
use crate::commands::print::print;
use crate::commands::{certificate, network, sandbox_state};
use crate::error::CliError;
use crate::process::Process;
use crate::runtime::block_on;
use crate::settings::{Flags, Settings};

/// Exit code of a shell whose program was ended by a signal, less its number.
const SIGNALLED: i32 = 128;

/// Runs the command, or certifies.
pub(crate) fn run(args: SandboxArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    if args.probe {
        return match look_from_inside(&args.command) {
            Some(lines) => print(lines.as_bytes()),
            None => Err(CliError::Usage("--probe is the inner half of `codex sandbox --certify`".to_owned())),
        };
    }
    if args.certify {
        let workspace = args.cd.as_deref().map_or(process.cwd.clone(), |cd| process.cwd.join(cd));
        return certificate::print_certificate(args.barrier, &workspace);
    }
    let mut flags = Flags::inspecting(root, args.config);
    flags.place.sandbox = args.sandbox.or(flags.place.sandbox);
    flags.place.permission_profile = args.permissions;
    flags.place.cd = args.cd.or(flags.place.cd);
    flags.place.profile = args.profile.or(flags.place.profile);
    let settings = flags.load(process)?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let mut spec = spec(&settings, process, args.command);
    apply_state(&mut spec, &args.state, &settings, process)?;
    spec.barrier = args.barrier.map_or(spec.barrier, barrier);
    if let Some(system) = args.plan {
        return print(plan(system, &spec).as_bytes());
    }
    let proxy = network::limited(&mut spec, &settings)?;
    let code = block_on(Box::pin(run_to_the_end(spec, proxy)))??;
    // A status is one byte everywhere but inside of us.
    Ok(ExitCode::from(u8::try_from(code & 0xff).unwrap_or(u8::MAX)))
}

fn spec(settings: &Settings, process: &Process, command: Vec<String>) -> CommandSpec {
    let config = &settings.config;
    let policy = config.sandbox_policy();
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

/// Replaces the permissions of the configuration by those of a state that was handed over.
fn apply_state(
    spec: &mut CommandSpec,
    state: &StateArgs,
    settings: &Settings,
    process: &Process,
) -> Result<(), CliError> {
    let tmpdir = process.path_var("TMPDIR").filter(|dir| dir.is_absolute());
    let surroundings = Surroundings { tmpdir: tmpdir.as_deref(), helpers: &[] };
    let Some((cwd, permissions)) = sandbox_state::given(state, surroundings, &settings.config)? else {
        return Ok(());
    };
    let roots = permissions.writable_roots().unwrap_or_default();
    spec.kept = own_places(&settings.config.codex_home, &roots);
    spec.env.retain(|(name, _)| name != NETWORK_DISABLED_VARIABLE);
    if !permissions.network_enabled() {
        spec.env.push((NETWORK_DISABLED_VARIABLE.into(), "1".into()));
    }
    (spec.cwd, spec.permissions) = (cwd, permissions);
    Ok(())
}

/// What another system would be told; a command without limits needs no telling.
fn plan(system: PlanFor, spec: &CommandSpec) -> String {
    let text = match system {
        PlanFor::Macos => {
            seatbelt(&spec.permissions, &spec.kept, &[]).map(|Seatbelt { profile, parameters }| {
                let values =
                    parameters.iter().map(|(name, path)| format!("; -D {name}={}\n", path.display()));
                profile + &values.collect::<String>()
            })
        }
        PlanFor::Windows => restricted_token(&spec.permissions, &spec.kept).map(|plan| plan.to_string()),
    };
    text.unwrap_or_else(|| "no sandbox: the command may do everything\n".to_owned())
}

fn barrier(word: BarrierWord) -> Barrier {
    match word {
        BarrierWord::Namespaces => Barrier::Namespaces,
        BarrierWord::Bubblewrap => Barrier::Bubblewrap,
        BarrierWord::Landlock => Barrier::LandlockOnly,
    }
}

fn environment(process: &Process, policy: &SandboxPolicy) -> Vec<(OsString, OsString)> {
    let mut env = process.env.clone();
    env.retain(|(name, _)| name != NETWORK_DISABLED_VARIABLE);
    if !policy.network_enabled() {
        env.push((NETWORK_DISABLED_VARIABLE.into(), "1".into()));
    }
    env
}

/// The command's exit code. Signals reach only us, since the command has no controlling terminal; they end both, and
/// nothing of the sandbox is left behind.
async fn run_to_the_end(spec: CommandSpec, proxy: Option<network::Limited>) -> Result<i32, CliError> {
    let own = |source| CliError::Io { what: "signals cannot be listened for", source };
    // Before the command: a signal in between must not leave it to itself.
    let mut ended = EndSignals::listen().map_err(own)?;
    let process = spawn(spec).await?;
    let _served = match (proxy, process.take_doors()) {
        (Some(proxy), Some(doors)) => Some(proxy.serve(doors)?),
        _ => None,
    };
    tokio::select! {
        code = process.wait() => Ok(code),
        signal = ended.next() => {
            process.shutdown().await;
            Ok(SIGNALLED + signal)
        }
    }
}

/// The signals that ask a program to end.
struct EndSignals {
    #[cfg(unix)]
    streams: [(i32, tokio::signal::unix::Signal); 3],
}

impl EndSignals {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let stream = |kind: SignalKind| Ok::<_, io::Error>((kind.as_raw_value(), signal(kind)?));
        let [interrupt, terminate, hangup] =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Ok(Self { streams: [stream(interrupt)?, stream(terminate)?, stream(hangup)?] })
    }

    /// The number of the next one.
    #[cfg(unix)]
    async fn next(&mut self) -> i32 {
        let [(interrupt, first), (terminate, second), (hangup, third)] = &mut self.streams;
        tokio::select! {
            _ = first.recv() => *interrupt,
            _ = second.recv() => *terminate,
            _ = third.recv() => *hangup,
        }
    }

    #[cfg(not(unix))]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) -> i32 {
        const INTERRUPT: i32 = 2;
        match tokio::signal::ctrl_c().await {
            Ok(()) => INTERRUPT,
            Err(_) => std::future::pending().await,
        }
    }
}
