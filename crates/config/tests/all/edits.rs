//! Edits of the user file.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use codex_config::{ConfigError, Edited, SettingValue, set_feature, set_setting, trust_project};
use pretty_assertions::assert_eq;

use crate::world::{World, names};

// covers: config 5
#[test]
fn trusting_keeps_comments_order_and_mode() {
    let world = World::user("# mine\nmodel = \"m\" # why\n\n[tui]\ntheme = \"x\"\n");
    fs::set_permissions(world.path("home/config.toml"), fs::Permissions::from_mode(0o640)).unwrap();
    let root = world.path("work");
    assert_eq!(trust_project(&world.request.codex_home, &root).unwrap(), Edited::Yes);
    let expected = format!("# mine\nmodel = \"m\" # why\n\n[tui]\ntheme = \"x\"\n\n{}", world.trust_table());
    assert_eq!(world.read("home/config.toml"), expected);
    let mode = fs::metadata(world.path("home/config.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(names(&world.path("home")), ["config.toml"]);
    assert_eq!(trust_project(&world.request.codex_home, &root).unwrap(), Edited::Unchanged);
}

#[test]
fn trusting_makes_the_home_folder() {
    let world = World::new();
    let home = world.path("new/home");
    trust_project(&home, &world.path("work")).unwrap();
    assert_eq!(world.read("new/home/config.toml"), world.trust_table());
}

#[test]
fn trusting_works_beside_other_projects_of_every_spelling() {
    for before in [
        "[projects.\"/a\"]\ntrust_level = \"trusted\"\n",
        "[projects]\n\"/a\" = { trust_level = \"trusted\" }\n",
        "projects = { \"/a\" = { trust_level = \"trusted\" } }\n",
        "projects.\"/a\".trust_level = \"trusted\"\n",
    ] {
        let world = World::user(before);
        trust_project(&world.request.codex_home, &world.path("work")).unwrap();
        assert_eq!(world.config().project.trust.map(|t| t.as_str()), Some("trusted"), "after {before}");
        assert!(world.read("home/config.toml").contains("\"/a\""), "after {before}");
    }
}

#[test]
fn a_project_marked_untrusted_is_not_trusted_in_passing() {
    let world = World::new();
    let text = world.trust_table().replace("\"trusted\"", "\"untrusted\"");
    world.write("home/config.toml", &text);
    let err = trust_project(&world.request.codex_home, &world.path("work")).unwrap_err();
    assert!(matches!(err, ConfigError::ExplicitlyUntrusted { .. }));
    assert_eq!(world.read("home/config.toml"), text);
}

#[test]
fn a_file_that_cannot_be_edited_is_left_alone() {
    for (text, expected) in [
        ("projects = 3\n", "W/home/config.toml cannot be edited: `projects` is not a table"),
        ("model = [\n", "W/home/config.toml:1:10: unclosed array, expected `]`"),
    ] {
        let world = World::user(text);
        let err = trust_project(&world.request.codex_home, &world.path("work")).unwrap_err();
        assert_eq!(err.to_string().replace(world.path("").to_str().unwrap(), "W/"), expected);
        assert_eq!(world.read("home/config.toml"), text);
    }
}

#[test]
fn features_are_switched_in_the_user_file() {
    let world = World::user("[features]\ngoals = true # keep\nmulti_agent_v2 = { tool_namespace = \"x\" }\n");
    let home = &world.request.codex_home;
    assert_eq!(set_feature(home, "goals", false).unwrap(), Edited::Yes);
    assert_eq!(set_feature(home, "multi_agent_v2", true).unwrap(), Edited::Yes);
    assert_eq!(set_feature(home, "hooks", false).unwrap(), Edited::Yes);
    assert_eq!(set_feature(home, "hooks", false).unwrap(), Edited::Unchanged);
    assert_eq!(
        world.read("home/config.toml"),
        "[features]\ngoals = false # keep\nmulti_agent_v2 = { tool_namespace = \"x\" , enabled = true }\nhooks = false\n"
    );
    assert!(matches!(set_feature(home, "zork", true), Err(ConfigError::UnknownFeature { .. })));
}

#[test]
fn a_choice_is_kept_beside_what_stands_there() {
    let world = World::user("# mine\nmodel = \"m\" # why\n\n[tui]\ntheme = \"x\" # dark\n");
    let home = &world.request.codex_home;
    let set = |key: &[&str], value: SettingValue| set_setting(home, key, &value).unwrap();
    assert_eq!(set(&["model"], SettingValue::Text("n".to_owned())), Edited::Yes);
    assert_eq!(set(&["model"], SettingValue::Text("n".to_owned())), Edited::Unchanged);
    assert_eq!(set(&["tui", "theme"], SettingValue::Text("light".to_owned())), Edited::Yes);
    let items = SettingValue::Texts(vec!["model".to_owned(), "git-branch".to_owned()]);
    assert_eq!(set(&["tui", "status_line"], items.clone()), Edited::Yes);
    assert_eq!(set(&["tui", "status_line"], items), Edited::Unchanged);
    assert_eq!(set(&["notice", "hide"], SettingValue::Flag(true)), Edited::Yes);
    assert_eq!(set(&["other", "gone"], SettingValue::Absent), Edited::Unchanged);
    let expected = "# mine\nmodel = \"n\" # why\n\n[tui]\ntheme = \"light\" # dark\n\
                    status_line = [\"model\", \"git-branch\"]\n\n[notice]\nhide = true\n";
    assert_eq!(world.read("home/config.toml"), expected);
    assert_eq!(set(&["tui", "status_line"], SettingValue::Absent), Edited::Yes);
    assert_eq!(
        world.read("home/config.toml"),
        expected.replace("status_line = [\"model\", \"git-branch\"]\n", "")
    );
}

#[test]
fn a_value_in_a_tables_place_stops_the_edit() {
    let world = World::user("tui = 3\n");
    let text = SettingValue::Text("dark".to_owned());
    let error = set_setting(&world.request.codex_home, &["tui", "theme"], &text).unwrap_err();
    assert!(matches!(error, ConfigError::NotEditable { .. }));
    assert_eq!(world.read("home/config.toml"), "tui = 3\n");
}
