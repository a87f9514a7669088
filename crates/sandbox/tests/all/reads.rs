//! What may not be read: denied files and folders on every way to them, patterns, and profiles that open little.

use std::fs;
use std::os::unix::fs::symlink;

use codex_protocol::{
    EntryPath, FileAccess, FilePermissions, NamedProfile, NetworkAccess, PermissionEntry, PermissionProfile,
    SandboxPolicy, SpecialPath,
};
use codex_sandbox::{SpawnError, check_support, spawn};
use pretty_assertions::assert_eq;

use super::harness::{Site, full_sandbox, names, run, skip};

fn policy(entries: Vec<PermissionEntry>, depth: Option<usize>) -> SandboxPolicy {
    let file_system = FilePermissions::Restricted { entries, glob_scan_depth_max: depth };
    SandboxPolicy::Profile(Box::new(NamedProfile {
        id: "test".to_owned(),
        extends: None,
        workspace_roots: Vec::new(),
        profile: PermissionProfile::Managed { file_system, network: NetworkAccess::Restricted },
    }))
}

fn special(value: SpecialPath, access: FileAccess) -> PermissionEntry {
    PermissionEntry::special(value, access)
}

fn below(subpath: &str, access: FileAccess) -> PermissionEntry {
    special(SpecialPath::ProjectRoots { subpath: Some(subpath.into()) }, access)
}

/// Everything may be read and the workspace written, but for these entries.
fn open_but(entries: Vec<PermissionEntry>) -> SandboxPolicy {
    let workspace = SpecialPath::ProjectRoots { subpath: None };
    let mut all = vec![special(SpecialPath::Root, FileAccess::Read), special(workspace, FileAccess::Write)];
    all.extend(entries);
    policy(all, None)
}

/// A workspace with `private/key`, `.env` and `sub/deep/.env`, and links to them from inside and outside.
fn site() -> Site {
    let site = Site::with_git();
    for folder in ["private/open", "sub/deep"] {
        fs::create_dir_all(site.ws.join(folder)).unwrap();
    }
    for file in ["private/key", "private/open/key", ".env", "sub/deep/.env", "sub/plain"] {
        fs::write(site.ws.join(file), "secret\n").unwrap();
    }
    symlink(site.ws.join("private"), site.ws.join("sub/folder-link")).unwrap();
    symlink(site.ws.join(".env"), site.outside.join("file-link")).unwrap();
    site
}

fn denying() -> SandboxPolicy {
    open_but(vec![
        below("private", FileAccess::Deny),
        below("private/open", FileAccess::Read),
        below("**/.env", FileAccess::Deny),
    ])
}

/// Ways to what is denied, each of which must fail and say nothing.
const WAYS: [&str; 16] = [
    "cat private/key",
    "cat private/open/key",
    "ls private",
    "cat .env",
    "cat sub/deep/.env",
    "cat sub/folder-link/key",
    "cat \"$OUTSIDE/file-link\"",
    "ln private/key hard && cat hard",
    "ln .env hard && cat hard",
    "cp .env copy",
    "cat /proc/self/root\"$WS\"/.env",
    "cat /proc/1/root\"$WS\"/private/key",
    "cd private",
    "exec 3< .env; cat <&3",
    "chmod -R 777 private; cat private/key",
    "echo x > private/key",
];

// covers: safety S15
// threat 16
#[tokio::test]
async fn what_is_denied_is_hidden_on_every_way_to_it() {
    if !full_sandbox().await {
        return;
    }
    let site = site();
    for script in WAYS {
        let ran = site.run(denying(), script).await;
        assert_ne!(ran.code, 0, "{script}: {}", ran.output);
        assert!(!ran.output.contains("secret"), "{script}: {}", ran.output);
    }
    let around = "cat sub/plain; echo y > sub/new; ls -d private .env; ls -a | wc -l; mv sub/plain sub/moved";
    let ran = site.run(denying(), around).await;
    assert_eq!((ran.code, ran.output.lines().next()), (0, Some("secret")), "{}", ran.output);
    assert_eq!(names(&site.ws.join("private")), ["key", "open"]);
}

#[tokio::test]
async fn nothing_can_take_the_place_of_what_is_denied() {
    if !full_sandbox().await {
        return;
    }
    let site = site();
    for script in [
        "mv private elsewhere",
        "mv sub/deep sub/elsewhere",
        "mv sub elsewhere",
        "mv .env env",
        "rm -rf private",
        "rm .env",
        "mkdir absent",
    ] {
        let policy = open_but(vec![
            below("private", FileAccess::Deny),
            below("absent", FileAccess::Deny),
            below("**/.env", FileAccess::Deny),
        ]);
        let ran = site.run(policy, script).await;
        assert_ne!(ran.code, 0, "{script}");
    }
    assert_eq!(fs::read_to_string(site.ws.join("sub/deep/.env")).unwrap(), "secret\n");
    assert_eq!(names(&site.ws), [".env", ".git", "private", "sub"]);
}

// threat 16
#[tokio::test]
async fn landlock_alone_keeps_it_from_being_read_too() {
    if check_support().await.landlock_abi.is_none_or(|abi| abi < 3) {
        return skip("no Landlock");
    }
    let site = site();
    for script in WAYS {
        // A folder may be entered, which shows nothing of it.
        if script == "cd private" {
            continue;
        }
        let ran = site.landlock(denying(), script).await;
        assert_ne!(ran.code, 0, "{script}: {}", ran.output);
        assert!(!ran.output.contains("secret"), "{script}: {}", ran.output);
    }
    let ran = site.landlock(denying(), "cat sub/plain && echo y >> sub/plain && ls sub/../../outside").await;
    assert_eq!((ran.code, ran.output.as_str()), (0, "secret\nfile-link\no.txt\n"));
}

/// A pattern is about names, but what it hides is a file: the search for it comes by the other ones.
// threat 7, threat 16
#[tokio::test]
async fn another_name_of_a_file_that_fits_a_pattern_is_hidden_with_it() {
    if !full_sandbox().await {
        return;
    }
    let site = site();
    fs::hard_link(site.ws.join(".env"), site.ws.join("sub/other-name")).unwrap();
    fs::hard_link(site.ws.join("sub/plain"), site.ws.join("sub/two-names")).unwrap();
    let script =
        "cat sub/other-name; echo x > sub/other-name; mv sub/other-name moved; cat moved; cat sub/two-names";
    let ran = site.run(denying(), script).await;
    assert_eq!(ran.output.matches("secret").count(), 1, "{}", ran.output);
    if check_support().await.landlock_abi.is_some_and(|abi| abi >= 3) {
        let ran = site.landlock(denying(), script).await;
        assert_eq!(ran.output.matches("secret").count(), 1, "{}", ran.output);
    }
    assert_eq!(fs::read_to_string(site.ws.join(".env")).unwrap(), "secret\n");
}

#[tokio::test]
async fn a_link_in_the_workspace_cannot_carry_a_rule() {
    let site = site();
    let entry = below("sub/folder-link", FileAccess::Deny);
    let error = spawn(site.spec(open_but(vec![entry]), "true")).await.unwrap_err();
    let link = site.ws.join("sub/folder-link");
    assert!(matches!(&error, SpawnError::ProtectedLink { path } if *path == link), "{error}");
}

#[tokio::test]
async fn a_link_outside_is_followed() {
    if !full_sandbox().await {
        return;
    }
    let site = site();
    symlink(&site.outside, site.base.join("linked")).unwrap();
    let entry = PermissionEntry::at(site.base.join("linked/o.txt"), FileAccess::Deny);
    let ran = site.run(open_but(vec![entry]), "cat \"$OUTSIDE/o.txt\"").await;
    assert_ne!(ran.code, 0, "{}", ran.output);
}

#[tokio::test]
async fn a_pattern_is_looked_for_as_deep_as_the_profile_says_and_refused_when_that_is_too_much() {
    if !full_sandbox().await {
        return;
    }
    let site = site();
    let entries = |pattern: &str| {
        let workspace = SpecialPath::ProjectRoots { subpath: None };
        vec![
            special(SpecialPath::Root, FileAccess::Read),
            special(workspace, FileAccess::Write),
            below(pattern, FileAccess::Deny),
        ]
    };
    let ran = site.run(policy(entries("**/.env"), Some(1)), "cat .env || cat sub/deep/.env").await;
    assert_eq!(ran.output.lines().last(), Some("secret"));
    let everything =
        PermissionEntry::new(EntryPath::GlobPattern { pattern: "/**/no-such-name".into() }, FileAccess::Deny);
    let mut all = entries("x");
    all.push(everything);
    // The whole machine has more files than are looked at, unless it is a very small one.
    match spawn(site.spec(policy(all, None), "true")).await {
        Err(SpawnError::DenyPattern { pattern, .. }) => assert_eq!(pattern, "/**/no-such-name"),
        Err(other) => panic!("{other}"),
        Ok(process) => drop(process.wait().await),
    }
}

#[tokio::test]
async fn read_write_and_denied_paths_nest() {
    if !full_sandbox().await {
        return;
    }
    let site = site();
    for folder in ["docs/out/kept", "docs/out/.git"] {
        fs::create_dir_all(site.ws.join(folder)).unwrap();
    }
    let policy = open_but(vec![
        below("docs", FileAccess::Read),
        below("docs/out", FileAccess::Write),
        below("docs/out/kept", FileAccess::Read),
        below(".git", FileAccess::Write),
    ]);
    for (script, works) in [
        ("touch docs/a", false),
        ("touch docs/out/a", true),
        ("touch docs/out/kept/a", false),
        ("touch docs/out/.git/a", false),
        ("mv docs/out docs/moved", false),
        ("mv docs moved", false),
        ("mv docs/out/kept docs/out/moved", false),
        ("touch .git/a", true),
        ("touch .codex", false),
        ("touch a", true),
    ] {
        let ran = site.run(policy.clone(), script).await;
        assert_eq!(ran.code == 0, works, "{script}: {}", ran.output);
    }
    assert_eq!(names(&site.ws.join("docs/out")), [".git", "a", "kept"]);
}

fn minimal() -> SandboxPolicy {
    let workspace = SpecialPath::ProjectRoots { subpath: None };
    policy(vec![special(SpecialPath::Minimal, FileAccess::Read), special(workspace, FileAccess::Write)], None)
}

/// What runs in a minimal profile, and what it cannot read.
async fn minimal_runs(site: &Site, landlock: bool) {
    let run_it = async |script: &str| match landlock {
        true => site.landlock(minimal(), script).await,
        false => site.run(minimal(), script).await,
    };
    let works = "set -e; cat sub/plain; echo x > sub/n; ls sub >/dev/null; sort < sub/n; git --version >/dev/null; \
                 head -c1 /dev/urandom >/dev/null; cat /proc/self/comm; (echo a | cat) >/dev/null; sh -c 'echo $0'";
    let ran = run_it(works).await;
    assert_eq!((ran.code, ran.output.as_str()), (0, "secret\nx\ncat\nsh\n"));
    for script in ["cat \"$OUTSIDE/o.txt\"", "ls \"$BASE\"", "ls /", "cat /proc/self/root\"$OUTSIDE\"/o.txt"]
    {
        let ran = run_it(script).await;
        assert_ne!(ran.code, 0, "{script}: {}", ran.output);
    }
}

// covers: safety S33
#[tokio::test]
async fn a_minimal_profile_with_a_workspace_runs_commands() {
    let support = check_support().await;
    if support.landlock_abi.is_none_or(|abi| abi < 3) {
        return skip("no Landlock");
    }
    let site = site();
    minimal_runs(&site, true).await;
    if full_sandbox().await {
        minimal_runs(&site, false).await;
    }
}

#[tokio::test]
async fn a_minimal_profile_has_a_terminal() {
    let support = check_support().await;
    if support.landlock_abi.is_none_or(|abi| abi < 3) {
        return skip("no Landlock");
    }
    let site = site();
    let mut spec =
        site.spec(minimal(), "test -t 0 && stty -a < /dev/tty >/dev/null && echo typed > /dev/tty");
    spec.stdio = codex_sandbox::StdioMode::DEFAULT_PTY;
    let ran = run(spec).await;
    assert_eq!((ran.code, ran.output.as_str()), (0, "typed\r\n"));
}
