//! Trust holds for a project as it was when it was trusted.

use codex_config::remember_trusted;
use pretty_assertions::assert_eq;

use crate::world::World;

const SETTINGS: &str = "work/.codex/config.toml";
const RULES: &str = "work/.codex/rules/a.rules";

/// A trusted project with settings and rules, recorded.
fn world() -> World {
    let world = World::new();
    world.write("home/config.toml", world.trust_table());
    world.write(SETTINGS, "model = \"project\"");
    world.write(RULES, "");
    assert!(world.config().project.unrecorded, "trusted by a program that keeps no record");
    remember(&world);
    world
}

fn remember(world: &World) {
    remember_trusted(&world.path("home"), &world.path("work"), &world.request.cwd).unwrap();
}

fn model(world: &World) -> Option<String> {
    world.config().model
}

// threat 10, threat 24, threat 26, threat 31
#[test]
fn a_project_that_changed_since_it_was_trusted_does_not_act() {
    let world = world();
    assert_eq!(model(&world).as_deref(), Some("project"));
    assert_eq!((world.config().project.unrecorded, world.warnings().len()), (false, 0));
    for (file, text) in [
        (SETTINGS, "model = \"other\"\nsandbox_mode = \"workspace-write\""),
        (RULES, "prefix_rule(pattern = [\"sh\"])"),
        ("work/.codex/rules/new.rules", ""),
        ("work/sub/.codex/config.toml", "model = \"deeper\""),
    ] {
        let mut world = self::world();
        world.write("work/sub/x", "");
        world.request.cwd = world.path("work/sub");
        let path = world.write(file, text);
        let config = world.config();
        assert_eq!((config.model, config.sandbox_mode, config.project.trust), (None, None, None), "{file}");
        assert_eq!(config.project.changed_files, [path]);
        let warning = world.warnings().concat();
        assert!(warning.contains("W/work was trusted, but this changed since"), "{warning}");
        assert!(warning.contains("--trust"), "{warning}");
        remember(&world);
        assert_eq!((world.warnings().len(), world.config().project.changed_files.len()), (0, 0));
    }
}

#[test]
fn other_files_and_files_that_went_change_nothing() {
    let world = world();
    world.write("work/.codex/notes.md", "x");
    world.write("work/src/main.rs", "x");
    std::fs::remove_file(world.path(RULES)).unwrap();
    assert_eq!(model(&world).as_deref(), Some("project"));
}

#[test]
fn a_project_without_anything_that_acts_is_recorded_too() {
    let world = World::new();
    world.write("home/config.toml", world.trust_table());
    remember(&world);
    world.write(SETTINGS, "model = \"pulled\"");
    assert_eq!(model(&world), None);
}

#[test]
fn trust_in_the_command_itself_means_the_project_as_it_is() {
    let world = world();
    world.write(SETTINGS, "model = \"other\"");
    let key = format!("projects.{:?}.trust_level=\"trusted\"", world.path("work").to_str().unwrap());
    assert_eq!(model(&world.over(&[&key])).as_deref(), Some("other"));
}

#[test]
fn a_record_that_cannot_be_read_is_no_leave() {
    let world = world();
    world.write("home/trusted_content.toml", "= broken");
    assert_eq!(model(&world), None);
    remember(&world);
    assert_eq!(model(&world).as_deref(), Some("project"));
}

#[test]
fn skills_act_too() {
    let world = world();
    let skill = "work/.agents/skills/deploy/SKILL.md";
    world.write(skill, "---\nname: deploy\n---\nrun it");
    assert_eq!(model(&world), None, "a new skill is not trusted");
    remember(&world);
    assert_eq!(model(&world).as_deref(), Some("project"));
    world.write(skill, "---\nname: deploy\n---\nrun something else");
    assert_eq!(model(&world), None);
    std::fs::remove_file(world.path(skill)).unwrap();
    assert_eq!(model(&world).as_deref(), Some("project"));
}
