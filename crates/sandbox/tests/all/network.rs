//! System calls that a restricted command is refused, and the rights it no longer has.

use codex_protocol::SandboxPolicy;
use codex_sandbox::CommandSpec;
use pretty_assertions::assert_eq;

use super::harness::{BARRIER, Ran, Site, any_sandbox, full_sandbox, probe, run};

/// What the probe was answered to its system calls, as `name errno`.
async fn answers(policy: SandboxPolicy) -> Vec<String> {
    let site = Site::new();
    let ran = run(probe(&site, policy, &["system-calls"])).await;
    assert_eq!(ran.code, 0, "{}", ran.output);
    ran.output.lines().map(str::to_owned).collect()
}

// covers: safety S8, safety S9, safety S10
#[tokio::test]
async fn with_the_network_off_nothing_leaves() {
    if !any_sandbox().await {
        return;
    }
    let expected = "inet 1, inet-udp 1, inet6 1, netlink 1, vsock 1, unix 0, unix-dgram 1, connect 1, bind 1, listen 1, \
        pair 0, pair-write 0, pair-send 1, pair-recv 0, peer-of-stdin 88, peer-of-pair 0, mount 1, umount 1, unshare-user 1, \
        unshare-mount 1, clone-user 1, clone3 38, setns 1, chroot 1, open_tree 1, process_vm_readv 1, io_uring_setup 1, bpf 1, \
        reboot 1, ptrace 1";
    assert_eq!(answers(SandboxPolicy::workspace_write()).await.join(", "), expected);
    assert_eq!(answers(SandboxPolicy::ReadOnly).await.join(", "), expected);
}

#[tokio::test]
async fn network_access_opens_sockets_and_nothing_else() {
    if !any_sandbox().await {
        return;
    }
    let policy = SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: true,
        exclude_tmpdir_env_var: false,
        exclude_slash_tmp: false,
    };
    let answers = answers(policy).await;
    for open in ["inet 0", "inet-udp 0", "unix 0", "unix-dgram 0", "pair-send 0"] {
        assert!(answers.contains(&open.to_owned()), "{open}: {answers:?}");
    }
    for refused in ["ptrace 1", "process_vm_readv 1", "io_uring_setup 1", "mount 1", "unshare-user 1"] {
        assert!(answers.contains(&refused.to_owned()), "{refused}: {answers:?}");
    }
}

#[tokio::test]
async fn bash_does_not_take_its_input_for_a_network_connection() {
    if !any_sandbox().await {
        return;
    }
    let site = Site::new();
    std::fs::write(site.ws.join(".bashrc"), "echo read by mistake\n").unwrap();
    for policy in [SandboxPolicy::ReadOnly, SandboxPolicy::workspace_write()] {
        // Without SHLVL bash takes itself for the first shell, which reads `.bashrc` when a network daemon started it.
        let mut spec = CommandSpec::new("/usr/bin/env", &site.ws, policy.clone());
        spec.barrier = BARRIER;
        let home = format!("HOME={}", site.ws.display());
        spec.args = ["-i", home.as_str(), "/bin/bash", "-c", "echo ran"].map(Into::into).to_vec();
        assert_eq!(run(spec).await, Ran { code: 0, output: "ran\n".to_owned() }, "{policy:?}");
    }
}

// covers: safety S11
#[tokio::test]
async fn no_capability_is_left_and_none_can_come_back() {
    if !any_sandbox().await {
        return;
    }
    let script = "grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'";
    let expected = "CapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\n\
        CapAmb:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n";
    let site = Site::new();
    for policy in [SandboxPolicy::ReadOnly, SandboxPolicy::workspace_write()] {
        assert_eq!(site.run(policy, script).await.output, expected);
    }
}

// covers: safety S12, safety S32
#[tokio::test]
async fn host_processes_and_kernel_switches_are_out_of_reach() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let count = site.ww("ls /proc | grep -c '^[0-9]*$'").await;
    assert!(count.output.trim().parse::<u32>().unwrap() < 12, "{count:?}");
    for script in [
        format!("kill -0 {}", std::process::id()),
        "v=$(cat /proc/sys/vm/swappiness); echo $v > /proc/sys/vm/swappiness".to_owned(),
        "echo h > /proc/sysrq-trigger".to_owned(),
        "cat /proc/1/environ".to_owned(),
        "cat /proc/1/mem".to_owned(),
        "ls /proc/1/root/".to_owned(),
    ] {
        assert_ne!(site.ww(&script).await.code, 0, "{script}");
    }
}
