//! Permission profiles: reading, building on one another, and which one is in force.

use codex_config::{ChosenProfile, LoadRequest};
use codex_protocol::{
    EntryPath, FileAccess, FilePermissions, NetworkAccess, PermissionEntry, PermissionProfile, SandboxMode,
    SandboxPolicy, SpecialPath,
};
use pretty_assertions::assert_eq;

use crate::world::World;

const TWO: &str = r#"
default_permissions = "dev"
[permissions.base]
description = "shared"
[permissions.base.filesystem]
":root" = "read"
":slash_tmp" = "read"
"~/secrets" = "deny"
[permissions.base.workspace_roots]
"/extra" = true
"/other" = true
[permissions.dev]
extends = "base"
[permissions.dev.workspace_roots]
"/other" = false
[permissions.dev.filesystem]
":slash_tmp" = "write"
":workspace_roots" = { "." = "write", "private" = "deny", "**/*.env" = "deny" }
"/data/**" = "read"
glob_scan_max_depth = 4
[permissions.dev.network]
enabled = true
"#;

fn chosen(world: &World) -> SandboxPolicy {
    world.config().sandbox_policy()
}

#[test]
fn a_profile_adds_to_the_one_it_builds_on_and_replaces_what_it_says_again() {
    let world = World::user(TWO);
    let SandboxPolicy::Profile(named) = chosen(&world) else { panic!("no profile") };
    assert_eq!((named.id.as_str(), named.extends.as_deref()), ("dev", Some("base")));
    assert_eq!(named.workspace_roots, ["/extra".into()] as [std::path::PathBuf; 1]);
    let project = |subpath: Option<&str>| {
        EntryPath::special(SpecialPath::ProjectRoots { subpath: subpath.map(Into::into) })
    };
    let entries = vec![
        PermissionEntry::at("/data", FileAccess::Read),
        PermissionEntry::special(SpecialPath::Root, FileAccess::Read),
        PermissionEntry::special(SpecialPath::SlashTmp, FileAccess::Write),
        PermissionEntry::new(project(Some("**/*.env")), FileAccess::Deny),
        PermissionEntry::new(project(None), FileAccess::Write),
        PermissionEntry::new(project(Some("private")), FileAccess::Deny),
        PermissionEntry::at(world.path("secrets"), FileAccess::Deny),
    ];
    let expected = PermissionProfile::Managed {
        file_system: FilePermissions::Restricted { entries, glob_scan_depth_max: Some(4) },
        network: NetworkAccess::Enabled,
    };
    assert_eq!(named.profile, expected);
    assert_eq!(world.warnings(), [] as [String; 0]);
    assert_eq!(chosen(&world).mode(), SandboxMode::WorkspaceWrite);
}

#[test]
fn built_in_profiles_are_the_modes() {
    for (name, mode) in [
        (":read-only", SandboxMode::ReadOnly),
        (":workspace", SandboxMode::WorkspaceWrite),
        (":danger-full-access", SandboxMode::DangerFullAccess),
    ] {
        let world = World::user(&format!("default_permissions = \"{name}\""));
        assert_eq!(world.config().permissions.chosen, Some(ChosenProfile::Builtin(mode)));
        assert_eq!(chosen(&world).mode(), mode);
    }
    let text = "default_permissions = \"a\"\n[permissions.a]\nextends = \":workspace\"\n\
                [permissions.a.filesystem]\n\"/etc/x\" = \"deny\"";
    let SandboxPolicy::Profile(named) = chosen(&World::user(text)) else { panic!("no profile") };
    let resolved =
        SandboxPolicy::Profile(named).resolve("/w".as_ref(), codex_protocol::Surroundings::default());
    let files = resolved.files().unwrap();
    for (path, access) in [
        ("/etc/x/y", FileAccess::Deny),
        ("/etc/y", FileAccess::Read),
        ("/w/a", FileAccess::Write),
        ("/tmp/a", FileAccess::Write),
        ("/w/.git/config", FileAccess::Read),
    ] {
        assert_eq!(files.access(path.as_ref()), access, "{path}");
    }
}

#[test]
fn a_mode_of_a_higher_layer_beats_the_profile_but_a_projects_never_does() {
    let world = World::user(TWO);
    let mode = |world: &World| world.config().sandbox_policy().mode();
    let over = |texts: &[&str]| mode(&World::user(TWO).over(texts));
    assert_eq!(over(&["sandbox_mode=read-only"]), SandboxMode::ReadOnly);
    assert_eq!(over(&["sandbox_mode=danger-full-access"]), SandboxMode::DangerFullAccess);
    // In one layer the profile says more.
    let same = World::user(&format!("sandbox_mode = \"read-only\"\n{TWO}"));
    assert_eq!(mode(&same), SandboxMode::WorkspaceWrite);
    let flag = |set: &dyn Fn(&mut LoadRequest)| {
        let mut world = World::user(TWO);
        set(&mut world.request);
        world.config().sandbox_policy()
    };
    let by_flag = flag(&|request| request.flags.sandbox_mode = Some(SandboxMode::DangerFullAccess));
    assert_eq!(by_flag, SandboxPolicy::DangerFullAccess);
    let other = flag(&|request| request.flags.permission_profile = Some(":read-only".to_owned()));
    assert_eq!(other, SandboxPolicy::ReadOnly);
    // threat 31: what a repository asks for cannot open what the person denied.
    world.write("home/config.toml", format!("{TWO}{}", world.trust_table()));
    world.write(
        "work/.codex/config.toml",
        "sandbox_mode = \"workspace-write\"\ndefault_permissions = \":workspace\"",
    );
    assert!(matches!(chosen(&world), SandboxPolicy::Profile(_)));
}

#[test]
fn rules_that_cannot_be_understood_are_errors_of_the_chosen_profile_only() {
    let base = "default_permissions = \"a\"\n[permissions.a.filesystem]\n";
    for (line, fault) in [
        ("\"relative\" = \"read\"", "path `relative`, expected an absolute path, one below `~`"),
        ("\":what\" = \"deny\"", "path `:what`, expected a path, or one of :root, :minimal"),
        ("\"/a\" = \"maybe\"", "unknown value `maybe`, expected one of `read`, `write`, `deny`"),
        ("\"/a/../b\" = \"read\"", "path `/a/../b`, expected a path without `..`"),
        ("\"/a/*.x\" = \"read\"", "expected a path without `*`, `?` and `[`"),
        ("\"/a/[x\" = \"deny\"", "a pattern that can be read: a `[` is not closed by `]`"),
        ("\"/a\" = 1", "invalid type: integer `1`, expected `read`, `write` or `deny`"),
        ("\":workspace_roots\" = { \"../x\" = \"write\" }", "path `../x`, expected a path below that one"),
        ("\":workspace_roots\" = { \"/x\" = \"write\" }", "path `/x`, expected a path below that one"),
        ("\":tmpdir\" = { \"x\" = \"write\" }", "sub paths of `:workspace_roots` or of a path only"),
        ("glob_scan_max_depth = 0", "expected a nonzero usize"),
    ] {
        let report = World::user(&format!("{base}{line}")).report();
        assert!(report.contains(fault), "{line}: {report}");
        assert!(report.contains("W/home/config.toml:3:"), "{line}: {report}");
        let unused = format!("default_permissions = \":workspace\"\n[permissions.a.filesystem]\n{line}");
        assert_eq!(World::user(&unused).config().permissions.named.len(), 0);
    }
    for (text, fault) in [
        (
            "default_permissions = \"no\"",
            "there is no permission profile `no`; known are :read-only, :workspace",
        ),
        ("default_permissions = \":no\"", "there is no permission profile `:no`"),
        (
            "default_permissions = \"a\"\n[permissions.a]\nextends = \"b\"\n[permissions.b]\nextends = \"a\"",
            "cannot build on one another like this: a -> b -> a",
        ),
        (
            "default_permissions = \"a\"\n[permissions.a]\nextends = \"b\"",
            "there is no permission profile `b`",
        ),
        (
            "default_permissions = \"a\"\n[permissions.a]\nextends = \":danger-full-access\"",
            "a -> :danger-full-access, which has no rules to build on",
        ),
    ] {
        let report = World::user(text).report();
        assert!(report.contains(fault), "{report}");
    }
}

#[test]
fn rules_about_hosts_without_a_proxy_do_not_open_the_network() {
    let text = "default_permissions = \"a\"\n[permissions.a.network]\nenabled = true\ndomains = { \"x.org\" = \"allow\" }";
    let world = World::user(text);
    assert!(!chosen(&world).network_enabled());
    assert!(world.warnings().concat().contains("permissions.a.network.domains"));
}

#[test]
fn requirements_bind_profiles_modes_features_and_what_is_changed_later() {
    let requirements = "allowed_permission_profiles = [\"dev\", \":read-only\"]\n\
                        allowed_sandbox_modes = [\"read-only\", \"workspace-write\"]\n\
                        additional_developer_instructions = \"Be careful.\"\n\
                        [features]\nnetwork_proxy = false";
    let world = |user: &str| {
        let world = World::user(user);
        world.write("system/requirements.toml", requirements);
        world
    };
    let config = world(TWO).config();
    assert_eq!(config.developer_instructions.as_deref(), Some("Be careful."));
    assert_eq!(config.permissions.named.keys().collect::<Vec<_>>(), ["dev"]);
    let limits = config.limits.unwrap();
    assert!(limits.policy(&SandboxPolicy::ReadOnly).is_ok());
    assert!(limits.policy(&SandboxPolicy::workspace_write()).is_err());
    for (user, refused) in [
        (
            "sandbox_mode = \"danger-full-access\"",
            "`sandbox_mode = \"danger-full-access\"` is not allowed by",
        ),
        ("sandbox_mode = \"workspace-write\"", "`default_permissions = \":workspace\"` is not allowed by"),
        ("default_permissions = \":workspace\"", "`default_permissions = \":workspace\"` is not allowed by"),
        ("[features]\nnetwork_proxy = true", "`features = \"network_proxy = true\"` is not allowed by"),
    ] {
        let report = world(user).report();
        assert!(report.contains(refused) && report.contains("W/system/requirements.toml"), "{report}");
    }
}

#[test]
fn what_nobody_chose_becomes_the_first_that_is_allowed() {
    let world = World::new();
    world.write("system/requirements.toml", "allowed_permission_profiles = [\"gone\", \":workspace\"]");
    assert_eq!(world.config().sandbox_policy(), SandboxPolicy::workspace_write());
}

// threat 19
#[cfg(unix)]
#[test]
fn policy_files_that_others_may_write_are_refused() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    for name in ["requirements.toml", "managed_config.toml", "config.toml"] {
        let world = World::new();
        let file = world.write(&format!("system/{name}"), "");
        assert!(world.load().warnings.is_empty());
        for (path, mode, shown) in [(&file, 0o666, name), (&world.path("system"), 0o1777, "system")] {
            set_permissions(path, Permissions::from_mode(mode)).unwrap();
            let report = world.report();
            let expected = format!("limits what may be chosen, but others may write it (mode {mode:o})");
            assert!(report.contains(&expected) && report.contains(shown), "{report}");
            set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        }
        // Only root can give a file away.
        if std::os::unix::fs::chown(&file, Some(12_345), None).is_ok() {
            let report = world.report();
            let expected = "limits what may be chosen, but belongs to another user (uid 12345)";
            assert!(report.contains(expected) && report.contains("ask for `chown root"), "{report}");
        }
    }
}

#[test]
fn requirements_bind_providers_models_reviewers_and_shells() {
    let requirements = "allowed_model_providers = [\"ollama\"]\nallowed_models = [\"gpt-5.5\", \"gpt-5\"]\n\
                        allowed_approvals_reviewers = [\"guardian_subagent\"]\nallow_login_shell = false\n\
                        guardian_extra_policy = \"Never deploy.\"";
    let world = |user: &str| {
        let world = World::user(user);
        world.write("system/requirements.toml", requirements);
        world
    };
    let own = "model_provider = \"ollama\"\nallow_login_shell = true\n[auto_review]\npolicy = \"Mine.\"";
    let config = world(own).config();
    let found = (
        config.model.as_deref(),
        config.approvals_reviewer,
        config.allow_login_shell,
        config.auto_review.policy.as_deref(),
    );
    let reviewer = codex_protocol::ApprovalsReviewer::AutoReview;
    assert_eq!(found, (Some("gpt-5.5"), reviewer, false, Some("Mine.\n\nNever deploy.")));
    let limits = config.limits.unwrap();
    assert!(limits.model("gpt-5").is_ok() && limits.model("other").is_err());
    assert!(limits.reviewer(codex_protocol::ApprovalsReviewer::User).is_err());
    for (user, refused) in [
        ("", "`model_provider = \"openai\"` is not allowed by"),
        ("model_provider = \"ollama\"\nmodel = \"x\"", "`model = \"x\"` is not allowed by"),
        ("model_provider = \"ollama\"\nreview_model = \"x\"", "`review_model = \"x\"` is not allowed by"),
    ] {
        let report = world(user).report();
        assert!(report.contains(refused) && report.contains("W/system/requirements.toml"), "{report}");
    }
}

#[test]
fn rules_of_requirements_only_limit() {
    let world = World::new();
    let rules = |rules: &str| {
        world.write("system/requirements.toml", format!("[rules]\nprefix_rules = [\n{rules}\n]"));
    };
    rules(
        "{ pattern = [{ token = \"git\" }, { any_of = [\"push\", \"fetch\"] }], decision = \"prompt\" },\n\
         { pattern = [\"rm\", [\"-r\", \"-R\"]], decision = \"forbidden\", justification = \"use git clean\" },",
    );
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let file = world.path("system/requirements.toml").display().to_string();
    let expected = vec![
        codex_config::RequiredRule {
            pattern: vec![list(&["git"]), list(&["push", "fetch"])],
            forbidden: false,
            justification: None,
            place: format!("{file}:3"),
        },
        codex_config::RequiredRule {
            pattern: vec![list(&["rm"]), list(&["-r", "-R"])],
            forbidden: true,
            justification: Some("use git clean".to_owned()),
            place: format!("{file}:4"),
        },
    ];
    assert_eq!(world.config().required_rules, expected);
    for wrong in [
        "{ pattern = [\"x\"], decision = \"allow\" }",
        "{ pattern = [], decision = \"prompt\" }",
        "{ pattern = [[]], decision = \"prompt\" }",
        "{ pattern = [\"x\"] }",
        "{ pattern = [{ token = 1 }], decision = \"prompt\" }",
        "{ pattern = [\"x\"], decision = \"prompt\", more = 1 }",
        "\"rm\"",
    ] {
        rules(wrong);
        let report = world.report();
        assert!(report.contains("rules") && report.contains("prefix_rules"), "{wrong}: {report}");
    }
}

#[test]
fn what_requirements_forbid_is_not_written_either() {
    use codex_config::SettingValue::{Absent, Flag, Text};

    let world = World::new();
    let system = world.path("system");
    assert!(codex_config::may_write(&system, &["model"], &Text("x".to_owned())).is_ok());
    let file = world.write(
        "system/requirements.toml",
        "allowed_models = [\"gpt-5\"]\nallowed_approval_policies = [\"on-request\"]\n\
         allowed_sandbox_modes = [\"read-only\"]\n[features]\nnetwork_proxy = false",
    );
    let may = |key: &[&str], value| codex_config::may_write(&system, key, &value);
    for (key, value, shown) in [
        (&["model"][..], Text("x".to_owned()), "`model = \"x\"`"),
        (&["approval_policy"], Text("never".to_owned()), "`approval_policy = \"never\"`"),
        (&["sandbox_mode"], Text("workspace-write".to_owned()), "`sandbox_mode = \"workspace-write\"`"),
        (&["features", "network_proxy"], Flag(true), "`features = \"network_proxy = true\"`"),
    ] {
        let error = may(key, value).unwrap_err().to_string();
        assert_eq!(error, format!("{shown} is not allowed by {}", file.display()));
    }
    assert!(may(&["model"], Text("gpt-5".to_owned())).is_ok());
    assert!(may(&["model"], Absent).is_ok());
    assert!(may(&["features", "network_proxy"], Flag(false)).is_ok());
    assert!(may(&["tui", "theme"], Text("dark".to_owned())).is_ok());
}
