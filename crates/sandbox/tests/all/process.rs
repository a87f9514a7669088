//! Life and death of commands: exit codes, floods, kills, orphans.

use std::time::Duration;

use codex_protocol::SandboxPolicy;
use codex_sandbox::{CommandSpec, SpawnError, StdinError, Wake, spawn, spawn_with_live_view};
use pretty_assertions::assert_eq;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::harness::{
    BARRIER, PATIENCE, Ran, Site, any_sandbox, finish, full_sandbox, is_running, marker, names, probe, run,
    until,
};

const FULL: SandboxPolicy = SandboxPolicy::DangerFullAccess;

/// Full access, and workspace-write where it can be enforced.
async fn policies() -> Vec<SandboxPolicy> {
    let mut policies = vec![FULL];
    if any_sandbox().await {
        policies.push(SandboxPolicy::workspace_write());
    }
    policies
}

// covers: safety S16
#[tokio::test]
async fn exit_codes_and_signals_pass_through() {
    let site = Site::new();
    for policy in policies().await {
        for (script, code) in [
            ("true", 0),
            ("exit 42", 42),
            ("kill -TERM $$", 143),
            ("kill -9 $$", 137),
            ("kill -SEGV $$", 139),
            ("no-such-command-at-all", 127),
            ("exit 255", 255),
        ] {
            assert_eq!(site.run(policy.clone(), script).await.code, code, "{script} {policy:?}");
        }
    }
}

// covers: tools T8
#[tokio::test]
async fn both_outputs_arrive_in_order() {
    let site = Site::new();
    for policy in policies().await {
        let ran = site.run(policy, "echo a; echo b >&2; echo c; printf d >&2").await;
        assert_eq!(ran, Ran { code: 0, output: "a\nb\nc\nd".to_owned() });
    }
}

#[tokio::test]
async fn stdin_is_empty_and_closed_without_a_terminal() {
    let site = Site::new();
    let process = spawn(site.spec(FULL, "cat; echo end; sleep 5")).await.unwrap();
    assert_eq!(process.write_stdin(b"x".to_vec()), Err(StdinError::Closed));
    until("cat ends", || process.take_new_output().into_bytes() == b"end\n").await;
}

#[tokio::test]
async fn the_environment_is_exactly_the_one_given() {
    let site = Site::new();
    for policy in policies().await {
        let mut spec = CommandSpec::new("env", &site.ws, policy);
        spec.barrier = BARRIER;
        spec.env = vec![("B".into(), "2=3".into()), ("A".into(), "".into())];
        assert_eq!(run(spec).await, Ran { code: 0, output: "B=2=3\nA=\n".to_owned() });
    }
}

#[tokio::test]
async fn inherited_descriptors_are_closed() {
    let site = Site::new();
    // Not close-on-exec: a leak by some other code of this process.
    // SAFETY: opens a folder; the descriptor is left to the process.
    let leak = unsafe { libc::open(c"/".as_ptr(), libc::O_RDONLY | libc::O_DIRECTORY) };
    assert!(leak > 2);
    for policy in policies().await {
        let ran = site.run(policy, &format!("[ -e /proc/self/fd/{leak} ] && echo leaked")).await;
        assert_eq!(ran.output, "");
    }
}

#[tokio::test]
async fn failures_to_start_are_typed() {
    let site = Site::new();
    for policy in policies().await {
        let mut spec = site.spec(policy.clone(), "true");
        spec.cwd = site.base.join("missing");
        assert!(matches!(spawn(spec).await, Err(SpawnError::BadWorkdir { .. })));
        let mut spec = site.spec(policy.clone(), "true");
        spec.cwd = site.outside.join("o.txt");
        assert!(matches!(spawn(spec).await, Err(SpawnError::BadWorkdir { .. })));
        for program in ["no-such-program", "/no/such/program", "./missing", "", "/tmp"] {
            let mut spec = site.spec(policy.clone(), "true");
            spec.program = program.into();
            let error = spawn(spec).await.unwrap_err();
            assert!(matches!(error, SpawnError::Execute { .. }), "{program}: {error}");
        }
        let mut spec = site.spec(policy.clone(), "true");
        spec.args.push("nul\0".into());
        assert!(matches!(spawn(spec).await, Err(SpawnError::BadText { .. })));
        let mut spec = site.spec(policy, "true");
        spec.env.push(("A=B".into(), "x".into()));
        assert!(matches!(spawn(spec).await, Err(SpawnError::BadText { .. })));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gigabyte_is_drained_in_bounded_memory() {
    let site = Site::new();
    let before = resident_bytes();
    let process =
        spawn(site.spec(FULL, "echo first; head -c 1000000000 /dev/zero; echo last")).await.unwrap();
    let code = tokio::time::timeout(PATIENCE * 4, process.wait()).await.unwrap();
    assert_eq!(code, 0);
    let output = process.take_new_output();
    assert_eq!(output.total_bytes(), 1_000_000_011);
    assert_eq!((output.head.len(), output.tail.len()), (524_288, 524_288));
    assert!(output.head.starts_with(b"first\n\0") && output.tail.ends_with(b"\0last\n"));
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < 16 * 1024 * 1024, "{grown} bytes more");
}

fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[tokio::test]
async fn polls_see_only_what_is_new_and_waits_end_for_the_right_reason() {
    let site = Site::new();
    let process = spawn(site.spec(FULL, "echo one; until [ -e go ]; do sleep 0.01; done; echo two; exit 3"))
        .await
        .unwrap();
    let cancel = CancellationToken::new();
    until("the first line", || process.take_new_output().into_bytes() == b"one\n").await;
    let soon = Instant::now() + Duration::from_millis(20);
    assert_eq!(process.wait_until(soon, &cancel).await, Wake::Deadline);
    assert!(process.take_new_output().is_empty());
    std::fs::write(site.ws.join("go"), "").unwrap();
    assert_eq!(process.wait_until(Instant::now() + PATIENCE, &cancel).await, Wake::Exited(3));
    assert_eq!(process.take_new_output().into_bytes(), b"two\n");
    assert_eq!(process.exit_code(), Some(3));

    let process = spawn(site.spec(FULL, "sleep 1000")).await.unwrap();
    cancel.cancel();
    assert_eq!(process.wait_until(Instant::now() + PATIENCE, &cancel).await, Wake::Cancelled);
    assert_eq!(process.shutdown().await, 137);
}

#[tokio::test]
async fn the_live_view_gets_the_output_and_never_holds_it_up() {
    let site = Site::new();
    let (live, mut pieces) = mpsc::channel(4);
    let process = spawn_with_live_view(site.spec(FULL, "echo hello"), live).await.unwrap();
    assert_eq!(pieces.recv().await.as_deref(), Some(b"hello\n".as_slice()));
    assert_eq!(finish(&process).await.code, 0);
    assert_eq!(pieces.recv().await, None);

    let (live, pieces) = mpsc::channel(1);
    let process = spawn_with_live_view(site.spec(FULL, "head -c 5000000 /dev/zero"), live).await.unwrap();
    assert_eq!(tokio::time::timeout(PATIENCE, process.wait()).await, Ok(0));
    assert_eq!(process.take_new_output().total_bytes(), 5_000_000);
    drop(pieces);
}

#[tokio::test]
async fn a_command_that_ignores_signals_dies_at_once_with_its_children() {
    let site = Site::new();
    for (number, policy) in policies().await.into_iter().enumerate() {
        let (child, away) = (marker(10 + number as u32), marker(20 + number as u32));
        let script = format!(
            "trap '' TERM INT HUP; (trap '' TERM HUP; sleep {child}) & setsid sleep {away} & echo up; while :; do wait; done"
        );
        let process = spawn(site.spec(policy, &script)).await.unwrap();
        until("the children run", || is_running(&child) && is_running(&away)).await;
        let before = Instant::now();
        assert_eq!(process.shutdown().await, 137);
        assert!(before.elapsed() < Duration::from_secs(1));
        until("the children are gone", || !is_running(&child) && !is_running(&away)).await;
    }
}

#[tokio::test]
async fn even_a_daemon_dies_with_its_sandbox() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let daemon = marker(30);
    let script = format!("(setsid setsid sleep {daemon} >/dev/null 2>&1 &) ; (exec 2>&1; exit); sleep 1000");
    let process = spawn(site.spec(SandboxPolicy::workspace_write(), &script)).await.unwrap();
    until("the daemon runs", || is_running(&daemon)).await;
    process.shutdown().await;
    until("the daemon is gone", || !is_running(&daemon)).await;
}

#[tokio::test]
async fn dropping_the_handle_kills() {
    let site = Site::new();
    for (number, policy) in policies().await.into_iter().enumerate() {
        let marker = marker(40 + number as u32);
        let process = spawn(site.spec(policy, &format!("sleep {marker}; true"))).await.unwrap();
        until("it runs", || is_running(&marker)).await;
        drop(process);
        until("it is gone", || !is_running(&marker)).await;
    }
}

#[tokio::test]
async fn background_output_does_not_hold_up_the_end() {
    let site = Site::new();
    for (number, policy) in policies().await.into_iter().enumerate() {
        let marker = marker(50 + number as u32);
        let script = format!("sleep {marker} & (while echo noise; do :; done) & sleep 0.05; exit 5");
        let before = Instant::now();
        let process = spawn(site.spec(policy, &script)).await.unwrap();
        assert_eq!(tokio::time::timeout(PATIENCE, process.wait()).await, Ok(5));
        assert!(before.elapsed() < Duration::from_secs(5));
        drop(process);
        for pid in pids(&marker) {
            // SAFETY: signals only a process this test started, found by its unique argument.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        }
    }
}

/// Processes that have `marker` as an argument.
fn pids(marker: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter(|entry| {
            let cmdline = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            cmdline.split(|byte| *byte == 0).any(|argument| argument == marker.as_bytes())
        })
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

#[tokio::test]
async fn commands_die_when_their_parent_is_killed() {
    let site = Site::new();
    let markers = [marker(60), marker(61)];
    let parent =
        spawn(probe(&site, FULL, &["hold", &markers.join(","), &format!("{BARRIER:?}")])).await.unwrap();
    until("both commands run", || markers.iter().all(|marker| is_running(marker))).await;
    let pid: i32 = std::fs::read_to_string(site.ws.join("pid")).unwrap().parse().unwrap();
    // SAFETY: signals only the probe this test started, which wrote its own number.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    assert_eq!(finish(&parent).await.code, 137);
    until("both commands are gone", || !markers.iter().any(|marker| is_running(marker))).await;
    // Nobody was left to remove what stood in for the protected names; the next command in that folder does.
    if full_sandbox().await {
        let ran = site.ww("echo x > .codex/x; mkdir .git/d; echo held").await;
        assert!(ran.output.ends_with("held\n"), "{ran:?}");
        assert_eq!(names(&site.ws), ["pid"]);
    }
}
