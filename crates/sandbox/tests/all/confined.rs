//! Our own small commands.

use std::time::Duration;

use codex_sandbox::{Confined, ConfinedError, run_confined};
use pretty_assertions::assert_eq;

use super::harness::{PATIENCE, Site, any_sandbox, environment, names};

#[tokio::test]
async fn stdout_is_captured_and_nothing_is_written() {
    if !any_sandbox().await {
        return;
    }
    let site = Site::new();
    let bash =
        |script: &'static str, limit| run_confined("bash", ["-c", script], &site.ws, environment(&[]), limit);
    let said = bash("echo out; echo err >&2; echo x > f; exit 4", PATIENCE).await.unwrap();
    assert_eq!(said, Confined { exit_code: 4, stdout: b"out\n".to_vec() });
    assert_eq!(names(&site.ws), Vec::<String>::new());
    let exact = bash("head -c 1048576 /dev/zero", PATIENCE).await.unwrap();
    assert_eq!(exact.stdout.len(), 1_048_576);
    let flood = bash("head -c 1048577 /dev/zero", PATIENCE).await;
    assert!(matches!(flood, Err(ConfinedError::TooMuchOutput { bytes: 1_048_577, .. })));
    let slow = bash("sleep 1000", Duration::from_millis(30)).await;
    assert!(matches!(slow, Err(ConfinedError::TimedOut { .. })));
    let missing = run_confined("no-such-program", [""; 0], &site.ws, Vec::new(), PATIENCE).await;
    assert!(matches!(missing, Err(ConfinedError::Spawn(_))));
}

// threat 6
#[tokio::test]
async fn git_answers_from_inside() {
    if !any_sandbox().await {
        return;
    }
    let site = Site::new();
    let env = environment(&[("GIT_CONFIG_GLOBAL", "/dev/null".as_ref())]);
    let made = std::process::Command::new("git").args(["init", "-q", "."]).current_dir(&site.ws).status();
    if !made.is_ok_and(|status| status.success()) {
        super::harness::skip("no git");
        return;
    }
    let said =
        run_confined("git", ["rev-parse", "--is-inside-work-tree"], &site.ws, env, PATIENCE).await.unwrap();
    assert_eq!(said, Confined { exit_code: 0, stdout: b"true\n".to_vec() });
}
