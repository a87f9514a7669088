//! `--record`: what a cassette holds after a run, and what it does not.

use codex_sim::{Cassette, ExchangeEnd, Reply, ThreadOp};
use codex_test_support::SIM_KEY;
use pretty_assertions::assert_eq;

use crate::world::{run_command, scripted};

#[tokio::test]
async fn runs_are_recorded_one_after_the_other() {
    let echo = run_command("echo $SIM_KEY", "c1");
    let codex = scripted([echo, Reply::say("a"), Reply::say("b"), Reply::status(400).body("no")]).await;
    let cassette = codex.root().join("run.jsonl");
    let record = ["--json", "--record", cassette.to_str().unwrap()];
    let first = codex.exec(record).args(["-c", "model_verbosity=low", "one"]).run().await.unwrap();
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.stderr.ends_with(&format!("recorded 2 requests in {}\n", cassette.display())), "{first:?}");
    let id = first.thread_id().unwrap();
    codex.exec(record).args(["resume", &id, "two"]).run().await.unwrap();
    codex.exec(record).args(["fork", &id, "three"]).run().await.unwrap();

    let text = std::fs::read_to_string(&cassette).unwrap();
    assert!(!text.contains(SIM_KEY), "the key is in the cassette");
    let read = Cassette::read(&cassette).unwrap();
    assert_eq!(read.notes, Vec::<String>::new());
    let turns: Vec<_> = read
        .turns
        .iter()
        .map(|turn| (turn.op, turn.source_thread.as_deref(), turn.prompt.as_str()))
        .collect();
    let id = Some(id.as_str());
    assert_eq!(
        turns,
        [(ThreadOp::New, None, "one"), (ThreadOp::Resume, id, "two"), (ThreadOp::Fork, id, "three")]
    );
    let turn = &read.turns[0];
    assert_eq!(turn.flags, ["-c", "model_verbosity=low"]);
    assert_eq!((turn.sandbox_mode.as_str(), turn.model.as_deref()), ("read-only", Some("gpt-5.5")));
    assert_eq!(turn.cwd, codex.repo().display().to_string());
    let ends: Vec<bool> = read.exchanges.iter().map(|exchange| exchange.end == ExchangeEnd::Ok).collect();
    assert_eq!(ends, [true, true, true, false]);
    let sent = codex.server.request(1).unwrap().json().clone();
    assert_eq!(read.exchanges[1].body["prompt_cache_key"], sent["prompt_cache_key"]);
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_cassette_is_left_alone() {
    let codex = scripted([]).await;
    let newer = r#"{"format":"codex-cassette","version":999,"needs":"9.9.9","created_with":"codex","client_version":"9.9.9","created_at":"2030-01-01T00:00:00Z"}"#;
    for (content, said) in [("my diary\n", "diary.jsonl"), (newer, "9.9.9")] {
        let file = codex.root().join("diary.jsonl");
        std::fs::write(&file, content).unwrap();
        let out = codex.exec(["--json", "--record", file.to_str().unwrap(), "hi"]).run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{out:?}");
        assert!(out.stderr.contains(said), "{out:?}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
    }
    assert_eq!(codex.server.requests().len(), 0);
}
