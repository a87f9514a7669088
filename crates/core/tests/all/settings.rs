//! Settings that change while a thread is open, Plan mode and its questions, names, limits and reports.

use codex_core::ThreadOrigin;
use codex_protocol::{
    Choice, CollaborationMode, Event, Op, QuestionAnswer, RateLimitSnapshot, RateLimitWindow, SandboxPolicy,
    SettingsChange, ThreadInfo,
};
use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, lines, rollouts, say, turn, until_end};

async fn answer(thread: &mut codex_core::ThreadHandle, op: Op) -> Event {
    thread.submit(op).await.unwrap();
    loop {
        match thread.next_event().await.unwrap() {
            Event::ThreadStarted(_) | Event::Warning { .. } => {}
            event => return event,
        }
    }
}

async fn configured(thread: &mut codex_core::ThreadHandle, change: SettingsChange) -> ThreadInfo {
    match answer(thread, Op::Configure(Box::new(change))).await {
        Event::SettingsChanged(info) => *info,
        other => panic!("{other:?}"),
    }
}

fn developer_texts(request: &Value) -> Vec<String> {
    let items = request["input"].as_array().unwrap();
    let texts = items.iter().filter(|item| item["role"] == "developer").flat_map(|item| {
        item["content"].as_array().unwrap().iter().map(|part| part["text"].as_str().unwrap().to_owned())
    });
    texts.collect()
}

fn plan_mode() -> SettingsChange {
    SettingsChange { collaboration: Some(CollaborationMode::Plan), ..SettingsChange::default() }
}

#[tokio::test]
async fn changed_settings_hold_from_the_next_turn_on() {
    let bench = Bench::new([Reply::say("one"), Reply::say("two")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "first").await;
    let change = SettingsChange {
        model: Some("gpt-5.4".to_owned()),
        effort: Some(Choice::Named("high".to_owned())),
        sandbox: Some(SandboxPolicy::ReadOnly),
        ..SettingsChange::default()
    };
    let info = configured(&mut thread, change).await;
    assert_eq!(
        (info.model.as_str(), info.reasoning_effort.as_deref(), info.sandbox),
        ("gpt-5.4", Some("high"), SandboxPolicy::ReadOnly)
    );
    turn(&mut thread, "second").await;
    thread.close().await;
    let request = bench.server.request(1).unwrap().json().clone();
    assert_eq!((&request["model"], &request["reasoning"]["effort"]), (&json!("gpt-5.4"), &json!("high")));
    let told = developer_texts(&request);
    assert!(told.iter().any(|text| text.starts_with("<model_switch>")), "{told:?}");
    assert!(told.iter().any(|text| text.contains("Sandbox mode: read-only")), "{told:?}");
    let settings: Vec<Value> = bench
        .lines()
        .into_iter()
        .filter(|line| line["payload"]["type"] == "thread_settings_applied")
        .map(|line| line["payload"]["thread_settings"]["model"].clone())
        .collect();
    assert_eq!(settings, [json!("gpt-5.5"), json!("gpt-5.4")]);
}

#[tokio::test]
async fn a_setting_that_cannot_be_used_changes_nothing() {
    let bench = Bench::new([Reply::say("one")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let change = SettingsChange {
        cwd: Some(bench.repo().join("nowhere")),
        collaboration: Some(CollaborationMode::Plan),
        ..SettingsChange::default()
    };
    let refused = answer(&mut thread, Op::Configure(Box::new(change))).await;
    assert!(matches!(&refused, Event::Refused { message } if message.contains("nowhere")), "{refused:?}");
    turn(&mut thread, "hello").await;
    thread.close().await;
    let told = developer_texts(bench.server.request(0).unwrap().json());
    assert!(!told.iter().any(|text| text.contains("<collaboration_mode>")), "{told:?}");
}

#[tokio::test]
async fn another_folder_is_told_and_used() {
    let pwd = json!({"cmd": "pwd"});
    let bench = Bench::new([Reply::call("exec_command", &pwd, "c1"), Reply::say("there")]).await;
    let elsewhere = bench.home().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("AGENTS.md"), "Be brief.").unwrap();
    let mut thread = bench.open(ThreadOrigin::New);
    let change = SettingsChange { cwd: Some(elsewhere.clone()), ..SettingsChange::default() };
    let info = configured(&mut thread, change).await;
    assert_eq!(info.agents_md, [elsewhere.join("AGENTS.md")]);
    turn(&mut thread, "where?").await;
    thread.close().await;
    let output = bench.server.request(1).unwrap().output_text("c1").unwrap();
    assert!(output.contains("/elsewhere"), "{output}");
}

#[tokio::test]
async fn plan_mode_is_told_when_it_begins_and_when_it_ends() {
    let bench = Bench::new([Reply::say("one"), Reply::say("two"), Reply::say("three")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    configured(&mut thread, plan_mode()).await;
    turn(&mut thread, "plan").await;
    turn(&mut thread, "still").await;
    let change =
        SettingsChange { collaboration: Some(CollaborationMode::Default), ..SettingsChange::default() };
    configured(&mut thread, change).await;
    turn(&mut thread, "go").await;
    thread.close().await;
    let told = developer_texts(bench.server.request(2).unwrap().json());
    let modes: Vec<&str> = told
        .iter()
        .filter(|text| text.starts_with("<collaboration_mode>"))
        .map(|text| if text.contains("<proposed_plan>") { "plan" } else { "default" })
        .collect();
    assert_eq!(modes, ["plan", "default"]);
    let lines = bench.lines();
    let started: Vec<&Value> = lines
        .iter()
        .filter(|line| line["payload"]["type"] == "task_started")
        .map(|line| &line["payload"]["collaboration_mode_kind"])
        .collect();
    assert_eq!(started, ["plan", "plan", "default"]);
}

fn asks() -> Reply {
    let arguments = json!({"questions": [
        {"id": "colour", "header": "Colour", "question": "Which colour?", "options": [
            {"label": "Crimson", "description": "warm"}, {"label": "Azure", "description": "cold"}]},
        {"id": "size", "header": "Size", "question": "Which size?", "options": [
            {"label": "Big", "description": ""}]},
    ]});
    Reply::call("request_user_input", &arguments, "q")
}

#[tokio::test]
async fn answers_and_notes_reach_the_model() {
    let bench = Bench::new([asks(), Reply::say("thanks")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    configured(&mut thread, plan_mode()).await;
    thread.submit(say("plan")).await.unwrap();
    let form = loop {
        match thread.next_event().await.unwrap() {
            Event::QuestionsAsked { form, .. } => break form,
            event => assert!(!matches!(event, Event::TurnCompleted { .. }), "{event:?}"),
        }
    };
    assert_eq!(form.questions.len(), 2);
    let answers = vec![QuestionAnswer {
        question: "colour".to_owned(),
        choice: Some("Azure".to_owned()),
        note: Some("darker please".to_owned()),
    }];
    thread.submit(Op::Answer { id: form.id.clone(), answers: answers.clone() }).await.unwrap();
    let events = until_end(&mut thread).await;
    assert!(events.contains(&Event::QuestionsResolved { id: form.id, answers: Some(answers) }));
    thread.close().await;
    let output: Value =
        serde_json::from_str(&bench.server.request(1).unwrap().output_text("q").unwrap()).unwrap();
    let expected = json!({"answers": {
        "colour": {"answers": ["Azure", "user_note: darker please"]},
        "size": {"answers": []},
    }});
    assert_eq!(output, expected);
}

#[tokio::test]
async fn stopping_the_turn_takes_its_questions_back() {
    let bench = Bench::new([asks()]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    configured(&mut thread, plan_mode()).await;
    thread.submit(say("plan")).await.unwrap();
    let id = loop {
        if let Event::QuestionsAsked { form, .. } = thread.next_event().await.unwrap() {
            break form.id;
        }
    };
    thread.submit(Op::Interrupt).await.unwrap();
    let events = until_end(&mut thread).await;
    assert!(events.contains(&Event::QuestionsResolved { id, answers: None }), "{events:?}");
    assert!(matches!(events.last(), Some(Event::TurnAborted { .. })));
    thread.close().await;
}

/// The tool as the model was given it in a request.
fn offered(bench: &Bench, request: usize) -> Option<Value> {
    let request = bench.server.request(request).unwrap();
    let tools = request.json()["tools"].as_array().unwrap().clone();
    tools.into_iter().find(|tool| tool["name"] == "request_user_input")
}

#[tokio::test]
async fn a_feature_lets_the_model_ask_whenever_it_needs_to_and_a_setting_not_at_all() {
    let mut bench = Bench::new([asks(), Reply::say("fine"), Reply::say("fine")]).await;
    bench.set("features.default_mode_request_user_input=true");
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(say("go")).await.unwrap();
    loop {
        match thread.next_event().await.unwrap() {
            Event::QuestionsAsked { form, .. } => {
                thread.submit(Op::Answer { id: form.id, answers: vec![] }).await.unwrap();
                break;
            }
            Event::TurnCompleted { .. } | Event::TurnFailed { .. } => panic!("nobody was asked"),
            _ => {}
        }
    }
    until_end(&mut thread).await;
    thread.close().await;
    assert!(!offered(&bench, 0).unwrap()["description"].as_str().unwrap().contains("Plan mode"));

    bench.set("tools.experimental_request_user_input.enabled=false");
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "go").await;
    thread.close().await;
    assert_eq!(offered(&bench, 2), None);
}

#[tokio::test]
async fn nobody_is_asked_in_default_mode() {
    let bench = Bench::new([asks(), Reply::say("fine")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "go").await;
    assert!(!events.iter().any(|event| matches!(event, Event::QuestionsAsked { .. })));
    thread.close().await;
    let output = bench.server.request(1).unwrap().output_text("q").unwrap();
    assert_eq!(output, "request_user_input is unavailable in Default mode");
}

#[tokio::test]
async fn a_name_is_kept_and_found_again() {
    let bench = Bench::new([Reply::say("one")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "hello").await;
    let renamed = answer(&mut thread, Op::Rename { name: " my work ".to_owned() }).await;
    assert_eq!(renamed, Event::Renamed { name: "my work".to_owned() });
    let refused = answer(&mut thread, Op::Rename { name: "two\nlines".to_owned() }).await;
    assert!(matches!(refused, Event::Refused { .. }), "{refused:?}");
    let id = thread.info().thread_id;
    thread.close().await;
    let again = bench.open(ThreadOrigin::Resume(codex_rollout::ThreadRef::Name("my work".to_owned())));
    assert_eq!((again.info().thread_id, again.info().name.as_deref()), (id, Some("my work")));
    again.close().await;
}

#[tokio::test]
async fn every_bucket_of_limits_is_shown_and_kept() {
    let bench = Bench::new([
        Reply::say("one")
            .header("x-codex-other-primary-used-percent", "7")
            .header("x-codex-primary-used-percent", "42.5"),
        Reply::say("two").header("x-codex-primary-used-percent", "43"),
    ])
    .await;
    let mut thread = bench.open(ThreadOrigin::New);
    let mut shown = turn(&mut thread, "a").await;
    shown.extend(turn(&mut thread, "b").await);
    thread.close().await;
    let buckets = shown.into_iter().filter_map(|event| match event {
        Event::RateLimits(buckets) => Some(buckets),
        _ => None,
    });
    let bucket = |id: &str, used_percent| RateLimitSnapshot {
        limit_id: id.to_owned(),
        primary: Some(RateLimitWindow { used_percent, window_minutes: None, resets_at: None }),
        ..RateLimitSnapshot::default()
    };
    let last = vec![bucket("codex", 43.0), bucket("codex_other", 7.0)];
    assert_eq!(buckets.collect::<Vec<_>>().pop(), Some(last));
}

#[tokio::test]
async fn the_context_is_added_up_by_kind() {
    let bench =
        Bench::new([Reply::call("exec_command", &json!({"cmd": "echo x"}), "c"), Reply::say("yes")]).await;
    std::fs::write(bench.repo().join("AGENTS.md"), "x".repeat(4000)).unwrap();
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, &"y".repeat(800)).await;
    let Event::ContextReported(report) = answer(&mut thread, Op::ReportContext).await else { panic!() };
    thread.close().await;
    assert_eq!((report.agents_md / 100, report.user_messages), (10, 200));
    assert!(report.instructions > 100 && report.tools > 100 && report.tool_output > 0, "{report:?}");
    assert!(report.agent_messages > 0 && report.tool_calls > 0 && report.environment > 0, "{report:?}");
    assert_eq!(rollouts(&bench.home()).iter().map(|file| lines(file).len()).filter(|n| *n > 0).count(), 1);
}
