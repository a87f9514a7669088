//! What is accepted but not silent.

use codex_config::ConfigWarning;
use pretty_assertions::assert_eq;

use crate::world::World;

// covers: config 8
#[test]
fn unknown_keys_are_ignored_with_one_warning() {
    let world = World::user("modle = \"x\"\nhistory.foo = 2\n[features]\nzork = true\n[model_providers.a]\nname = \"a\"\nbase = 1\n")
        .over(&["yark=2"]);
    assert_eq!(
        world.warnings(),
        ["Codex is ignoring 5 unrecognized configuration settings:\n  \
          user (W/home/config.toml:1:1): `modle`, did you mean `model`?\n  \
          user (W/home/config.toml:2:9): `history.foo`\n  \
          user (W/home/config.toml:4:1): `features.zork`\n  \
          user (W/home/config.toml:7:1): `model_providers.a.base`\n  \
          -c/--config override: `yark`"]
    );
    assert_eq!(
        World::user("\"history.max_bytes\" = 1").warnings(),
        ["Codex is ignoring 1 unrecognized configuration setting:\n  \
          user (W/home/config.toml:1:1): `\"history.max_bytes\"`"]
    );
}

#[test]
fn keys_of_parts_that_do_not_exist_yet_are_listed_once() {
    let world = World::user(
        "notify = [\"n\"]\napproval_policy = { granular = { rules = true } }\n\
         [tui]\npet = \"cat\"\nauto_recap = false\n[mcp_servers.gh]\ncommand = \"x\"\nargs = []\n\
         [model_providers.y]\nname = \"Y\"\nsupports_standalone_web_search = true\n[features]\nmemories = true\ngoals = true\n",
    );
    assert_eq!(
        world.warnings(),
        ["These settings are accepted but not in effect yet: mcp_servers.gh, \
          model_providers.y.supports_standalone_web_search, notify, tui.auto_recap, tui.pet, features.memories"]
    );
}

#[test]
fn keys_that_are_gone_are_listed() {
    let world =
        World::user("[profiles.x]\nmodel = \"a\"\n[ghost_snapshot]\na = 1\n[tools]\nweb_search = true\n");
    assert_eq!(
        world.raw_warnings(),
        [ConfigWarning::Legacy(vec![
            "ghost_snapshot".to_owned(),
            "profiles".to_owned(),
            "tools.web_search".to_owned()
        ])]
    );
}

#[test]
fn unfinished_features_draw_a_warning_that_can_be_silenced() {
    let unfinished = |world: &World| {
        let is = |w: &ConfigWarning| matches!(w, ConfigWarning::UnfinishedFeatures { .. });
        world.raw_warnings().into_iter().find(is)
    };
    let mut world = World::user("");
    world.request.enable = vec!["code_mode".to_owned()];
    let user_file = world.path("home/config.toml");
    assert_eq!(
        unfinished(&world),
        Some(ConfigWarning::UnfinishedFeatures { names: vec!["code_mode"], user_file })
    );
    world.write("home/config.toml", "suppress_unstable_features_warning = true");
    assert_eq!(unfinished(&world), None);
}

#[test]
fn a_file_of_settings_in_effect_is_silent() {
    let world = World::user(
        "model = \"m\"\nmodel_reasoning_effort = \"high\"\napproval_policy = \"on-request\"\nsandbox_mode = \"workspace-write\"\n\
         [sandbox_workspace_write]\nnetwork_access = true\n[shell_environment_policy]\ninherit = \"core\"\n\
         [tools.update_plan]\nenabled = true\n[projects.\"/x\"]\ntrust_level = \"trusted\"\n[features]\nview_image = true\n",
    );
    assert_eq!(world.strict().warnings(), Vec::<String>::new());
}

#[test]
fn requirements_limit_every_layer_and_name_what_they_cannot_enforce() {
    let mut world = World::user("sandbox_mode = \"danger-full-access\"");
    world.write(
        "system/requirements.toml",
        "allowed_sandbox_modes = [\"read-only\"]\nenforce_residency = \"us\"\n",
    );
    assert_eq!(
        world.report(),
        "Error loading config.toml: `sandbox_mode = \"danger-full-access\"` is not allowed by W/system/requirements.toml\n\
         hint: allowed: read-only"
    );
    world.request.flags.sandbox_mode = Some(codex_protocol::SandboxMode::ReadOnly);
    assert_eq!(
        world.warnings(),
        ["W/system/requirements.toml asks for limits that are not enforced yet: enforce_residency"]
    );
}
