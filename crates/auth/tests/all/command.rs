//! Tokens printed by a command. The command counts its runs in a file.

use std::fs;
use std::path::Path;
use std::time::Duration;

use codex_auth::{AuthError, CommandAuth, Credentials, Env, ProviderAuth};
use pretty_assertions::assert_eq;
use tempfile::TempDir;

fn auth(dir: &TempDir, script: &str) -> CommandAuth {
    CommandAuth {
        env: Vec::new(),
        command: "sh".to_owned(),
        args: vec!["-c".to_owned(), script.to_owned()],
        timeout: Duration::from_secs(20),
        refresh_interval: None,
        cwd: dir.path().to_owned(),
    }
}

fn credentials(auth: CommandAuth) -> Credentials {
    Credentials::new(ProviderAuth::Command(auth), Env::of::<&str, &str>([]))
}

async fn token(credentials: &Credentials) -> String {
    credentials.resolve().await.unwrap().unwrap().expose().to_owned()
}

fn runs(dir: &Path) -> usize {
    fs::read_to_string(dir.join("runs")).map_or(0, |text| text.lines().count())
}

const COUNTING: &str = r#"echo x >> runs; printf '  token-%s\n\n' "$(wc -l < runs | tr -d ' ')""#;

#[tokio::test]
async fn the_command_runs_once_and_again_only_for_a_refused_token() {
    let dir = tempfile::tempdir().unwrap();
    let credentials = credentials(auth(&dir, COUNTING));
    assert_eq!(runs(dir.path()), 0);
    assert_eq!(token(&credentials).await, "token-1");
    assert_eq!(token(&credentials).await, "token-1");
    let refused = credentials.resolve().await.unwrap().unwrap();
    let renewed = credentials.renew(&refused).await.unwrap().unwrap();
    assert_eq!(renewed.expose(), "token-2");
    // Another request was refused with the same old token: the new one serves it too.
    assert_eq!(credentials.renew(&refused).await.unwrap().unwrap().expose(), "token-2");
    assert_eq!(runs(dir.path()), 2);
}

#[tokio::test]
async fn an_expired_token_is_printed_again() {
    let dir = tempfile::tempdir().unwrap();
    let expiring = CommandAuth { refresh_interval: Some(Duration::ZERO), ..auth(&dir, COUNTING) };
    let credentials = credentials(expiring);
    assert_eq!(token(&credentials).await, "token-1");
    assert_eq!(token(&credentials).await, "token-2");
}

async fn failure(auth: CommandAuth) -> String {
    let error = credentials(auth).resolve().await.unwrap_err();
    assert!(matches!(error, AuthError::Command { .. } | AuthError::CommandSilent { .. }), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn a_failing_command_is_an_error_that_says_what_it_said() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        failure(auth(&dir, "echo not logged in >&2; echo leaked-token; exit 3")).await,
        "the auth command `sh` failed (exit status: 3): not logged in"
    );
    assert_eq!(
        failure(auth(&dir, "printf ' \n'")).await,
        "the auth command `sh` printed nothing on its standard output"
    );
    let missing = CommandAuth { command: "no-such-program-here".to_owned(), ..auth(&dir, "") };
    assert!(failure(missing).await.contains("could not be started"));
}

#[tokio::test]
async fn a_hanging_command_is_killed_with_its_children() {
    let dir = tempfile::tempdir().unwrap();
    let hanging = CommandAuth {
        timeout: Duration::from_millis(300),
        ..auth(&dir, "sleep 600 & echo $! > child; wait")
    };
    assert_eq!(failure(hanging).await, "the auth command `sh` did not finish within 300 ms");
    if cfg!(target_os = "linux") {
        let child = fs::read_to_string(dir.path().join("child")).unwrap();
        let stat = Path::new("/proc").join(child.trim()).join("stat");
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        // Gone, or a zombie nobody has reaped yet.
        while fs::read_to_string(&stat).is_ok_and(|text| !text.contains(") Z ")) {
            assert!(std::time::Instant::now() < deadline, "the child of the command still runs");
            tokio::task::yield_now().await;
        }
    }
}
