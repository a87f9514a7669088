//! Skills: what the model is told of them, and the file of one that a message names.

use std::path::Path;

use codex_core::ThreadOrigin;
use codex_protocol::Event;
use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::bench::{Bench, turn};

const OFF: &str = "skills.include_instructions=false";

fn skill(folder: &Path, name: &str, body: &str) {
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let head = format!("---\nname: {name}\ndescription: about {name}\n---\n{body}\n");
    std::fs::write(folder.join("SKILL.md"), head).unwrap();
}

fn everything(bench: &Bench) {
    skill(&bench.home().join("skills"), "mine", "Mine.");
    skill(&bench.home().join("skills/.system"), "bundled", "Bundled.");
    skill(&bench.repo().join(".agents/skills"), "ours", "Ours.");
}

/// Role and text of the request's message parts that begin so.
fn told(request: &Value, beginning: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for item in request["input"].as_array().unwrap() {
        for text in item["content"].as_array().into_iter().flatten().filter_map(|part| part["text"].as_str())
        {
            if text.starts_with(beginning) {
                found.push((item["role"].as_str().unwrap().to_owned(), text.to_owned()));
            }
        }
    }
    found
}

fn listed(request: &Value) -> Vec<String> {
    let text = told(request, "<skills_instructions>").into_iter().map(|(_, text)| text).collect::<String>();
    let names = text.lines().filter_map(|line| line.strip_prefix("- ")?.split(':').next());
    names.map(str::to_owned).collect()
}

// covers: agents A21
#[tokio::test]
async fn a_named_skill_comes_with_its_file_after_the_words_that_name_it() {
    let bench = Bench::new([Reply::say("one"), Reply::say("two")]).await;
    let trusted = format!(
        "[projects.{:?}]
trust_level = \"trusted\"
",
        bench.repo()
    );
    std::fs::write(bench.home().join("config.toml"), trusted).unwrap();
    everything(&bench);
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "use $mine and $ours").await;
    turn(&mut thread, "and now without").await;
    thread.close().await;
    let request = bench.server.request(0).unwrap().json().clone();
    let list = told(&request, "<skills_instructions>");
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].0, "developer");
    assert!(
        list[0].1.starts_with("<skills_instructions>\n") && list[0].1.ends_with("\n</skills_instructions>")
    );
    assert_eq!(listed(&request), ["ours", "mine", "bundled"]);
    let file = |folder: &Path, name: &str, body: &str| {
        let path = folder.join(name).join("SKILL.md");
        let head = format!("---\nname: {name}\ndescription: about {name}\n---\n{body}\n");
        (
            "user".to_owned(),
            format!("<skill>\n<name>{name}</name>\n<path>{}</path>\n{head}\n</skill>", path.display()),
        )
    };
    let files = told(&request, "<skill>\n");
    assert_eq!(
        files,
        [
            file(&bench.repo().join(".agents/skills"), "ours", "Ours."),
            file(&bench.home().join("skills"), "mine", "Mine."),
        ]
    );
    let next = bench.server.request(1).unwrap().json().clone();
    assert_eq!(told(&next, "<skill>\n"), files);
    assert_eq!(listed(&next), ["ours", "mine", "bundled"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_skill_of_the_project_brings_in_no_denied_file() {
    let mut bench = Bench::new([Reply::say("one")]).await;
    let config = format!(
        "default_permissions = \"dev\"
[permissions.dev]
extends = \":workspace\"
[permissions.dev.filesystem]
\":workspace_roots\" = {{ private = \"deny\" }}
[projects.{:?}]
trust_level = \"trusted\"
",
        bench.repo()
    );
    std::fs::write(bench.home().join("config.toml"), config).unwrap();
    bench.set("default_permissions=\"dev\"");
    everything(&bench);
    skill(&bench.repo().join("private"), "hidden", "Hidden.");
    let link = bench.repo().join(".agents/skills/hidden");
    std::os::unix::fs::symlink(bench.repo().join("private/hidden"), link).unwrap();
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "use $ours and $hidden").await;
    thread.close().await;
    let request = bench.server.request(0).unwrap().json().clone();
    assert_eq!(listed(&request), ["ours", "mine", "bundled"]);
    assert_eq!(told(&request, "<skill>\n").len(), 1);
}

#[tokio::test]
async fn skills_of_strangers_and_what_is_switched_off_are_not_told() {
    let mut bench = Bench::new([Reply::say("one"), Reply::say("two")]).await;
    everything(&bench);
    std::fs::create_dir_all(bench.home().join("skills/broken")).unwrap();
    std::fs::write(bench.home().join("skills/broken/SKILL.md"), "no head").unwrap();
    bench.set("skills.bundled.enabled=false");
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "use $ours and $bundled").await;
    thread.close().await;
    let warned = |event: &Event| matches!(event, Event::Warning { message } if message.contains("broken"));
    assert!(events.iter().any(warned), "{events:?}");
    let request = bench.server.request(0).unwrap().json().clone();
    assert_eq!(listed(&request), ["mine"]);
    assert_eq!(told(&request, "<skill>\n"), []);
    bench.set(OFF);
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "use $mine").await;
    thread.close().await;
    let request = bench.server.request(1).unwrap().json().clone();
    assert_eq!(listed(&request), Vec::<String>::new());
    assert_eq!(told(&request, "<skill>\n").len(), 1);
}
