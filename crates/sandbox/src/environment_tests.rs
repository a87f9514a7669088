//! Tables for the command environment.

use pretty_assertions::assert_eq;

use super::*;

fn thread() -> ThreadVariables {
    ThreadVariables {
        codex_home: "/home/u/.codex".into(),
        session_id: "s-1".to_owned(),
        thread_id: "t-1".to_owned(),
        version: "0.169.0".to_owned(),
    }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    list.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

const PERSON: [(&str, &str); 5] =
    [("PATH", "/bin"), ("HOME", "/home/u"), ("API_KEY", "k"), ("my_token", "t"), ("EDITOR", "vi")];

/// Names the policy leaves, without the fixed ones.
fn left(policy: &ShellEnvironmentPolicy) -> Vec<String> {
    apply_policy(pairs(&PERSON), policy).into_keys().map(|name| name.to_string_lossy().into_owned()).collect()
}

#[test]
fn a_tool_call_gets_exactly_the_fixed_variables() {
    let policy = ShellEnvironmentPolicy { inherit: Inherit::None, ..Default::default() };
    let found =
        environment([], &policy, &thread(), CommandOrigin::ToolCall("call_9"), &SandboxPolicy::ReadOnly);
    let expected = pairs(&[
        ("CODEX_APPLY_PATCH_PRESERVE_LINE_ENDINGS", "1"),
        ("CODEX_CI", "1"),
        ("CODEX_HOME", "/home/u/.codex"),
        ("CODEX_SANDBOX_NETWORK_DISABLED", "1"),
        ("CODEX_SESSION_ID", "s-1"),
        ("CODEX_THREAD_ID", "t-1"),
        ("CODEX_TOOL_CALL_ID", "call_9"),
        ("CODEX_VERSION", "0.169.0"),
        ("COLORTERM", ""),
        ("GH_PAGER", "cat"),
        ("GIT_PAGER", "cat"),
        ("LANG", "C.UTF-8"),
        ("LC_ALL", "C.UTF-8"),
        ("LC_CTYPE", "C.UTF-8"),
        ("NO_COLOR", "1"),
        ("PAGER", "cat"),
        ("TERM", "dumb"),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn a_user_command_gets_the_thread_facts_only() {
    let policy = ShellEnvironmentPolicy { inherit: Inherit::None, ..Default::default() };
    let found = environment([], &policy, &thread(), CommandOrigin::User, &SandboxPolicy::DangerFullAccess);
    let expected = pairs(&[
        ("CODEX_APPLY_PATCH_PRESERVE_LINE_ENDINGS", "1"),
        ("CODEX_HOME", "/home/u/.codex"),
        ("CODEX_SESSION_ID", "s-1"),
        ("CODEX_THREAD_ID", "t-1"),
        ("CODEX_VERSION", "0.169.0"),
    ]);
    assert_eq!(found, expected);
}

// covers: safety S7
#[test]
fn the_network_flag_is_set_exactly_when_the_network_is_off() {
    let network_on = SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: true,
        exclude_tmpdir_env_var: false,
        exclude_slash_tmp: false,
    };
    for (sandbox, expected) in [
        (SandboxPolicy::ReadOnly, Some("1")),
        (SandboxPolicy::workspace_write(), Some("1")),
        (network_on, None),
        (SandboxPolicy::DangerFullAccess, None),
    ] {
        let found = environment(
            pairs(&[(NETWORK_DISABLED_VARIABLE, "stale")]),
            &ShellEnvironmentPolicy::default(),
            &thread(),
            CommandOrigin::TerminalToolCall("c"),
            &sandbox,
        );
        let flag = found.iter().find(|(name, _)| name == NETWORK_DISABLED_VARIABLE);
        assert_eq!(flag.and_then(|(_, value)| value.to_str()), expected, "{sandbox:?}");
        assert!(found.contains(&("TERM".into(), "xterm".into())));
    }
}

#[test]
fn policy_steps_apply_in_order() {
    let all = ShellEnvironmentPolicy::default();
    assert_eq!(left(&all), ["API_KEY", "EDITOR", "HOME", "PATH", "my_token"]);
    let guarded = ShellEnvironmentPolicy { ignore_default_excludes: false, ..all.clone() };
    assert_eq!(left(&guarded), ["EDITOR", "HOME", "PATH"]);
    let core = ShellEnvironmentPolicy { inherit: Inherit::Core, ..all.clone() };
    assert_eq!(left(&core), ["HOME", "PATH"]);
    let excluded = ShellEnvironmentPolicy { exclude: vec!["e*".to_owned()], ..all.clone() };
    assert_eq!(left(&excluded), ["API_KEY", "HOME", "PATH", "my_token"]);
    // `set` comes after the excludes, `include_only` after `set`.
    let set = ShellEnvironmentPolicy {
        exclude: vec!["*".to_owned()],
        set: [("A_KEY".to_owned(), "1".to_owned()), ("B".to_owned(), "2".to_owned())].into(),
        include_only: vec!["*_key".to_owned()],
        ..all
    };
    assert_eq!(left(&set), ["A_KEY"]);
}
