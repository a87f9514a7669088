//! What the sandbox costs on top of a plain start. Run with `cargo nextest run -p codex-sandbox --run-ignored only bench`.

use std::io::Write;
use std::time::{Duration, Instant};

use codex_protocol::SandboxPolicy;
use codex_sandbox::{Barrier, CommandSpec, spawn};

use crate::harness::{Site, finish};

const ROUNDS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a test"]
async fn bench_start_of_true() {
    let site = Site::with_git();
    let spec = |policy| CommandSpec::new("/bin/true", &site.ws, policy);
    let mut landlock = spec(SandboxPolicy::workspace_write());
    landlock.barrier = Barrier::LandlockOnly;
    landlock.policy = SandboxPolicy::ReadOnly;
    let no_tmp = SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    };
    let mut std_times = Vec::new();
    for _ in 0..ROUNDS {
        let before = Instant::now();
        std::process::Command::new("/bin/true").status().unwrap();
        std_times.push(before.elapsed());
    }
    report("std::process", std_times);
    for (name, spec) in [
        ("full access", spec(SandboxPolicy::DangerFullAccess)),
        ("read-only", spec(SandboxPolicy::ReadOnly)),
        ("workspace-write", spec(SandboxPolicy::workspace_write())),
        ("workspace-write, no /tmp", spec(no_tmp)),
        ("read-only, Landlock only", landlock),
    ] {
        let (mut starts, mut times) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let before = Instant::now();
            let process = spawn(spec.clone()).await.unwrap();
            starts.push(before.elapsed());
            assert_eq!(finish(&process).await.code, 0);
            times.push(before.elapsed());
        }
        report(&format!("{name}: until exec"), starts);
        report(&format!("{name}: whole"), times);
    }
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let [median, p90] = [times.len() / 2, times.len() * 9 / 10].map(|at| times[at].as_micros());
    let _ = writeln!(std::io::stderr(), "{name:38} median {median:5} us   p90 {p90:5} us");
}
