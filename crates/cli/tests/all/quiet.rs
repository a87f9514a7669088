//! Quiet by default: every command, under a tracer that sees each connection and each datagram. Whatever goes anywhere
//! but to the configured server is a failure, a name that is looked up included.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use codex_sim::{RecordedRequest, Reply, Script};
use codex_test_support::TestCodex;

use crate::screens::Terminal;
use crate::world::{run_command, world};

/// A preload would not see a static binary, and a filter would change what the program meets: `strace` only looks.
fn tracer() -> Option<&'static str> {
    let found = std::process::Command::new("strace").arg("-V").stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success()).then_some("strace")
}

/// Addresses of the internet that were connected or sent to, but for the server's.
fn strangers(trace: &Path, port: u16) -> Vec<String> {
    let trace = std::fs::read_to_string(trace).unwrap_or_default();
    let ours = format!("sin_port=htons({port}), sin_addr=inet_addr(\"127.0.0.1\")");
    let to_internet = trace.lines().filter(|line| line.contains("AF_INET") && line.contains("htons("));
    to_internet.filter(|line| !line.contains(&ours)).map(str::to_owned).collect()
}

/// The same for commands with a server of their own on this machine, on whatever port. Resolvers may live here too.
fn strangers_beyond_this_machine(trace: &Path) -> Vec<String> {
    let is_local = |line: &str| line.contains("inet_addr(\"127.0.0.1\")") && !line.contains("htons(53)");
    let trace = std::fs::read_to_string(trace).unwrap_or_default();
    let to_internet = trace.lines().filter(|line| line.contains("AF_INET") && line.contains("htons("));
    to_internet.filter(|line| !is_local(line)).map(str::to_owned).collect()
}

fn traced(codex: &TestCodex, tracer: &str, args: &[&str]) -> (tokio::process::Command, PathBuf) {
    let trace = codex.user_home().join("trace");
    let mut command = tokio::process::Command::new(tracer);
    command.args(["-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o"]).arg(&trace);
    command.arg(env!("CARGO_BIN_EXE_codex")).args(args).current_dir(codex.repo()).env_clear();
    command.env("CODEX_HOME", codex.home()).env("HOME", codex.user_home()).env("PATH", "/usr/bin:/bin");
    (command, trace)
}

/// Runs it to its end; a key is what it reads.
async fn trace_of(codex: &TestCodex, tracer: &str, args: &[&str]) -> PathBuf {
    let (mut command, trace) = traced(codex, tracer, args);
    codex.write("key.txt", "sk-0123456789abcdefghij\n").unwrap();
    let stdin = match args {
        ["login", "--with-api-key"] => File::open(codex.repo().join("key.txt")).unwrap().into(),
        _ => Stdio::null(),
    };
    let out = command.stdin(stdin).output().await.unwrap();
    // A tracer that may not trace has seen nothing, which proves nothing.
    assert!(trace.exists(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    if args.first() != Some(&"debug") {
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
    trace
}

/// The terminal UI: from its start to a thread with one answer and the list of models, and to its end.
fn trace_of_screen(codex: &TestCodex, tracer: &str) -> PathBuf {
    let (command, trace) = traced(codex, tracer, &["--sandbox", "read-only", "--no-alt-screen"]);
    let mut command = command.into_std();
    command.env("TERM", "xterm-256color").env("SHELL", "/bin/sh").env("TMPDIR", codex.user_home());
    let mut terminal = Terminal::of(command);
    terminal.wait_for("What shall be done?");
    terminal.ask("question", "hello");
    assert!(terminal.leave().success());
    trace
}

fn trace_has_server(trace: &Path, port: u16) -> bool {
    let trace = std::fs::read_to_string(trace).unwrap_or_default();
    trace.contains(&format!("sin_port=htons({port})"))
}

async fn strangers_of(codex: &TestCodex, tracer: &str, args: &[&str]) -> Vec<String> {
    strangers(&trace_of(codex, tracer, args).await, codex.server.port())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_speaks_to_anybody_but_the_configured_server() {
    let Some(tracer) = tracer() else {
        eprintln!("skipped: `strace` is not installed, and nothing else sees every connection");
        return;
    };
    let answer = |request: &RecordedRequest| match request.answered_calls().is_empty() {
        true => run_command("echo seen", "c1"),
        false => Reply::say("hello"),
    };
    let script = Script::new([Reply::computed(answer)]).repeat_last().allow_unused();
    let config = "model = \"gpt-5.5\"\nopenai_base_url = \"$SERVER\"\n";
    let login = r#"{"auth_mode":"apikey","OPENAI_API_KEY":"sk-0123456789abcdefghij"}"#;
    let codex =
        world().raw_config(config).script(script).home_file("auth.json", login).build().await.unwrap();
    let commands: &[&[&str]] = &[
        &["--version"],
        &["--help"],
        &["exec", "--json", "hi"],
        &["exec", "--ephemeral", "--record", "run.cassette", "hi"],
        &["exec", "resume", "--last", "more"],
        &["login", "status"],
        &["features", "list"],
        &["completion", "bash"],
        &["debug", "models"],
        &["debug", "prompt-input", "hi"],
        &["execpolicy", "check", "--rules", "own.rules", "ls"],
        &["logout"],
        &["login", "--with-api-key"],
        &["exec", "hi"],
    ];
    codex.write("own.rules", "prefix_rule(pattern = [\"ls\"], decision = \"allow\")\n").unwrap();
    for args in commands {
        assert_eq!(strangers_of(&codex, tracer, args).await, Vec::<String>::new(), "{args:?}");
    }
    // Threads are put away, taken back and deleted without a word to anybody.
    let id = codex.rollouts().unwrap()[0].payloads("session_meta")[0]["id"].as_str().unwrap().to_owned();
    let of_thread: [&[&str]; 6] = [
        &["debug", "compaction", &id],
        &["archive", &id],
        &["unarchive", &id],
        &["delete", "--force", &id],
        &["features", "enable", "unified_exec"],
        &["sandbox", "--", "true"],
    ];
    for args in of_thread {
        assert_eq!(strangers_of(&codex, tracer, args).await, Vec::<String>::new(), "{args:?}");
    }
    for args in [&["demo"][..], &["replay", "run.cassette"]] {
        let trace = trace_of(&codex, tracer, args).await;
        assert_eq!(strangers_beyond_this_machine(&trace), Vec::<String>::new(), "{args:?}");
    }
    let trace = trace_of_screen(&codex, tracer);
    assert_eq!(strangers(&trace, codex.server.port()), Vec::<String>::new(), "the terminal UI");
    assert!(trace_has_server(&trace, codex.server.port()), "the terminal UI asked nobody");
    // The tracer does see strangers: another address is one.
    let elsewhere = [
        "debug",
        "models",
        "-c",
        "model_provider=\"lab\"",
        "-c",
        "model_providers.lab.name=\"L\"",
        "-c",
        "model_providers.lab.base_url=\"http://127.0.0.1:9/v1\"",
        "-c",
        "model_providers.lab.auth.command=\"pwd\"",
    ];
    assert_ne!(strangers_of(&codex, tracer, &elsewhere).await, Vec::<String>::new());
}
