//! What may be written, and what stays as it was whatever is tried.

use std::fs;
use std::os::unix::fs::symlink;

use codex_protocol::{SandboxPolicy, Surroundings};
use codex_sandbox::{Barrier, SpawnError, spawn};
use pretty_assertions::assert_eq;

use super::harness::{Ran, Site, any_sandbox, full_sandbox, names};

fn done(output: &str) -> Ran {
    Ran { code: 0, output: output.to_owned() }
}

fn without_tmp(extra: &[&std::path::Path]) -> SandboxPolicy {
    SandboxPolicy::WorkspaceWrite {
        writable_roots: extra.iter().map(|path| path.to_path_buf()).collect(),
        network_access: false,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    }
}

// covers: safety S1
#[tokio::test]
async fn read_only_reads_everything_and_writes_nothing() {
    if !any_sandbox().await {
        return;
    }
    let site = Site::new();
    fs::write(site.ws.join("a"), "1").unwrap();
    let ro = |script: &'static str| site.run(SandboxPolicy::ReadOnly, script);
    assert_eq!(ro("cat a \"$OUTSIDE/o.txt\"; echo x > /dev/null").await, done("1outside-data\n"));
    for script in [
        "echo x > w.txt",
        "echo x > a",
        "truncate -s 0 a",
        "rm a",
        "mv a b",
        "mkdir d",
        "ln -s a l",
        "ln a h",
        "chmod 777 a",
        "touch a",
        "mkfifo f",
        "echo x > /tmp/codex-sandbox-test-ro",
        "echo x > \"$OUTSIDE/o.txt\"",
    ] {
        assert_ne!(ro(script).await.code, 0, "{script}");
    }
    assert_eq!(names(&site.ws), ["a"]);
    assert_eq!(fs::read_to_string(site.ws.join("a")).unwrap(), "1");
    assert_eq!(site.outside_names(), ["o.txt"]);
}

#[tokio::test]
async fn the_error_is_the_one_of_a_read_only_file_system() {
    if !full_sandbox().await {
        return;
    }
    let ran = Site::new().run(SandboxPolicy::ReadOnly, "echo x > w.txt").await;
    assert_eq!(ran, Ran { code: 1, output: "/bin/bash: line 1: w.txt: Read-only file system\n".to_owned() });
}

// covers: safety S2
#[tokio::test]
async fn workspace_write_reaches_the_roots_and_only_them() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    fs::create_dir(site.ws.join("sub")).unwrap();
    let script =
        "set -e; echo 1 > new; echo 2 > sub/n; mkdir -p a/b; mv new a/b/moved; rm sub/n; cat a/b/moved";
    assert_eq!(site.ww(script).await, done("1\n"));
    let script = "set -e; t=$(mktemp /tmp/codex-sandbox-XXXXXX); echo x > $t; cat $t; rm $t";
    assert_eq!(site.run(SandboxPolicy::workspace_write(), script).await, done("x\n"));
    for script in ["echo x > \"$OUTSIDE/n\"", "echo x > ../n", "rm \"$OUTSIDE/o.txt\"", "mv \"$OUTSIDE\" x"] {
        assert_ne!(site.ww(script).await.code, 0, "{script}");
    }
    let tmp = "echo x > /tmp/codex-sandbox-test-excluded";
    assert_ne!(site.run(without_tmp(&[]), tmp).await.code, 0);
    assert_eq!(site.outside_names(), ["o.txt"]);
    assert_eq!(names(&site.base), ["outside", "ws"]);

    let extra = site.base.join("extra");
    fs::create_dir(&extra).unwrap();
    let script = "echo x > ../extra/n && ! mkdir ../extra/.codex/x && ! echo y > ../extra/.git/config";
    assert_eq!(site.run(without_tmp(&[&extra]), script).await.code, 0);
    assert_eq!(names(&extra), ["n"]);
}

#[tokio::test]
async fn tmpdir_is_a_root_unless_excluded() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let tmpdir = site.base.join("tmpdir");
    fs::create_dir(&tmpdir).unwrap();
    for (policy, code) in [(SandboxPolicy::workspace_write(), 0), (without_tmp(&[]), 1)] {
        let surroundings = Surroundings { tmpdir: Some(&tmpdir), helpers: &[] };
        let permissions = policy.resolve(&site.ws, surroundings);
        let mut spec = site.spec(policy, "echo x > ../tmpdir/f");
        spec.permissions = permissions;
        assert_eq!(super::harness::run(spec).await.code, code);
    }
}

// covers: safety S6
// threat 3, threat 32
#[tokio::test]
async fn links_do_not_lead_outside() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    symlink(&site.outside, site.ws.join("d")).unwrap();
    for script in [
        "ln -s \"$OUTSIDE/o.txt\" l; echo x > l",
        "echo x > d/n.txt",
        "ln \"$OUTSIDE/o.txt\" h",
        "truncate -s 0 d/o.txt",
        "cp /dev/null d/o.txt",
        "mv d/o.txt .",
    ] {
        assert_ne!(site.ww(script).await.code, 0, "{script}");
    }
    assert_eq!(site.outside_names(), ["o.txt"]);
    assert_eq!(fs::read_to_string(site.outside.join("o.txt")).unwrap(), "outside-data\n");
}

// covers: safety S3
#[tokio::test]
async fn the_git_directory_stays_as_it_is() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::with_git();
    for script in [
        "echo x >> .git/config",
        "echo x > .git/hooks/pre-commit",
        "mv .git .git2",
        "rm -rf .git",
        "chmod 777 .git/config",
        "mkdir n && mv n .git/n",
        "echo x > .git/../.git/config",
        "cd .git/hooks && echo x > ../config",
        "echo x > /proc/self/cwd/.git/config",
        "echo x > /proc/1/root$WS/.git/config",
    ] {
        assert_ne!(site.ww(script).await.code, 0, "{script}");
    }
    assert_eq!(fs::read_to_string(site.ws.join(".git/config")).unwrap(), "original\n");
    assert_eq!(names(&site.ws.join(".git")), ["config", "hooks"]);
    assert_eq!(names(&site.ws.join(".git/hooks")), Vec::<String>::new());
}

// threat 13
#[tokio::test]
async fn the_workspace_cannot_be_swapped_for_another() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::with_git();
    fs::create_dir(site.base.join("sub")).unwrap();
    fs::rename(&site.ws, site.base.join("sub/ws")).unwrap();
    let ws = site.base.join("sub/ws");
    // The parents are writable too, as for a workspace below /tmp.
    let policy = without_tmp(&[&site.base]);
    for script in [
        "cd ../.. && mv sub/ws old && mkdir -p sub/ws/.git",
        "cd ../.. && mv sub old && mkdir -p sub/ws/.codex",
        "cd ../.. && mkdir -p evil/.git && mv -T --exchange evil sub/ws",
        "cd .. && rm -rf ws; mkdir -p ws/.git/evil",
    ] {
        let mut spec = site.spec(policy.clone(), script);
        spec.cwd = ws.clone();
        spec.permissions = policy.resolve(&ws, Surroundings::default());
        assert_ne!(super::harness::run(spec).await.code, 0, "{script}");
    }
    assert_eq!(fs::read_to_string(ws.join(".git/config")).unwrap(), "original\n");
    assert_eq!(names(&ws.join(".git")), ["config", "hooks"]);
}

// threat 26, threat 31
#[tokio::test]
async fn kept_paths_stay_as_they_are() {
    if !any_sandbox().await {
        return;
    }
    let site = Site::new();
    let home = site.ws.join("deep/home");
    fs::create_dir_all(&home).unwrap();
    fs::write(home.join("config.toml"), "original\n").unwrap();
    for barrier in [Barrier::Best, Barrier::LandlockOnly] {
        for script in [
            "echo x > deep/home/config.toml",
            "echo x > deep/home/new",
            "mv deep/home deep/other && mkdir deep/home",
            "mv deep other && mkdir -p deep/home",
            "rm -rf deep/home; mkdir deep/home",
        ] {
            let mut spec = site.spec(SandboxPolicy::workspace_write(), script);
            spec.kept = vec![home.clone()];
            spec.barrier = barrier;
            assert_ne!(super::harness::run(spec).await.code, 0, "{script}");
        }
    }
    assert_eq!(names(&home), ["config.toml"]);
    assert_eq!(fs::read_to_string(home.join("config.toml")).unwrap(), "original\n");
}

// covers: safety S4
// threat 13
#[tokio::test]
async fn missing_names_cannot_be_created_and_leave_no_trace() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    for name in [".codex", ".agents", ".aws", ".git"] {
        for script in [
            format!("mkdir {name}"),
            format!("mkdir -p {name} && echo x > {name}/config.toml"),
            format!("echo x > {name}"),
            format!("mkdir n; mv -T n {name}"),
            format!("rmdir {name}"),
            format!("mv {name} other"),
            format!("ln -s n {name}/l"),
        ] {
            assert_ne!(site.ww(&script).await.code, 0, "{script}");
        }
        fs::remove_dir(site.ws.join("n")).unwrap();
    }
    assert_eq!(names(&site.ws), Vec::<String>::new());
}

#[tokio::test]
async fn one_command_ending_does_not_uncover_another() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let script = "until [ -e go ]; do :; done; mkdir .codex/x 2>/dev/null && exit 7; echo y > .codex/f && exit 8; exit 0";
    let waiting = spawn(site.spec(SandboxPolicy::workspace_write(), script)).await.unwrap();
    assert_eq!(site.ww("true").await.code, 0);
    assert_eq!(site.ww("touch go").await.code, 0);
    assert_eq!(super::harness::finish(&waiting).await.code, 0);
    assert_eq!(names(&site.ws), ["go"]);
}

// covers: safety S5
#[tokio::test]
async fn a_linked_protected_name_is_refused_before_anything_runs() {
    if !any_sandbox().await {
        return;
    }
    let site = Site::new();
    fs::create_dir(site.ws.join("t")).unwrap();
    symlink("t", site.ws.join(".codex")).unwrap();
    let error = spawn(site.spec(SandboxPolicy::workspace_write(), "touch ran")).await.unwrap_err();
    assert!(
        matches!(&error, SpawnError::ProtectedLink { path } if *path == site.ws.join(".codex")),
        "{error}"
    );
    assert_eq!(names(&site.ws), [".codex", "t"]);
}

// threat 29
#[tokio::test]
async fn a_worktree_keeps_its_pointer_and_the_real_git_directory() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let git = site.base.join("real.git");
    fs::create_dir(&git).unwrap();
    fs::write(git.join("config"), "original\n").unwrap();
    fs::write(site.ws.join(".git"), "gitdir: ../real.git\n").unwrap();
    let policy = without_tmp(&[&site.base]);
    for script in
        ["echo x > .git", "rm .git", "mv .git g", "echo x > ../real.git/config", "mv ../real.git ../r"]
    {
        assert_ne!(site.run(policy.clone(), script).await.code, 0, "{script}");
    }
    assert_eq!(site.run(policy, "touch ok ../ok2").await.code, 0);
    assert_eq!(fs::read_to_string(site.ws.join(".git")).unwrap(), "gitdir: ../real.git\n");
    assert_eq!(fs::read_to_string(git.join("config")).unwrap(), "original\n");
}

#[tokio::test]
async fn a_subfolder_of_a_repository_still_finds_it() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let git = "git init -q . && mkdir sub && echo x > sub/f && git add . && git status --short";
    assert_eq!(site.run(SandboxPolicy::DangerFullAccess, git).await, done("A  sub/f\n"));
    let mut spec = site.spec(without_tmp(&[]), "git status --short; git rev-parse --show-prefix");
    spec.cwd = site.ws.join("sub");
    spec.permissions = without_tmp(&[]).resolve(&spec.cwd, Surroundings::default());
    assert_eq!(super::harness::run(spec).await, done("A  f\nsub/\n"));
    assert_eq!(names(&site.ws.join("sub")), ["f"]);
}

#[tokio::test]
async fn full_access_writes_anywhere() {
    let site = Site::new();
    let ran = site.run(SandboxPolicy::DangerFullAccess, "echo x > \"$OUTSIDE/n\"; mkdir .codex").await;
    assert_eq!(ran, done(""));
    assert_eq!(site.outside_names(), ["n", "o.txt"]);
}

#[tokio::test]
async fn shared_memory_and_devices_work_but_are_private() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    let name = format!("codex-sandbox-{}", std::process::id());
    let script =
        format!("echo x > /dev/shm/{name} && cat /dev/shm/{name} && head -c 4 /dev/urandom > /dev/null");
    assert_eq!(site.run(SandboxPolicy::ReadOnly, &script).await, done("x\n"));
    assert!(!std::path::Path::new("/dev/shm").join(name).exists());
    // The terminals of the host are out of reach, even for the same user.
    assert_eq!(site.ww("ls /dev/pts").await, done("ptmx\n"));
}

#[tokio::test]
async fn only_harmless_devices_are_alive() {
    if !full_sandbox().await {
        return;
    }
    let site = Site::new();
    for policy in [SandboxPolicy::ReadOnly, SandboxPolicy::workspace_write()] {
        let harmless = "echo x > /dev/null && head -c 2 /dev/zero | wc -c && head -c 2 /dev/urandom | wc -c && \
            { echo x > /dev/full || echo full; } 2>/dev/null";
        assert_eq!(site.run(policy.clone(), harmless).await, done("2\n2\nfull\n"));
        let alive = "for d in /dev/*; do case $d in */null|*/zero|*/full|*/random|*/urandom|*/tty|*/ptmx) ;; \
            *) [ ! -L \"$d\" ] && { [ -b \"$d\" ] || [ -c \"$d\" ]; } || continue; (exec 3< \"$d\") 2>/dev/null && echo \"$d\"; \
            (exec 3>> \"$d\") 2>/dev/null && echo \"$d\"; esac; done; true";
        assert_eq!(site.run(policy, alive).await, done(""));
    }
}

#[tokio::test]
async fn output_files_of_the_shell_work() {
    if !any_sandbox().await {
        return;
    }
    let ran = Site::new().ww("echo a > /dev/stdout; echo b > /dev/stderr; cat <<E\nhere\nE").await;
    assert_eq!(ran, done("a\nb\nhere\n"));
}
