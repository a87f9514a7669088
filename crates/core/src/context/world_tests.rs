//! What is told when, and what is not told again.

use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;

use super::*;
use crate::context::environment::Clock;

fn world() -> World {
    let clock = Clock { date: "2026-11-21".to_owned(), timezone: "Etc/UTC".to_owned() };
    World {
        developer_instructions: None,
        skills: None,
        permissions: Some("<permissions instructions>\nro\n</permissions instructions>".to_owned()),
        collaboration: None,
        questions: codex_tools::Questions::InPlans,
        agents_md: None,
        environment: Environment::new(
            Path::new("/w"),
            "bash",
            Some(clock),
            "<filesystem>ro</filesystem>".to_owned(),
        ),
        tell_environment: true,
        model: "m".to_owned(),
        cwd: PathBuf::from("/w"),
    }
}

fn shape(update: &ContextUpdate) -> Vec<(Role, Vec<&'static str>)> {
    let kinds = |message: &ContextMessage| message.parts.iter().map(|(kind, _)| *kind).collect();
    update.messages.iter().map(|message| (message.role, kinds(message))).collect()
}

const ENVIRONMENT: &str = "environments.environment_context";

#[test]
fn a_new_thread_is_told_everything() {
    let mut world = world();
    world.developer_instructions = Some("dev".to_owned());
    world.agents_md = Some("rules".to_owned());
    let update = world.update(None);
    assert_eq!(
        shape(&update),
        vec![
            (Role::Developer, vec!["generic.developer_instructions", "permissions.instructions"]),
            (Role::User, vec!["agents_md.instructions", ENVIRONMENT]),
        ]
    );
    assert!(update.world_state.unwrap().full);
}

// covers: rollouts 7
#[test]
fn nothing_new_says_nothing() {
    let known = world().update(None).known;
    let update = world().update(Some(&known));
    assert_eq!(update, ContextUpdate { messages: vec![], world_state: None, known });
}

// covers: rollouts 8
#[test]
fn another_sandbox_adds_one_developer_and_one_user_message() {
    let known = world().update(None).known;
    let mut now = world();
    now.permissions = Some("<permissions instructions>\nww\n</permissions instructions>".to_owned());
    now.environment.filesystem = "<filesystem>ww</filesystem>".to_owned();
    let update = now.update(Some(&known));
    assert_eq!(
        shape(&update),
        vec![(Role::Developer, vec!["permissions.instructions"]), (Role::User, vec![ENVIRONMENT])]
    );
    let state = update.world_state.unwrap();
    assert!(!state.full);
    assert_eq!(state.state["environments"], json!({"filesystem": "<filesystem>ww</filesystem>"}));
    assert_eq!(now.update(Some(&update.known)).messages, vec![]);
}

// covers: rollouts 9
#[test]
fn changed_instructions_replace_earlier_ones_in_one_user_message() {
    let mut before = world();
    before.agents_md = Some("old".to_owned());
    let known = before.update(None).known;
    let mut now = world();
    now.agents_md = Some("new".to_owned());
    let update = now.update(Some(&known));
    assert_eq!(shape(&update), vec![(Role::User, vec!["agents_md.instructions"])]);
    assert!(update.messages[0].parts[0].1.contains("replaces every earlier block"));
    assert_eq!(update.world_state.unwrap().state, json!({"agents_md": {"text": "new"}}));
    now.agents_md = None;
    let gone = now.update(Some(&update.known));
    assert_eq!(gone.messages.len(), 1);
    assert_eq!(now.update(Some(&gone.known)).messages, vec![]);
}

// covers: rollouts 10
#[test]
fn another_folder_is_told_with_its_cwd() {
    let known = world().update(None).known;
    let mut now = world();
    now.environment.cwd = "/elsewhere".to_owned();
    let update = now.update(Some(&known));
    assert_eq!(shape(&update), vec![(Role::User, vec![ENVIRONMENT])]);
    assert!(update.messages[0].parts[0].1.contains("<cwd>/elsewhere</cwd>"));
}

#[test]
fn another_model_is_told_whose_words_stand_above() {
    let known = world().update(None).known;
    let mut now = world();
    now.model = "other".to_owned();
    let update = now.update(Some(&known));
    let text = &update.messages[0].parts[0].1;
    assert!(text.starts_with("<model_switch>\n") && text.ends_with("\n</model_switch>"), "{text}");
    assert!(text.contains("was m;") && text.contains("it is other."), "{text}");
    assert_eq!(now.update(Some(&update.known)).messages, vec![]);
}

#[test]
fn parts_of_another_version_stay_known() {
    let mut known = world().update(None).known;
    known["plugins_instructions"] = json!({"body": "x"});
    let mut now = world();
    now.model = "other".to_owned();
    let update = now.update(Some(&known));
    assert_eq!(shape(&update), vec![(Role::Developer, vec!["model_switch.instructions"])]);
    assert_eq!(update.world_state.unwrap().state, json!({"model": "other"}));
    assert_eq!(update.known["plugins_instructions"], json!({"body": "x"}));
}

#[test]
fn skills_are_told_when_they_come_change_and_go() {
    const SKILLS: &str = "host_skills.instructions";
    let known = world().update(None).known;
    let mut now = world();
    now.skills = Some("one".to_owned());
    let told = now.update(None).messages[0].parts.clone();
    assert_eq!(told[0], (SKILLS, "<skills_instructions>\none\n</skills_instructions>".to_owned()));
    let come = now.update(Some(&known));
    assert_eq!(shape(&come), vec![(Role::Developer, vec![SKILLS])]);
    assert_eq!(come.known["host_skills"], json!({"body": "one"}));
    assert_eq!(now.update(Some(&come.known)).world_state, None);
    let gone = world().update(Some(&come.known));
    assert!(gone.messages[0].parts[0].1.contains("no skills any more"), "{gone:?}");
    assert_eq!(world().update(Some(&gone.known)).messages, vec![]);
}
