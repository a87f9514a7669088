//! Servers that fail, lie or stop in the middle: each has a clear outcome, and none is a panic.

use std::time::Duration;

use codex_sim::{Reply, Script};
use codex_test_support::{CommandOutput, Signal, TestCodex, TestCodexBuilder};
use pretty_assertions::assert_eq;

use crate::world::{errors, failure, items, world};

/// A world whose runs try nothing twice.
fn once() -> TestCodexBuilder {
    world().provider("request_max_retries", "0").provider("stream_max_retries", "0")
}

async fn run_once(reply: Reply) -> (TestCodex, CommandOutput) {
    let codex = once().script(reply).build().await.unwrap();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert!(!out.stderr.contains("panicked"), "{out:?}");
    codex.server.verify().unwrap();
    (codex, out)
}

#[tokio::test]
async fn statuses_are_told() {
    for status in [401, 403, 404, 429, 500, 503] {
        let (_, out) = run_once(Reply::error(status, "some_code", "The reason is here.")).await;
        let message = failure(&out);
        assert!(
            message.contains("The reason is here.") || message.contains(&status.to_string()),
            "{status} {out:?}"
        );
        assert_eq!(errors(&out), [message]);
    }
}

// covers: responses-wire 26
#[tokio::test]
async fn a_missing_page_is_asked_for_again_a_refusal_is_not() {
    for (status, posts) in [(404, 2), (400, 1)] {
        let codex = world()
            .script(Script::new([Reply::status(status).body("no")]).repeat_last().allow_unused())
            .provider("request_max_retries", "1")
            .provider("stream_max_retries", "1")
            .build()
            .await
            .unwrap();
        let out = codex.exec(["--json", "hi"]).run().await.unwrap();
        failure(&out);
        assert_eq!(codex.server.requests().len(), posts, "{out:?}");
    }
}

// covers: responses-wire 30
#[tokio::test]
async fn an_overloaded_server_is_not_a_broken_stream() {
    let codex = world()
        .script(
            Script::new([Reply::error(503, "server_is_overloaded", "Too much to do.")])
                .repeat_last()
                .allow_unused(),
        )
        .provider("request_max_retries", "1")
        .provider("stream_max_retries", "1")
        .build()
        .await
        .unwrap();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    let message = failure(&out);
    assert_eq!(errors(&out), [message]);
    assert_eq!(codex.server.requests().len(), 2);
}

#[tokio::test]
async fn a_web_page_instead_of_a_stream() {
    let (_, out) = run_once(Reply::html(200)).await;
    let message = failure(&out);
    assert!(!message.is_empty() && !message.contains("<body"), "{message}");
    let (_, out) = run_once(Reply::html(502)).await;
    let message = failure(&out);
    assert!(message.contains("502"), "{message}");
}

#[tokio::test]
async fn half_an_event_is_no_event() {
    let half = Reply::sse()
        .created()
        .raw(&b"data: {\"type\":\"response.output_item.done\",\"item\":{\"ty"[..])
        .cut();
    let (codex, out) = run_once(half).await;
    failure(&out);
    assert_eq!(items(&out, "agent_message"), Vec::<serde_json::Value>::new());
    let text = format!("{:?}", codex.rollout().unwrap().lines);
    assert!(text.contains("task_complete"), "the failed turn is closed on disk: {text}");
}

#[tokio::test]
async fn a_stream_cut_short_is_opened_again() {
    let cut = Reply::sse().created().text_delta("half").cut();
    let codex = world().script([cut, Reply::say("whole")]).build().await.unwrap();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(errors(&out)[0].starts_with("Reconnecting... 1/5 ("), "{out:?}");
    assert_eq!(items(&out, "agent_message")[0]["text"], "whole");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn an_event_of_100_mb() {
    let codex =
        once().script(Reply::sse().created().padding_event(100 << 20).completed()).build().await.unwrap();
    let out = codex.exec(["--json", "hi"]).timeout(Duration::from_secs(60)).run().await.unwrap();
    assert!(failure(&out).contains("64 MiB"), "{out:?}");
}

#[tokio::test]
async fn bytes_that_are_no_text() {
    let noise =
        Reply::sse().created().raw(&b"data: \xff\xfe{\"type\":\xc3\x28}\n\n"[..]).message("fine").completed();
    let (_, out) = run_once(noise).await;
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(items(&out, "agent_message")[0]["text"], "fine");
}

#[tokio::test]
async fn nobody_answers() {
    let codex = world().build().await.unwrap();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("model_providers.sim.base_url=\"http://127.0.0.1:{port}/v1\"");
    let mut run = codex.exec(["--json", "-c", &url, "hi"]).spawn().unwrap();
    let begun = run.wait_for_stdout(|text| text.contains("waiting for network")).await.unwrap();
    assert!(begun.contains("Reconnecting... waiting for network ("), "{begun}");
    run.signal(Signal::Interrupt).unwrap();
    let out = run.wait().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
}

// covers: responses-wire 25
#[tokio::test]
async fn both_layers_of_retries_multiply() {
    let codex = world()
        .script(
            Script::new([Reply::status(500).header("retry-after", "0").body("no")])
                .repeat_last()
                .allow_unused(),
        )
        .build()
        .await
        .unwrap();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    failure(&out);
    assert_eq!(codex.server.requests().len(), 30);
}
