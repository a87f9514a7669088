//! Login files run for the first command; later ones read what they set up.

use std::fs;
use std::time::{Duration, Instant};

use codex_protocol::{SandboxPolicy, TurnItem};
use codex_tools::ToolProgress;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, CommandText, workspace_write};

const PROFILE: &str = "export FROM_LOGIN='set by \"login\" files'\ngreet() { echo \"hi $1\"; }\nshopt -s nullglob\n\
    shopt -s expand_aliases\nalias say='echo said'\nunset TAKEN_AWAY\necho noise\n";

const ASK: &str =
    "shopt -q login_shell && echo login || echo plain; greet a; say b; echo \"$FROM_LOGIN\" x* $-";

async fn ask(bench: &mut Bench) -> Vec<String> {
    let told = bench.function("exec_command", json!({"cmd": ASK, "shell": "/bin/bash"})).await;
    let output = CommandText::parse(&told).output;
    output.lines().filter(|line| *line != "noise").map(str::to_owned).collect()
}

#[tokio::test]
async fn login_files_are_captured_once_and_gone_at_the_end() {
    let mut bench = Bench::with_snapshot(workspace_write());
    fs::write(bench.outer.join(".bash_profile"), PROFILE).unwrap();
    assert_eq!(ask(&mut bench).await[0], "login", "the first command does not wait");
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut lines = ask(&mut bench).await;
    while lines[0] == "login" && Instant::now() < deadline {
        lines = ask(&mut bench).await;
    }
    assert_eq!(lines, ["plain", "hi a", "said b", "set by \"login\" files hBc"]);
    let shown = bench.items().into_iter().all(|item| match item {
        ToolProgress::ItemStarted(TurnItem::CommandExecution(item))
        | ToolProgress::ItemCompleted(TurnItem::CommandExecution(item)) => item.command[1] == "-lc",
        other => panic!("{other:?}"),
    });
    assert!(shown, "what is shown stays a login shell");
    let folder = bench.outer.join("home/shell_snapshots");
    let file = walk(&folder);
    assert_eq!(file.len(), 1);
    // What was not captured is not read.
    fs::write(&file[0], "echo poisoned\n").unwrap();
    assert_eq!(ask(&mut bench).await[0], "login");
    bench.cx.thread.shutdown().await;
    assert_eq!(walk(&folder), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn without_the_feature_every_command_is_a_login_shell() {
    let mut bench = Bench::new(SandboxPolicy::ReadOnly);
    fs::write(bench.outer.join(".bash_profile"), PROFILE).unwrap();
    for _ in 0..2 {
        assert_eq!(ask(&mut bench).await[0], "login");
    }
    assert!(!bench.outer.join("home/shell_snapshots").exists());
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let folders = fs::read_dir(folder).into_iter().flatten().flatten();
    folders.flat_map(|folder| fs::read_dir(folder.path()).unwrap()).map(|file| file.unwrap().path()).collect()
}
