//! What rules say about paths, and what profiles and modes amount to.

use pretty_assertions::assert_eq;

use super::*;
use crate::{PermissionEntry, SandboxPolicy};

fn rules(entries: &[(&str, FileAccess)]) -> FileRules {
    let mut rules = FileRules::default();
    for (path, access) in entries {
        match path.contains('*') {
            true => rules.deny_pattern((*path).to_owned()),
            false => rules.add(PathBuf::from(path), *access),
        }
    }
    rules
}

#[test]
fn the_longest_path_wins_but_for_what_is_denied() {
    use FileAccess::{Deny, Read, Write};
    let rules = rules(&[
        ("/", Read),
        ("/w", Write),
        ("/w/docs", Read),
        ("/w/docs/out", Write),
        ("/w/private", Deny),
        ("/w/private/open", Read),
        ("/w/x/.git", Write),
        ("/w/x", Write),
        ("/w/*.env", Deny),
    ]);
    for (path, expected) in [
        ("/etc/passwd", Read),
        ("/w/a", Write),
        ("/w/docs/a", Read),
        ("/w/docs/out/a", Write),
        ("/w/private", Deny),
        ("/w/private/open/a", Deny),
        ("/w/private-not/a", Write),
        ("/w/.git/config", Read),
        ("/w/.gitignore", Write),
        ("/w/x/.git/config", Write),
        ("/w/x/.codex/a", Read),
        ("/w/docs/out/.agents", Read),
        ("/w/.env", Deny),
        ("/w/a/.env", Write),
    ] {
        assert_eq!(rules.access(Path::new(path)), expected, "{path}");
    }
}

#[test]
fn what_nothing_opens_is_closed() {
    let rules = rules(&[("/", FileAccess::Deny), ("/usr", FileAccess::Read)]);
    assert_eq!(rules.access(Path::new("/usr/bin/ls")), FileAccess::Read);
    assert_eq!(rules.access(Path::new("/home/u/.ssh")), FileAccess::Deny);
    assert!(!rules.denies(), "leaving out is not denying");
}

#[test]
fn leaving_the_sandbox_opens_everything_but_what_is_denied() {
    let files =
        rules(&[("/", FileAccess::Read), ("/w", FileAccess::Write), ("/w/private", FileAccess::Deny)]);
    let limited = Permissions::Limited { files, network: NetworkAccess::Restricted };
    let lifted = limited.lifted();
    assert!(lifted.network_enabled());
    let files = lifted.files().unwrap();
    assert_eq!(files.access(Path::new("/w/private/k")), FileAccess::Deny);
    assert_eq!(files.access(Path::new("/.git/config")), FileAccess::Write);
    let open = rules(&[("/", FileAccess::Read)]);
    let open = Permissions::Limited { files: open, network: NetworkAccess::Restricted };
    assert_eq!(open.lifted(), Permissions::Unlimited);
}

#[test]
fn modes_and_profiles_go_through_the_same_rules() {
    let surroundings = Surroundings { tmpdir: Some(Path::new("/var/tmp/u")), helpers: &[] };
    let policy = SandboxPolicy::WorkspaceWrite {
        writable_roots: vec![PathBuf::from("/x")],
        network_access: true,
        exclude_tmpdir_env_var: false,
        exclude_slash_tmp: true,
    };
    let expected = rules(&[
        ("/", FileAccess::Read),
        ("/w", FileAccess::Write),
        ("/x", FileAccess::Write),
        ("/var/tmp/u", FileAccess::Write),
    ]);
    assert_eq!(
        policy.resolve(Path::new("/w"), surroundings),
        Permissions::Limited { files: expected, network: NetworkAccess::Enabled }
    );
    let read_only = SandboxPolicy::ReadOnly.resolve(Path::new("/w"), surroundings);
    assert_eq!(read_only.writable_roots(), Some(Vec::new()));
    let full = SandboxPolicy::DangerFullAccess.resolve(Path::new("/w"), surroundings);
    assert_eq!(full, Permissions::Unlimited);
}

#[test]
fn helpers_are_added_to_a_minimal_profile_unless_they_are_denied() {
    let helpers = [PathBuf::from("/opt/bin/codex"), PathBuf::from("/opt/denied/codex")];
    let surroundings = Surroundings { tmpdir: None, helpers: &helpers };
    let profile = PermissionProfile::Managed {
        file_system: FilePermissions::Restricted {
            entries: vec![
                PermissionEntry::special(SpecialPath::Minimal, FileAccess::Read),
                PermissionEntry::at("/opt/denied", FileAccess::Deny),
            ],
            glob_scan_depth_max: None,
        },
        network: NetworkAccess::Restricted,
    };
    let permissions = profile.resolve(surroundings);
    let files = permissions.files().unwrap();
    assert_eq!(files.access(&helpers[0]), FileAccess::Read);
    assert_eq!(files.access(&helpers[1]), FileAccess::Deny);
    assert_eq!(files.access(Path::new("/usr/bin/env")), FileAccess::Read);
}

#[test]
fn roots_are_filled_in_once_each() {
    let project = |subpath: Option<&str>| SpecialPath::ProjectRoots { subpath: subpath.map(PathBuf::from) };
    let profile = PermissionProfile::Managed {
        file_system: FilePermissions::Restricted {
            entries: vec![
                PermissionEntry::special(project(None), FileAccess::Write),
                PermissionEntry::special(project(Some("*.env")), FileAccess::Deny),
            ],
            glob_scan_depth_max: Some(3),
        },
        network: NetworkAccess::Restricted,
    };
    let filled = profile.with_roots(&[PathBuf::from("/a"), PathBuf::from("/b")]);
    let deny = |pattern: &str| {
        PermissionEntry::new(EntryPath::GlobPattern { pattern: pattern.to_owned() }, FileAccess::Deny)
    };
    let expected = vec![
        PermissionEntry::at("/a", FileAccess::Write),
        PermissionEntry::at("/b", FileAccess::Write),
        deny("/a/*.env"),
        deny("/b/*.env"),
    ];
    assert_eq!(filled.entries(), expected);
}

#[test]
fn a_profile_keeps_its_file_form() {
    let text = r#"{"type":"managed","file_system":{"type":"restricted","entries":[{"path":{"type":"special","value":{"kind":"project_roots","subpath":"a"}},"access":"write"},{"path":{"type":"glob_pattern","pattern":"/w/*.env"},"access":"deny"},{"path":{"type":"path","path":"/w/.git"},"access":"read","missing_path_behavior":"skip"},{"path":{"type":"special","value":{"kind":"unknown"}},"access":"read"}],"globScanMaxDepth":4},"network":"enabled"}"#;
    let profile: PermissionProfile = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&profile).unwrap(), text);
    let newer = r#"{"kind":"something_new","value":1}"#;
    assert_eq!(serde_json::from_str::<SpecialPath>(newer).unwrap(), SpecialPath::Unknown);
}

#[test]
fn narrower_permissions_are_known_as_such() {
    let at = |entries: &[(&str, FileAccess)], network| {
        let mut files = FileRules::default();
        for (path, access) in entries {
            files.add(PathBuf::from(path), *access);
        }
        Permissions::Limited { files, network }
    };
    use FileAccess::{Deny, Read, Write};
    use NetworkAccess::{Enabled, Restricted};
    let reads = at(&[("/", Read)], Restricted);
    let workspace = at(&[("/", Read), ("/w", Write)], Restricted);
    let private = at(&[("/", Read), ("/w", Write), ("/w/private", Deny)], Restricted);
    let open_git = at(&[("/", Read), ("/w", Write), ("/w/.git", Write)], Restricted);
    let online = at(&[("/", Read)], Enabled);
    let all = at(&[("/", Write)], Restricted);
    let order = [&reads, &workspace, &private, &open_git, &online, &all, &Permissions::Unlimited];
    // Row by row: within which of the columns it is. `/` writable protects `/.git`, not `/w/.git`.
    let expected = [
        [true, true, false, true, true, true, true],
        [false, true, false, true, false, true, true],
        [false, true, true, true, false, true, true],
        [false, false, false, true, false, true, true],
        [false, false, false, false, true, false, true],
        [false, false, false, false, false, true, true],
        [false, false, false, false, false, false, true],
    ];
    let found = order.map(|own| order.map(|other| own.is_within(other)));
    assert_eq!(found, expected);
}

#[test]
fn patterns_and_protected_names_count_when_permissions_are_compared() {
    let workspace = |change: &dyn Fn(&mut FileRules)| {
        let mut files = FileRules::default();
        files.add(PathBuf::from("/w"), FileAccess::Write);
        change(&mut files);
        Permissions::Limited { files, network: NetworkAccess::Restricted }
    };
    let plain = workspace(&|_| {});
    let hiding = workspace(&|files| files.deny_pattern("/w/*.env".to_owned()));
    let shallow = workspace(&|files| {
        files.deny_pattern("/w/*.env".to_owned());
        files.pattern_depth_max = Some(1);
    });
    let open = workspace(&|files| files.protects_names = false);
    assert!(hiding.is_within(&plain) && !plain.is_within(&hiding));
    assert!(!shallow.is_within(&hiding) && !hiding.is_within(&shallow));
    assert!(plain.is_within(&open) && !open.is_within(&plain));
}
