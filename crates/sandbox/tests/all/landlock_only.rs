//! The fallback without namespaces: nothing is written elsewhere, and the top level of a root is frozen.

use std::fs;

use codex_protocol::SandboxPolicy;
use codex_sandbox::check_support;
use pretty_assertions::assert_eq;

use super::harness::{Ran, Site, full_sandbox, names, probe, run, skip};

async fn landlock() -> bool {
    let abi = check_support().await.landlock_abi;
    if abi.is_none_or(|abi| abi < 3) {
        skip(&format!("Landlock ABI {abi:?}"));
        return false;
    }
    true
}

#[tokio::test]
async fn what_exists_below_the_root_can_be_changed() {
    if !landlock().await {
        return;
    }
    let site = Site::with_git();
    fs::create_dir(site.ws.join("src")).unwrap();
    fs::write(site.ws.join("top.txt"), "1\n").unwrap();
    let script = "set -e; echo 2 >> top.txt; echo x > src/new; mkdir src/d; mv src/new src/d/m; touch src/t; cat top.txt src/d/m";
    let ran = site.landlock(site.workspace_write(), script).await;
    assert_eq!((ran.code, ran.output.as_str()), (0, "1\n2\nx\n"));
}

#[tokio::test]
async fn protected_names_and_the_outside_cannot() {
    if !landlock().await {
        return;
    }
    let site = Site::with_git();
    fs::create_dir(site.ws.join("src")).unwrap();
    for script in [
        "echo x >> .git/config",
        "truncate -s 0 .git/config",
        "mv .git src/git",
        "rm -rf .git",
        "echo x > .git/hooks/h",
        "ln .git/config src/link",
        "mkdir .codex",
        "echo x > .agents",
        "mkdir src/n && mv src/n .codex",
        "echo x > \"$OUTSIDE/n\"",
        "echo x > new-at-the-top",
        "echo x > /dev/shm/codex-sandbox-test",
        "chmod 777 \"$OUTSIDE/o.txt\"",
        "chmod 777 .git/config",
        "chown 1 .git/config",
        "touch -c -d 2001-01-01 \"$OUTSIDE/o.txt\"",
        "v=$(cat /proc/sys/vm/swappiness); echo $v > /proc/sys/vm/swappiness",
    ] {
        assert_ne!(site.landlock(site.workspace_write(), script).await.code, 0, "{script}");
    }
    for script in ["echo x > src/f", "rm .git/config", "touch f"] {
        assert_ne!(site.landlock(SandboxPolicy::ReadOnly, script).await.code, 0, "{script}");
    }
    assert_eq!(names(&site.ws), [".git", "src"]);
    assert_eq!(fs::read_to_string(site.ws.join(".git/config")).unwrap(), "original\n");
    assert_eq!(site.outside_names(), ["o.txt"]);
}

#[tokio::test]
async fn rights_are_gone_here_too() {
    if !landlock().await {
        return;
    }
    let script = "grep -E '^(CapEff|NoNewPrivs):' /proc/self/status | tr -d '\\t'; kill -0 $PPID 2>/dev/null || echo unseen";
    let ran = Site::new().landlock(SandboxPolicy::ReadOnly, script).await;
    assert!(ran.output.starts_with("CapEff:0000000000000000\nNoNewPrivs:1\n"), "{}", ran.output);
}

/// Each entry of a workspace gets a rule of its own; that must not take a descriptor of its own as well.
#[tokio::test]
async fn a_folder_of_more_entries_than_descriptors_can_be_written() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::with_git();
    for number in 0..200 {
        fs::write(site.ws.join(format!("f{number}")), "").unwrap();
    }
    let mut spec = site.spec(site.workspace_write(), "ulimit -n 64; exec \"$0\" nest \"$1\"");
    let inner = "for f in f*; do echo x >> $f || exit 1; done; echo y >> .git/config; mkdir .codex; echo z > new; true";
    spec.args.extend([env!("CARGO_BIN_EXE_sandbox-probe").into(), inner.into()]);
    assert_eq!(run(spec).await, Ran { code: 0, output: "exit 0\nrung Landlock\n".to_owned() });
    for number in 0..200 {
        assert_eq!(fs::read_to_string(site.ws.join(format!("f{number}"))).unwrap(), "x\n", "{number}");
    }
    assert_eq!(fs::read_to_string(site.ws.join(".git/config")).unwrap(), "original\n");
    assert_eq!(names(&site.ws).len(), 201);
}

#[tokio::test]
async fn a_sandbox_inside_the_sandbox_falls_back_by_itself() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::with_git();
    fs::create_dir(site.ws.join("src")).unwrap();
    let script = "echo x > src/inner; echo y > .git/config; echo z > top; true";
    let ran = run(probe(&site, SandboxPolicy::workspace_write(), &["nest", script])).await;
    assert_eq!(ran, Ran { code: 0, output: "exit 0\nrung Landlock\n".to_owned() });
    assert_eq!(fs::read_to_string(site.ws.join("src/inner")).unwrap(), "x\n");
    assert_eq!(fs::read_to_string(site.ws.join(".git/config")).unwrap(), "original\n");
}
