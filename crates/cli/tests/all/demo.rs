//! `codex demo`: what it shows is true, and nothing of the user's is touched. Its cassette is played strictly, so this
//! is also the test that the asset fits the present code (`cargo run -p codex-xtask -- demo-cassette` renews it).

use std::fs;
use std::path::Path;
use std::time::Duration;

use codex_sim::Script;
use codex_test_support::CommandOutput;
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::world::scripted;

/// The value of a line such as `repository  /tmp/…`.
fn place<'a>(out: &'a CommandOutput, name: &str) -> &'a Path {
    let line = out.stdout.lines().find(|line| line.split_whitespace().next() == Some(name));
    Path::new(line.unwrap().split_whitespace().nth(1).unwrap())
}

fn first_line(rollout: &Path) -> Value {
    let text = fs::read_to_string(rollout).unwrap();
    serde_json::from_str(text.lines().next().unwrap()).unwrap()
}

#[tokio::test]
async fn the_demo_fixes_a_real_bug_resumes_and_forks() {
    let codex = scripted(Script::new([])).await;
    let config = fs::read_to_string(codex.home().join("config.toml")).unwrap();
    let out = codex.command(["demo"]).env_remove("SIM_KEY").run().await.unwrap();
    assert_eq!((out.code, out.stderr.as_str()), (Some(0), ""), "{}", out.stdout);
    assert!(out.elapsed < Duration::from_secs(10), "{:?}", out.elapsed);
    assert!(!out.stdout.contains('\u{1b}'), "colours in a file: {}", out.stdout);
    for said in [
        "6 checks, 2 failed",
        "yes  the bug is fixed: `sh tests.sh` says \"6 checks, 0 failed\"",
        "yes  3 of 3 turns were completed",
        "yes  10 of 10 requests were sent, each with the history it must have; 0 differed",
        "codex exec resume ",
        "codex exec fork ",
    ] {
        assert!(out.stdout.contains(said), "{said} is missing in {}", out.stdout);
    }
    let repository = place(&out, "repository");
    let code = fs::read_to_string(repository.join("lib/version.sh")).unwrap();
    assert!(code.contains(r#"if [ "${_a:-0}" -lt "${_b:-0}" ]; then"#), "{code}");
    let (thread, fork) = (first_line(place(&out, "thread")), first_line(place(&out, "fork")));
    assert_eq!(fork["payload"]["forked_from_id"], thread["payload"]["id"]);
    // What the user has is as it was.
    assert!(repository.starts_with(codex.root().join("tmp")), "{}", repository.display());
    assert_eq!(codex.rollouts().unwrap().len(), 0);
    assert_eq!(fs::read_to_string(codex.home().join("config.toml")).unwrap(), config);
    assert_eq!(codex.git(["status", "--porcelain"]).await.unwrap(), "");
    assert_eq!(codex.server.requests().len(), 0);
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn the_demo_does_not_depend_on_the_users_shell_git_or_start_up_files() {
    let codex = scripted(Script::new([])).await;
    let noisy = codex.user_home().join("noisy");
    fs::write(&noisy, "echo noise; echo noise >&2\n").unwrap();
    for name in [".bashrc", ".bash_profile", ".profile"] {
        fs::copy(&noisy, codex.user_home().join(name)).unwrap();
    }
    fs::write(codex.user_home().join(".gitconfig"), "[color]\n\tui = always\n[diff]\n\texternal = false\n")
        .unwrap();
    let out = codex
        .command(["demo", "--color", "always"])
        .env("BASH_ENV", &noisy)
        .env("SHELL", "/bin/bash")
        .env("GIT_DIR", "/nowhere")
        .env("NO_COLOR", "1")
        .run()
        .await
        .unwrap();
    assert_eq!(out.code, Some(0), "{}", out.stdout);
    assert!(!out.stdout.contains("noise"), "{}", out.stdout);
    assert!(out.stdout.contains("\u{1b}[32myes\u{1b}[0m  10 of 10 requests"), "{}", out.stdout);
}

#[tokio::test]
async fn a_closed_standard_output_ends_the_demo_quietly() {
    let codex = scripted(Script::new([])).await;
    let mut run = codex.command(["demo"]).spawn().unwrap();
    run.close_stdout();
    let out = run.wait().await.unwrap();
    assert_eq!((out.code, out.stderr.as_str()), (Some(1), ""));
}

#[tokio::test]
async fn a_temporary_folder_that_cannot_be_written_is_told_with_a_way_out() {
    let codex = scripted(Script::new([])).await;
    let out = codex.command(["demo"]).env("TMPDIR", "/nowhere").run().await.unwrap();
    assert_eq!(out.code, Some(1));
    assert!(out.stderr.starts_with("cannot make a folder in /nowhere: No such file or directory"), "{out:?}");
    assert!(out.stderr.ends_with("\nhint: set TMPDIR to a folder you can write to\n"), "{out:?}");
}
