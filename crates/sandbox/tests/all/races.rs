//! Links that change while a command writes through them, and while another command is being started. `FUZZ_ROUNDS` sets
//! how often (`just fuzz`); the default is short.

use std::fs;
use std::os::unix::fs::symlink;

use codex_protocol::{SandboxPolicy, Surroundings};
use codex_sandbox::{SpawnError, spawn};
use pretty_assertions::assert_eq;

use super::harness::{Ran, Site, finish, full_sandbox, names, probe, run};

fn rounds(default: u32) -> u32 {
    std::env::var("FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(default)
}

// covers: safety S6
// threat 3
#[tokio::test]
async fn a_link_that_keeps_changing_leads_no_write_outside() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    fs::create_dir(site.ws.join("real")).unwrap();
    symlink(&site.outside, site.ws.join("link")).unwrap();
    let rounds = rounds(1_000).to_string();
    let policy = site.workspace_write();
    let ran = run(probe(&site, policy, &["swap", "real", "link", "race", &rounds])).await;
    assert_eq!(ran, Ran { code: 0, output: format!("swapped {rounds}\n") });
    assert_eq!(site.outside_names(), ["o.txt"]);
    assert_eq!(fs::read_to_string(site.outside.join("o.txt")).unwrap(), "outside-data\n");
}

/// One command, which may, swaps `.codex` of a workspace with a link outside, while others start in that workspace.
// threat 3, threat 13
#[tokio::test]
async fn a_protected_name_that_keeps_changing_is_never_written() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    fs::create_dir(site.ws.join(".codex")).unwrap();
    symlink(&site.outside, site.base.join("link")).unwrap();
    let above = SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    };
    let mut swapper = probe(&site, above.clone(), &["swap-for-ever", "ws/.codex", "link"]);
    swapper.cwd.clone_from(&site.base);
    swapper.permissions = above.resolve(&site.base, Surroundings::default());
    let swapper = spawn(swapper).await.unwrap();
    let (mut refused, mut held) = (0, 0);
    // Each round is a start, so fewer of them.
    for _ in 0..rounds(1_000).div_ceil(10) {
        let script = "echo x > .codex/race; echo x >> .codex/o.txt; mkdir .codex/d; ln .codex/o.txt h; true";
        match spawn(site.spec(above.clone(), script)).await {
            Ok(process) => {
                assert_eq!(finish(&process).await.code, 0);
                held += 1;
            }
            Err(
                SpawnError::ProtectedLink { .. } | SpawnError::Protect { .. } | SpawnError::Misbuilt { .. },
            ) => {
                refused += 1;
            }
            // Bubblewrap looks at the path by itself.
            Err(SpawnError::Bubblewrap { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    // Still at it, so it was there all the time.
    assert_eq!(swapper.exit_code(), None);
    swapper.shutdown().await;
    assert_eq!(site.outside_names(), ["o.txt"], "{held} held, {refused} refused");
    assert_eq!(fs::read_to_string(site.outside.join("o.txt")).unwrap(), "outside-data\n");
    let folder = [site.ws.join(".codex"), site.base.join("link")]
        .into_iter()
        .find(|path| path.is_dir() && !path.is_symlink());
    assert_eq!(names(&folder.unwrap()), Vec::<String>::new(), "{held} held, {refused} refused");
}
