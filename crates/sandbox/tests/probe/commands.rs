//! `nest` and `hold`: a process that starts commands through the sandbox itself, in its working folder.

use std::error::Error;
use std::io::Write as _;

use codex_protocol::SandboxPolicy;
use codex_sandbox::{Barrier, CommandSpec, check_support, spawn};

/// Runs a script under workspace-write; prints its exit code and the rung found here.
#[tokio::main]
pub(crate) async fn nest(script: &str) -> Result<(), Box<dyn Error>> {
    let workspace = std::env::current_dir()?;
    let mut spec = CommandSpec::new("/bin/bash", workspace, SandboxPolicy::workspace_write());
    spec.args = vec!["-c".into(), script.into()];
    let code = spawn(spec).await?.wait().await;
    let rung = check_support().await.rung;
    Ok(writeln!(std::io::stdout(), "exit {code}\nrung {rung:?}")?)
}

/// Starts `sleep MARKER` with full access and in the sandbox (behind the barrier of that name), writes its own process number to `pid`, and waits to be
/// killed. The markers are one argument, so that no argument of this process equals one of them.
#[tokio::main]
pub(crate) async fn hold(markers: &str, barrier: &str) -> Result<(), Box<dyn Error>> {
    let workspace = std::env::current_dir()?;
    std::fs::write(workspace.join("pid"), std::process::id().to_string())?;
    // A killed parent cannot remove its placeholders, so keep them out of the shared /tmp.
    let restricted = SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    };
    let mut held = Vec::new();
    for (marker, policy) in markers.split(',').zip([SandboxPolicy::DangerFullAccess, restricted]) {
        let mut spec = CommandSpec::new("/bin/sleep", &workspace, policy);
        spec.args = vec![marker.into()];
        spec.barrier = if barrier == "Bubblewrap" { Barrier::Bubblewrap } else { Barrier::Best };
        held.push(spawn(spec).await?);
    }
    std::future::pending().await
}
