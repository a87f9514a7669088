//! Commands on a pseudo terminal.

use codex_protocol::SandboxPolicy;
use codex_sandbox::{CommandSpec, Process, StdinError, StdioMode, spawn};
use pretty_assertions::assert_eq;

use super::harness::{Ran, Site, any_sandbox, finish, until};

fn on_terminal(site: &Site, policy: SandboxPolicy, script: &str) -> CommandSpec {
    let mut spec = site.spec(policy, script);
    spec.stdio = StdioMode::DEFAULT_PTY;
    spec.env.push(("TERM".into(), "xterm".into()));
    spec
}

async fn output_until(process: &Process, wanted: &str) {
    let mut seen = String::new();
    until(wanted, || {
        seen.push_str(&String::from_utf8_lossy(&process.take_new_output().into_bytes()));
        seen.contains(wanted)
    })
    .await;
}

async fn policies() -> Vec<SandboxPolicy> {
    let mut policies = vec![SandboxPolicy::DangerFullAccess];
    if any_sandbox().await {
        policies.extend([SandboxPolicy::workspace_write(), SandboxPolicy::ReadOnly]);
    }
    policies
}

// covers: tools T20
#[tokio::test]
async fn it_is_a_terminal_of_24_by_80() {
    let site = Site::new();
    for policy in policies().await {
        let script = "stty size; echo $TERM; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo tty; echo x > /dev/tty; stty -echo < /dev/tty; echo y > /dev/stderr";
        let process = spawn(on_terminal(&site, policy, script)).await.unwrap();
        assert!(process.has_terminal());
        assert_eq!(
            finish(&process).await,
            Ran { code: 0, output: "24 80\r\nxterm\r\ntty\r\nx\r\ny\r\n".to_owned() }
        );
    }
}

// covers: tools T18
#[tokio::test]
async fn typed_text_and_ctrl_c_reach_the_command() {
    let site = Site::new();
    for policy in policies().await {
        let process = spawn(on_terminal(&site, policy, "echo ready; exec cat")).await.unwrap();
        output_until(&process, "ready").await;
        process.write_stdin(b"hello\n".to_vec()).unwrap();
        output_until(&process, "hello\r\nhello\r\n").await;
        process.write_stdin(b"\x03".to_vec()).unwrap();
        assert_eq!(finish(&process).await, Ran { code: 130, output: "^C".to_owned() });
        assert_eq!(process.write_stdin(b"late".to_vec()), Err(StdinError::Ended));
    }
}

#[tokio::test]
async fn ctrl_d_ends_input() {
    let site = Site::new();
    let process = spawn(on_terminal(&site, SandboxPolicy::DangerFullAccess, "cat; echo end")).await.unwrap();
    process.write_stdin(b"\x04".to_vec()).unwrap();
    let ran = finish(&process).await;
    assert_eq!(ran.code, 0);
    assert!(ran.output.ends_with("end\r\n"), "{}", ran.output);
}

#[tokio::test]
async fn a_command_that_does_not_read_blocks_nobody() {
    let site = Site::new();
    let process = spawn(on_terminal(&site, SandboxPolicy::DangerFullAccess, "stty raw; echo up; sleep 1000"))
        .await
        .unwrap();
    output_until(&process, "up").await;
    let mut refused = None;
    until("the queue is full", || {
        refused = process.write_stdin(vec![b'x'; 100_000]).err();
        refused.is_some()
    })
    .await;
    assert_eq!(refused, Some(StdinError::Full));
    assert_eq!(process.shutdown().await, 137);
}

#[tokio::test]
async fn a_terminal_that_hangs_up_and_comes_back_does_not_stall_us() {
    let site = Site::new();
    let script = "echo up; exec </dev/null >/dev/null 2>&1; for i in 1 2 3; do sleep 0.05; (: < /dev/tty); done; sleep 1000";
    let process = spawn(on_terminal(&site, SandboxPolicy::DangerFullAccess, script)).await.unwrap();
    output_until(&process, "up").await;
    for _ in 0..20 {
        let _ = process.write_stdin(vec![b'x'; 10_000]);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(process.exit_code(), None);
    assert_eq!(process.shutdown().await, 137);
}
