//! `exec_command` with real shells: output, exit codes, limits, the sandbox around it, and interruption.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use codex_protocol::{
    CallKind, CommandExecutionItem, CommandSource, ItemId, ItemStatus, ParsedCommand, SandboxPolicy, TurnItem,
};
use codex_tools::{CallEnd, ToolProgress, TurnTools};
use pretty_assertions::assert_eq;
use serde_json::json;
use tokio::io::AsyncReadExt as _;

use crate::bench::{Bench, CommandText, text, workspace_write};

fn bench() -> Bench {
    Bench::new(workspace_write())
}

// covers: tools T8
#[tokio::test]
async fn both_streams_stand_under_output() {
    let mut bench = bench();
    let result = bench.exec(json!({"cmd": "echo a; echo b >&2"})).await;
    assert_eq!((result.output.as_str(), result.tokens), ("a\nb\n", 1));
    assert_eq!(result.state, "Process exited with code 0");
}

// covers: tools T9
#[tokio::test]
async fn an_exit_code_is_reported_and_fails_the_item() {
    let mut bench = bench();
    let result = bench.exec(json!({"cmd": "echo boo >&2; exit 3"})).await;
    assert_eq!(result.state, "Process exited with code 3");
    let cwd = format!("file://{}", bench.cwd().display());
    let items = bench.items();
    let [
        ToolProgress::ItemStarted(TurnItem::CommandExecution(started)),
        ToolProgress::ItemCompleted(TurnItem::CommandExecution(completed)),
    ] = &items[..]
    else {
        panic!("not one command: {items:?}")
    };
    let id: u32 = started.process_id.as_deref().unwrap().parse().unwrap();
    assert!((1..=99_999).contains(&id));
    let expected = CommandExecutionItem {
        id: ItemId::new("c1"),
        process_id: started.process_id.clone(),
        command: ["/bin/bash", "-lc", "echo boo >&2; exit 3"].map(str::to_owned).to_vec(),
        cwd,
        parsed_cmd: vec![ParsedCommand::Unknown { cmd: "echo boo >&2; exit 3".to_owned() }],
        source: CommandSource::UnifiedExecStartup,
        status: ItemStatus::InProgress,
        aggregated_output: String::new(),
        exit_code: None,
        duration: None,
    };
    assert_eq!(*started, expected);
    assert!(completed.duration.is_some_and(|duration| duration > Duration::ZERO));
    assert_eq!(
        *completed,
        CommandExecutionItem {
            status: ItemStatus::Failed,
            aggregated_output: "boo\n".to_owned(),
            exit_code: Some(3),
            duration: completed.duration,
            ..expected
        }
    );
}

#[tokio::test]
async fn the_shells_own_codes_come_through() {
    let mut bench = bench();
    for (cmd, state) in [
        ("", "Process exited with code 0"),
        ("kill -9 $$", "Process exited with code 137"),
        ("no-such-program-anywhere", "Process exited with code 127"),
        ("cat", "Process exited with code 0"),
    ] {
        assert_eq!(bench.exec(json!({"cmd": cmd})).await.state, state, "{cmd}");
    }
}

// covers: tools T7
#[tokio::test]
async fn unknown_keys_and_nulls_change_nothing() {
    let mut bench = bench();
    let arguments =
        json!({"cmd": "echo ok", "color": "red", "tty": null, "workdir": null, "justification": "x"});
    assert_eq!(bench.exec(arguments).await.output, "ok\n");
}

// covers: tools T12
#[tokio::test]
async fn every_result_has_its_own_chunk_id() {
    let mut bench = bench();
    let chunks =
        [bench.exec(json!({"cmd": "true"})).await.chunk, bench.exec(json!({"cmd": "true"})).await.chunk];
    assert_ne!(chunks[0], chunks[1]);
    for chunk in chunks {
        assert!(chunk.len() == 6 && chunk.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{chunk}");
    }
}

// covers: tools T13, T14
#[tokio::test]
async fn long_output_is_cut_in_the_middle() {
    let mut bench = bench();
    for limit in [json!(null), json!(1_000_000)] {
        let result = bench.exec(json!({"cmd": "seq 1 20000", "max_output_tokens": limit})).await;
        assert_eq!(result.tokens, 27_224);
        let warning =
            "Warning: truncated output (original token count: 27224)\nTotal output lines: 20000\n\n1\n2\n";
        assert!(result.output.starts_with(warning), "{}", &result.output[..200]);
        assert_eq!(result.output.matches("…17224 tokens truncated…").count(), 1);
        assert!(result.output.ends_with("\n19999\n20000\n"));
    }
    let result = bench.exec(json!({"cmd": "seq 1 20000", "max_output_tokens": 10})).await;
    assert_eq!(
        result.output,
        "Warning: truncated output (original token count: 27224)\nTotal output lines: 20000\n\n\
         1\n2\n3\n4\n5\n6\n7\n8\n9\n10…27214 tokens truncated…7\n19998\n19999\n20000\n"
    );
}

// covers: tools T15
#[tokio::test]
async fn over_one_mebibyte_the_omitted_bytes_are_counted() {
    let mut bench = bench();
    let result = bench.exec(json!({"cmd": "head -c 3000000 /dev/zero | tr '\\0' x"})).await;
    assert_eq!(result.tokens, 750_000);
    let omitted = 3_000_000 - 2 * 524_288;
    let warning = format!(
        "Warning: truncated output (original token count: 750000)\n... {omitted} bytes omitted ...\n\nxxx"
    );
    assert!(result.output.starts_with(&warning), "{}", &result.output[..200]);
    assert!(result.output.contains("x…740000 tokens truncated…x"));
    let item = bench.completed_command().await;
    assert_eq!(item.aggregated_output.len(), 1_048_576 + "\n... 1951424 bytes omitted ...\n".len());
}

#[tokio::test]
async fn binary_output_is_shown_lossily_and_escapes_are_kept() {
    let mut bench = bench();
    let result = bench.exec(json!({"cmd": r"printf 'a\xff\033[1mb'"})).await;
    assert_eq!(result.output, "a\u{fffd}\u{1b}[1mb");
}

// covers: tools T21
#[tokio::test]
async fn a_bad_workdir_runs_nothing() {
    let mut bench = bench();
    let arguments = json!({"cmd": "touch ran", "workdir": "missing"});
    let outcome = bench.run(CallKind::Function, "exec_command", arguments.to_string()).await;
    assert_eq!(outcome.end, CallEnd::Failed);
    let answer = text(outcome);
    let prefix = r#"exec_command failed: CreateProcess { message: "Rejected(\"Failed to create unified exec process: "#;
    assert!(answer.starts_with(prefix) && answer.ends_with(r#"\")" }"#), "{answer}");
    let items = bench.items();
    let [ToolProgress::ItemStarted(_), ToolProgress::ItemCompleted(TurnItem::CommandExecution(item))] =
        &items[..]
    else {
        panic!("not one command: {items:?}")
    };
    assert_eq!((item.status, item.exit_code), (ItemStatus::Failed, Some(-1)));
    assert!(item.aggregated_output.starts_with("Failed to create unified exec process: "), "{item:?}");
    assert_eq!(std::fs::read_dir(bench.cwd()).unwrap().count(), 0);
}

#[tokio::test]
async fn workdir_shell_and_login_choose_where_and_how() {
    let mut bench = bench();
    std::fs::create_dir(bench.cwd().join("sub")).unwrap();
    let sub = bench.cwd().join("sub").display().to_string();
    assert_eq!(bench.exec(json!({"cmd": "pwd", "workdir": "sub"})).await.output, format!("{sub}\n"));
    assert_eq!(bench.exec(json!({"cmd": "pwd", "workdir": sub})).await.output, format!("{sub}\n"));
    bench.items();
    for (arguments, expected) in [
        (json!({"cmd": "true", "login": false}), ["/bin/bash", "-c", "true"]),
        (json!({"cmd": "true", "shell": "/bin/sh"}), ["/bin/sh", "-lc", "true"]),
        (json!({"cmd": "true", "shell": "/no/such-shell"}), ["/bin/sh", "-lc", "true"]),
    ] {
        bench.exec(arguments).await;
        assert_eq!(bench.completed_command().await.command, expected);
    }
}

// threat 26, threat 31
#[tokio::test]
async fn our_own_home_is_out_of_reach_even_inside_a_writable_root() {
    let mut bench = bench();
    let home = bench.outer.join("home");
    std::fs::create_dir(&home).unwrap();
    std::fs::write(home.join("config.toml"), "sandbox_mode = \"read-only\"\n").unwrap();
    let outer = bench.outer.display().to_string();
    bench.cx.turn = Arc::new(TurnTools {
        policy: SandboxPolicy::WorkspaceWrite {
            writable_roots: vec![bench.outer.clone()],
            network_access: false,
            exclude_tmpdir_env_var: true,
            exclude_slash_tmp: true,
        },
        ..(*bench.cx.turn).clone()
    });
    for cmd in ["echo x > ../home/config.toml", "echo x > ../home/hooks.json", "mv ../home ../old"] {
        let result = bench.exec(json!({"cmd": cmd})).await;
        assert_eq!(result.state, "Process exited with code 1", "{cmd}: {result:?}");
    }
    let patch = format!("*** Begin Patch\n*** Add File: {outer}/home/rules/x\n+1\n*** End Patch");
    let answer = text(bench.run(CallKind::Custom, "apply_patch", patch).await);
    assert!(answer.starts_with("patch rejected: "), "{answer}");
    let names: Vec<_> = std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["config.toml"]);
    assert_eq!(bench.exec(json!({"cmd": "echo x > ../free.txt"})).await.state, "Process exited with code 0");
}

// threat 2
/// A folder a call names is where it runs, never a place it may write.
#[tokio::test]
async fn workdir_never_widens_what_may_be_written() {
    let mut bench = bench();
    std::os::unix::fs::symlink(&bench.outer, bench.cwd().join("link")).unwrap();
    let outer = bench.outer.display().to_string();
    for workdir in ["..", "link", &outer, "/"] {
        let result = bench.exec(json!({"cmd": "echo x > escaped.txt", "workdir": workdir})).await;
        assert_eq!(result.state, "Process exited with code 1", "{workdir}: {result:?}");
    }
    assert!(!bench.outer.join("escaped.txt").exists());
    let inside = bench.exec(json!({"cmd": "echo x > inside.txt"})).await;
    assert_eq!(inside.state, "Process exited with code 0", "{inside:?}");
}

// covers: safety S1
#[tokio::test]
async fn a_read_only_policy_refuses_writes_in_the_commands_own_words() {
    let mut bench = Bench::new(SandboxPolicy::ReadOnly);
    let result = bench.exec(json!({"cmd": "echo x > w.txt"})).await;
    assert_eq!(result.state, "Process exited with code 1");
    assert!(!bench.cwd().join("w.txt").exists());
}

#[tokio::test]
async fn escalation_is_refused_without_running() {
    let mut bench = bench();
    for permissions in ["require_escalated", "with_additional_permissions"] {
        let arguments = json!({
            "cmd": "touch ran",
            "sandbox_permissions": permissions,
            "justification": "May I?",
            "prefix_rule": ["touch"],
        });
        let answer = bench.function("exec_command", arguments).await;
        assert!(answer.starts_with("approval policy is Never; reject command — "), "{answer}");
    }
    assert_eq!((bench.items(), std::fs::read_dir(bench.cwd()).unwrap().count()), (Vec::new(), 0));
}

#[tokio::test]
async fn commands_see_the_threads_environment() {
    let mut bench = bench();
    let output = bench.exec(json!({"cmd": "env", "login": false})).await.output;
    let env: BTreeMap<&str, &str> = output.lines().filter_map(|line| line.split_once('=')).collect();
    for (name, value) in [
        ("CODEX_TOOL_CALL_ID", "c1"),
        ("CODEX_THREAD_ID", "thread"),
        ("CODEX_SANDBOX_NETWORK_DISABLED", "1"),
        ("TERM", "dumb"),
        ("PAGER", "cat"),
    ] {
        assert_eq!(env.get(name), Some(&value), "{name}");
    }
}

#[tokio::test]
async fn output_is_reported_while_it_comes() {
    let mut bench = bench();
    bench.exec(json!({"cmd": "echo first; sleep 0.3; echo second"})).await;
    let mut seen = String::new();
    while let Ok(progress) = bench.progress.try_recv() {
        if let ToolProgress::OutputDelta { item_id, delta } = progress {
            assert_eq!(item_id, ItemId::new("c1"));
            seen.push_str(&delta);
        }
    }
    assert_eq!(seen, "first\nsecond\n");
}

// covers: exec 22
#[tokio::test]
async fn an_interruption_kills_the_command_and_what_it_started() {
    let mut bench = bench();
    // Whoever lives holds the pipe open for writing; its end is the death of the last one.
    let fifo = bench.cwd().join("alive");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let mut alive = tokio::net::unix::pipe::OpenOptions::new().open_receiver(&fifo).unwrap();
    let cmd = "exec 9>alive; trap '' TERM INT HUP; (trap '' TERM INT HUP; sleep 60) & echo started; sleep 60";
    let call = bench.next_call(CallKind::Function, "exec_command", json!({"cmd": cmd}).to_string());
    let running = tokio::spawn(bench.registry.run(call, bench.cx.clone()));
    while !matches!(bench.progress.recv().await.unwrap(), ToolProgress::OutputDelta { .. }) {}
    let interrupted = Instant::now();
    bench.cx.cancel.cancel();
    let outcome = running.await.unwrap();
    assert!(interrupted.elapsed() < Duration::from_secs(1), "{:?}", interrupted.elapsed());
    assert_eq!(outcome.end, CallEnd::Interrupted);
    let answer = text(outcome);
    assert!(answer.starts_with("Wall time: ") && answer.ends_with(" seconds\naborted by user"), "{answer}");
    let item = bench.completed_command().await;
    assert_eq!(
        (item.status, item.exit_code, item.aggregated_output.as_str()),
        (ItemStatus::Failed, Some(-1), "started\n")
    );
    let gone = tokio::time::timeout(Duration::from_secs(10), alive.read_to_end(&mut Vec::new())).await;
    gone.expect("a child of the killed command lives on").unwrap();
}

#[tokio::test]
async fn commands_of_one_response_run_beside_each_other() {
    let mut bench = bench();
    let begun = Instant::now();
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let call = bench.next_call(CallKind::Function, "exec_command", r#"{"cmd":"sleep 1"}"#);
            tokio::spawn(bench.registry.run(call, bench.cx.clone()))
        })
        .collect();
    for call in calls {
        let result = CommandText::parse(&text(call.await.unwrap()));
        assert_eq!(result.state, "Process exited with code 0");
    }
    assert!(begun.elapsed() < Duration::from_millis(3_500), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn full_access_runs_without_a_sandbox() {
    let mut bench = bench();
    bench.cx.turn =
        Arc::new(TurnTools { policy: SandboxPolicy::DangerFullAccess, ..(*bench.cx.turn).clone() });
    let result =
        bench.exec(json!({"cmd": "echo x > ../outside.txt; echo $CODEX_SANDBOX_NETWORK_DISABLED"})).await;
    assert_eq!(result.output, "\n");
    assert!(bench.outer.join("outside.txt").exists());
}

// covers: safety S5
#[tokio::test]
async fn a_workspace_that_cannot_be_protected_runs_nothing_and_says_why() {
    let mut bench = bench();
    std::os::unix::fs::symlink(&bench.outer, bench.cwd().join(".codex")).unwrap();
    let answer = bench.function("exec_command", json!({"cmd": "touch ran"})).await;
    assert!(answer.starts_with("exec_command failed: CreateProcess { message: "), "{answer}");
    assert!(answer.contains(".codex") && answer.contains("symbolic link"), "{answer}");
    assert!(!bench.cwd().join("ran").exists());
    assert_eq!(bench.completed_command().await.exit_code, Some(-1));
}

#[tokio::test]
async fn a_gigabyte_of_output_is_counted_and_not_kept() {
    let mut bench = bench();
    let result = bench.exec(json!({"cmd": "head -c 1000000000 /dev/zero", "yield_time_ms": 30000})).await;
    assert_eq!(result.state, "Process exited with code 0");
    assert_eq!(result.tokens, 250_000_000);
    assert!(result.output.len() < 41_000, "{}", result.output.len());
    let reported: usize = std::iter::from_fn(|| bench.progress.try_recv().ok())
        .map(|progress| match progress {
            ToolProgress::OutputDelta { delta, .. } => delta.len(),
            _ => 0,
        })
        .sum();
    assert!(reported <= 1024 * 1024, "{reported}");
}
