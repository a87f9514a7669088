//! When the ladder takes the system's bubblewrap, which one it takes, and what it does with one that lies. User
//! namespaces are taken away for real: in a user namespace of the test's own, by its own limit.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use codex_protocol::SandboxPolicy;
use codex_sandbox::{SpawnError, spawn};
use pretty_assertions::assert_eq;

use super::harness::{Ran, Site, full_sandbox, names, run, skip};

const PROBE: &str = env!("CARGO_BIN_EXE_sandbox-probe");

/// A workspace with folders in it, and a script that tries to write everywhere.
fn site() -> Site {
    let site = Site::with_git();
    fs::create_dir(site.ws.join("src")).unwrap();
    site
}

const TRIES: &str = "echo x > top; echo x > src/below; echo y > .git/config; mkdir .codex; echo z > \"$OUTSIDE/n\"; \
    grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'; true";

/// Runs `nest` where user namespaces are refused; `prepare` is done before, as root of the test's own namespace.
async fn nested(site: &Site, prepare: &str) -> Ran {
    let script = format!(
        "unshare --user --map-root-user --mount /bin/sh -e -c 'echo 0 > /proc/sys/user/max_user_namespaces
        {prepare}
        \"$0\" nest \"$1\"; cat /mnt/ran 2>/dev/null || true' '{PROBE}' '{}'",
        TRIES.replace('\'', "'\\''")
    );
    site.run(SandboxPolicy::DangerFullAccess, &script).await
}

/// What a workspace looks like after [`TRIES`] behind the whole policy.
fn assert_held(site: &Site, top: &[&str]) {
    assert_eq!(names(&site.ws), top);
    assert_eq!(names(&site.ws.join("src")), ["below"]);
    assert_eq!(fs::read_to_string(site.ws.join(".git/config")).unwrap(), "original\n");
    assert_eq!(site.outside_names(), ["o.txt"]);
}

#[tokio::test]
async fn root_without_user_namespaces_gets_the_whole_policy_by_bubblewrap() {
    if !full_sandbox().await {
        return;
    }
    let site = site();
    let ran = nested(&site, "").await;
    assert_eq!(ran, Ran { code: 0, output: "exit 0\nrung Bubblewrap\n".to_owned() });
    assert_held(&site, &[".git", "src", "top"]);
}

/// A bubblewrap with setuid, as some distributions install it, in the hands of an ordinary user.
#[tokio::test]
async fn a_setuid_bubblewrap_serves_a_user_without_user_namespaces() {
    // SAFETY: geteuid cannot fail and takes nothing.
    if !full_sandbox().await || unsafe { libc::geteuid() } != 0 {
        skip("needs root, who can map several users");
        return;
    }
    let site = Site::new();
    let rig = ["-c", include_str!("setuid.sh"), "sh", PROBE, TRIES];
    let mut spec = site.spec(SandboxPolicy::DangerFullAccess, "");
    (spec.program, spec.args) = ("/bin/sh".into(), rig.map(Into::into).to_vec());
    let left = "/mnt/outside:\n\n/mnt/ws:\n.git\nsrc\ntop\n\n/mnt/ws/.git:\nconfig\n\n/mnt/ws/src:\nbelow\n";
    assert_eq!(
        run(spec).await,
        Ran { code: 0, output: format!("exit 0\nrung Bubblewrap\n{left}original\n") }
    );
}

#[tokio::test]
async fn a_bubblewrap_of_the_workspace_is_never_started() {
    if !full_sandbox().await {
        return;
    }
    let site = site();
    fs::create_dir(site.ws.join("bin")).unwrap();
    let file = site.ws.join("bin/bwrap");
    fs::write(&file, include_str!("liar.sh")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    let ran = nested(&site, "PATH=$PWD/bin:bin").await;
    assert_eq!(ran, Ran { code: 0, output: "exit 0\nrung Landlock\n".to_owned() });
    assert_held(&site, &[".git", "bin", "src"]);
    assert_eq!(names(&site.ws.join("bin")), ["bwrap"]);
}

#[tokio::test]
async fn a_bubblewrap_that_builds_nothing_starts_nothing() {
    if !full_sandbox().await {
        return;
    }
    let site = site();
    fs::write(site.base.join("liar"), include_str!("liar.sh")).unwrap();
    let install =
        "mount -t tmpfs -o mode=755 none /mnt; cp ../liar /mnt/bwrap; chmod 755 /mnt/bwrap; PATH=/mnt:$PATH";
    let ran = nested(&site, install).await;
    assert_eq!(ran, Ran { code: 0, output: "exit 0\nrung Landlock\nthe liar ran\n".to_owned() });
    assert_held(&site, &[".git", "src"]);
}

/// It works when it is tried, and forgets a cover when it counts.
#[tokio::test]
async fn a_bubblewrap_that_forgets_a_cover_starts_nothing() {
    if !full_sandbox().await {
        return;
    }
    let site = site();
    fs::write(site.base.join("forgetful"), include_str!("forgetful.sh")).unwrap();
    let install =
        "mount -t tmpfs -o mode=755 none /mnt; sed \"s|REAL|$(command -v bwrap)|\" ../forgetful > /mnt/bwrap
        chmod 755 /mnt/bwrap; PATH=/mnt:$PATH";
    let ran = nested(&site, install).await;
    let told = format!("Misbuilt {{ path: {:?}", site.ws.join(".git"));
    assert!(ran.code != 0 && ran.output.contains(&told), "{ran:?}");
    assert_held_untouched(&site);
}

/// Nothing of a command ran.
fn assert_held_untouched(site: &Site) {
    assert_eq!(names(&site.ws), [".git", "src"]);
    assert_eq!(names(&site.ws.join("src")), Vec::<String>::new());
    assert_eq!(fs::read_to_string(site.ws.join(".git/config")).unwrap(), "original\n");
    assert_eq!(site.outside_names(), ["o.txt"]);
}

/// Which mistakes of a command are told on this rung, and how.
#[tokio::test]
async fn what_cannot_start_is_said_as_on_the_other_rungs() {
    if !full_sandbox().await {
        return;
    }
    let site = site();
    let mut spec = site.spec(SandboxPolicy::ReadOnly, "");
    spec.program = "/nowhere/at-all".into();
    let error = spawn(spec).await.unwrap_err();
    assert!(
        matches!(error, SpawnError::Execute { ref program, .. } if program == "/nowhere/at-all"),
        "{error}"
    );
    std::os::unix::fs::symlink(&site.outside, site.ws.join(".codex")).unwrap();
    let error = spawn(site.spec(site.workspace_write(), "true")).await.unwrap_err();
    assert!(matches!(error, SpawnError::ProtectedLink { .. }), "{error}");
}
