//! Homes that cannot be written and disks that are full: the run says which file, and what is on disk stays whole.

use std::process::Stdio;

use codex_sim::Reply;
use codex_test_support::{CommandOutput, TestCodex};
use pretty_assertions::assert_eq;

use crate::world::{failure, items, scripted, world};

const CODEX: &str = env!("CARGO_BIN_EXE_codex");

/// Whether this machine lets a process have mounts of its own.
async fn own_mounts() -> bool {
    let mut probe = tokio::process::Command::new("unshare");
    probe.args(["-rm", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().await.is_ok_and(|status| status.success())
}

/// `codex exec --json hi` after a shell has arranged things.
async fn arranged(codex: &TestCodex, script: &str) -> CommandOutput {
    let script = format!("{script} exec {CODEX} exec --json hi < /dev/null");
    codex.program("/bin/sh").args(["-c", &script]).run().await.unwrap()
}

async fn with_mounts(codex: &TestCodex, script: &str) -> CommandOutput {
    let script = format!("{script} exec {CODEX} exec --json hi < /dev/null");
    codex.program("unshare").args(["-rm", "/bin/sh", "-c", &script]).run().await.unwrap()
}

#[tokio::test]
async fn a_home_that_cannot_be_written() {
    let codex = scripted([]).await;
    // A file where the folder belongs: not even root can write below it.
    std::fs::write(codex.home().join("sessions"), "").unwrap();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    let said = format!("{}{}", out.stdout, out.stderr);
    assert!(said.contains("sessions"), "{out:?}");
    assert_eq!(codex.server.requests().len(), 0, "nothing is sent that cannot be saved");
    assert_eq!(items(&out, "agent_message"), Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn a_read_only_home() {
    if !own_mounts().await {
        return eprintln!("skipped: this machine does not let a process have mounts of its own");
    }
    let codex = world().script([Reply::say("a")]).build().await.unwrap();
    let home = codex.home().display().to_string();
    let script = format!("mount --bind '{home}' '{home}' && mount -o remount,bind,ro '{home}' &&");
    let out = with_mounts(&codex, &script).await;
    assert_eq!(out.code, Some(1), "{out:?}");
    let said = format!("{}{}", out.stdout, out.stderr);
    assert!(said.contains(&home) && said.contains("ead-only"), "{out:?}");
    assert_eq!(codex.server.requests().len(), 0);
    // Without saving it works.
    let ephemeral = format!("{script} exec {CODEX} exec --json --ephemeral hi < /dev/null");
    let out = codex.program("unshare").args(["-rm", "/bin/sh", "-c", &ephemeral]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_full_disk() {
    if !own_mounts().await {
        return eprintln!("skipped: this machine does not let a process have mounts of its own");
    }
    let codex = scripted(Reply::say(&"word ".repeat(100_000))).await;
    let sessions = codex.home().join("sessions").display().to_string();
    let script = format!("mkdir -p '{sessions}' && mount -t tmpfs -o size=96k tmpfs '{sessions}' &&");
    let out = with_mounts(&codex, &script).await;
    let message = failure(&out);
    assert!(message.contains("rollout-") || out.stdout.contains("rollout-"), "{message}");
    assert_eq!(items(&out, "agent_message"), Vec::<serde_json::Value>::new(), "what is shown is on disk");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_file_that_may_not_grow_keeps_whole_lines() {
    let codex = scripted(Reply::say(&"word ".repeat(100_000))).await;
    // 512-byte blocks; the signal that comes with the limit is ignored, so that writes fail as on a full disk.
    let out = arranged(&codex, "trap '' XFSZ; ulimit -f 200;").await;
    failure(&out);
    assert_eq!(items(&out, "agent_message"), Vec::<serde_json::Value>::new());
    let rollout = codex.rollout().unwrap();
    let text = std::fs::read_to_string(&rollout.path).unwrap();
    assert!(text.ends_with('\n') && !text.contains("word word"), "{} bytes", text.len());
    // The thread goes on once there is room again.
    codex.server.push([Reply::say("fine")]);
    let id = rollout.lines[0]["payload"]["id"].as_str().unwrap().to_owned();
    let out = codex.exec(["--json", "resume", &id, "again"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    codex.server.verify().unwrap();
}
