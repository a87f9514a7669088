//! `codex sandbox --certify`: what the sandbox holds on this machine, tried now, and what stands in reserve.
//! Owns the words; the trials are the sandbox's.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use codex_sandbox::{Certificate, Finding, Rung, Support, certify, certify_workspace, check_support};

use crate::args::BarrierWord;
use crate::commands::print::print;
use crate::error::CliError;
use crate::runtime::block_on;
use crate::scratch::scratch_folder;

/// Certifies the rung in use, or the one asked for. The exit code is 0 when all of it is enforced.
pub(crate) fn print_certificate(wanted: Option<BarrierWord>, workspace: &Path) -> Result<ExitCode, CliError> {
    let own = |source| CliError::Io { what: "the trials cannot be prepared", source };
    let probe =
        [std::env::current_exe().map_err(own)?.into(), "sandbox".into(), "--probe".into(), "--".into()];
    block_on(Box::pin(async {
        let mut support = check_support().await;
        support.rung = wanted.map_or(support.rung, rung);
        let certificate = tried(&probe, &support, support.rung).await?;
        let here = certify_workspace(&probe, workspace, &support, support.rung).await?;
        let mut reserve = Vec::new();
        // A person who asks for one rung hears of that one.
        let others = if wanted.is_some() { Vec::new() } else { support.rungs() };
        for rung in others.into_iter().filter(|rung| *rung != support.rung) {
            reserve.push(tried(&probe, &support, rung).await?);
        }
        let mut out = text(&support, &certificate);
        in_workspace(&mut out, workspace, &here);
        for certificate in &reserve {
            in_reserve(&mut out, certificate);
        }
        print(out.as_bytes())?;
        Ok(if certificate.is_whole() && here.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }))?
}

async fn tried(probe: &[OsString], support: &Support, rung: Rung) -> Result<Certificate, CliError> {
    let own = |source| CliError::Io { what: "the trials cannot be prepared", source };
    let scratch = scratch_folder("codex-certify-").map_err(own)?;
    Ok(certify(probe, scratch.path(), support, rung).await?)
}

fn rung(word: BarrierWord) -> Rung {
    match word {
        BarrierWord::Namespaces => Rung::Namespaces,
        BarrierWord::Bubblewrap => Rung::Bubblewrap,
        BarrierWord::Landlock => Rung::Landlock,
    }
}

fn text(support: &Support, certificate: &Certificate) -> String {
    let level = match support.rung {
        Rung::Namespaces => "full: private namespaces with read-only mounts, seccomp",
        Rung::Bubblewrap => "full: the system's bubblewrap with read-only mounts, seccomp",
        Rung::Landlock => "reduced: Landlock and seccomp, no namespaces",
        Rung::None => "none: restricted commands are refused",
    };
    let mut out = format!("Sandbox: {level}\n");
    let mut fact = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {name:<12} {value}");
    };
    fact("namespaces", support.namespaces_missing.as_deref().unwrap_or("available"));
    let bubblewrap = match &support.bubblewrap {
        Ok(program) => format!("{} ({})", program.version, program.path.display()),
        Err(reason) => reason.clone(),
    };
    fact("bubblewrap", &bubblewrap);
    let landlock = support.landlock_abi.map(|abi| format!("ABI {abi}"));
    fact("Landlock", landlock.as_deref().unwrap_or("missing"));
    fact("seccomp", support.filter_missing.as_deref().unwrap_or("available"));
    out.push_str("Tried now, under workspace-write without network unless it says otherwise:\n");
    claims(&mut out, certificate);
    for limit in support.rung.limits() {
        let _ = writeln!(out, "  limit         {limit}");
    }
    out
}

fn claims(out: &mut String, certificate: &Certificate) {
    for claim in &certificate.claims {
        let _ = match &claim.finding {
            Finding::Enforced => writeln!(out, "  enforced      {} ({})", claim.promise, claim.mechanism),
            Finding::NotEnforced(reason) => writeln!(out, "  NOT enforced  {}: {reason}", claim.promise),
        };
    }
}

/// What depends on where one stands: pointers to git folders, links, names that are there or not.
fn in_workspace(out: &mut String, workspace: &Path, certificate: &Certificate) {
    if certificate.rung != Rung::None {
        let _ = writeln!(out, "In this workspace, {}:", workspace.display());
        claims(out, certificate);
    }
}

/// What would be had if the rungs above were missing.
fn in_reserve(out: &mut String, certificate: &Certificate) {
    let missing = certificate.claims.iter().filter(|claim| claim.finding != Finding::Enforced);
    let all = certificate.claims.len();
    let _ = writeln!(
        out,
        "In reserve: {}, {} of {all} enforced",
        certificate.rung.name(),
        all - missing.clone().count()
    );
    for claim in missing {
        let _ = writeln!(out, "  not enforced  {}", claim.promise);
    }
}
