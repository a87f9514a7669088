//! `codex exec --record` and `codex replay`: a recorded run is run again without server and key, and every way a
//! cassette can be unusable has a clear end.

use std::fs;
use std::path::PathBuf;

use codex_sim::{Reply, Script};
use codex_test_support::{CommandOutput, TestCodex};
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::world::{run_command, scripted, world};

const PATCH: &str = "*** Begin Patch\n*** Update File: a.txt\n@@\n-hello\n+hello, world\n*** End Patch\n";

/// A task with a command and a patch, its resume and its fork, all in one cassette; then the world is as before.
async fn recorded() -> (TestCodex, PathBuf) {
    let codex = scripted([
        run_command("cat a.txt", "c1"),
        Reply::custom_call("apply_patch", PATCH, "c2"),
        Reply::say("patched"),
        run_command("cat a.txt", "c3"),
        Reply::say("resumed"),
        Reply::say("forked"),
    ])
    .await;
    let cassette = codex.root().join("run.cassette");
    let file = cassette.to_str().unwrap();
    let flags = ["--json", "-s", "workspace-write", "--record", file];
    let out = codex.exec(flags).args(["greet the world"]).run().await.unwrap();
    let thread = out.events().unwrap()[0]["thread_id"].as_str().unwrap().to_owned();
    for words in [["resume", &thread, "and now?"], ["fork", &thread, "or else?"]] {
        let out = codex.exec(flags).args(words).run().await.unwrap();
        assert_eq!(out.code, Some(0), "{out:?}");
    }
    codex.server.verify().unwrap();
    assert_eq!(codex.read("a.txt").unwrap(), "hello, world\n");
    codex.git(["checkout", "-q", "a.txt"]).await.unwrap();
    fs::remove_dir_all(codex.home().join("sessions")).unwrap();
    (codex, cassette)
}

async fn replay(codex: &TestCodex, cassette: &PathBuf, flags: &[&str]) -> CommandOutput {
    // Neither the key nor the provider's server is there any more.
    let command = codex.command(["replay"]).args([cassette]).args(flags.iter().copied());
    let out = command.env_remove("SIM_KEY").run().await.unwrap();
    assert_eq!(codex.server.requests().len(), 6, "the real server was asked: {out:?}");
    out
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

#[tokio::test]
async fn a_strict_replay_does_the_work_again_and_leaves_no_thread() {
    let (codex, cassette) = recorded().await;
    let out = replay(&codex, &cassette, &["--strict"]).await;
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(out.stdout, "patched\nresumed\nforked\n");
    assert_eq!(last_line(&out.stderr), "replay: 6 of 6 recorded requests replayed, none differed");
    assert_eq!(codex.read("a.txt").unwrap(), "hello, world\n");
    assert_eq!(codex.rollouts().unwrap().len(), 0);
}

#[tokio::test]
async fn a_replay_shows_json_events_of_every_turn_and_keeps_threads_when_asked() {
    let (codex, cassette) = recorded().await;
    let out = replay(&codex, &cassette, &["--json", "--keep"]).await;
    assert_eq!(out.code, Some(0), "{out:?}");
    let started = out.events_of_type("thread.started").unwrap();
    let threads: Vec<&str> = started.iter().map(|event| event["thread_id"].as_str().unwrap()).collect();
    assert_eq!(out.events_of_type("turn.completed").unwrap().len(), 3);
    assert!(threads[0] == threads[1] && threads[0] != threads[2], "{threads:?}");
    let rollouts = codex.rollouts().unwrap();
    let ids: Vec<&Value> = rollouts.iter().map(|rollout| &rollout.lines[0]["payload"]["id"]).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| threads.contains(&id.as_str().unwrap())), "{ids:?}");
}

#[tokio::test]
async fn a_difference_stops_a_strict_replay_and_is_shown() {
    let (codex, cassette) = recorded().await;
    codex.write("a.txt", "hello\nagain\n").unwrap();
    let out = replay(&codex, &cassette, &["--strict"]).await;
    assert_eq!(out.code, Some(1), "{out:?}");
    let closing = out.stderr.split_once("\nrequest 2 (turn 1) differs from the recording:\n").unwrap().1;
    assert!(closing.contains("\n+    again"), "{closing}");
    assert!(
        closing.ends_with(
            "stopped at turn 1 of 3: it did not end as recorded\n\
             replay: 2 of 6 recorded requests replayed, 1 differed\n"
        ),
        "{closing}"
    );
    assert_eq!(codex.read("a.txt").unwrap(), "hello\nagain\n");
}

#[tokio::test]
async fn a_lenient_replay_goes_on_and_counts_differences() {
    let (codex, cassette) = recorded().await;
    codex.write("a.txt", "hello\nagain\n").unwrap();
    let out = replay(&codex, &cassette, &[]).await;
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(
        out.stderr.ends_with(
            "replay: 6 of 6 recorded requests replayed, 5 differed\n\
             hint: --diff shows what differed, --strict stops at the first difference\n"
        ),
        "{out:?}"
    );
    assert_eq!(codex.read("a.txt").unwrap(), "hello, world\nagain\n");
    codex.git(["checkout", "-q", "a.txt"]).await.unwrap();
    codex.write("a.txt", "hello\nagain\n").unwrap();
    let out = replay(&codex, &cassette, &["--diff"]).await;
    assert_eq!((out.code, out.stderr.matches(" differs from the recording:\n").count()), (Some(0), 5));
}

#[tokio::test]
async fn the_folder_and_the_sandbox_can_be_chosen() {
    let (codex, cassette) = recorded().await;
    let other = codex.root().join("other");
    fs::create_dir_all(other.join(".git")).unwrap();
    fs::write(other.join("a.txt"), "hello\n").unwrap();
    let out = replay(&codex, &cassette, &["--strict", "-C", other.to_str().unwrap()]).await;
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(fs::read_to_string(other.join("a.txt")).unwrap(), "hello, world\n");
    assert_eq!(codex.read("a.txt").unwrap(), "hello\n");
    let out = replay(&codex, &cassette, &["-s", "read-only"]).await;
    assert!(out.stderr.contains("sandbox: read-only\n"), "{out:?}");
    assert_eq!(codex.read("a.txt").unwrap(), "hello\n");
}

#[tokio::test]
async fn a_run_with_the_built_in_provider_is_replayed_with_its_fields() {
    let builder = world().raw_config("openai_base_url = \"$SERVER\"\n").env("CODEX_API_KEY", "sk-0123456789");
    let script = [run_command("echo $CODEX_API_KEY", "c1"), Reply::say("done")];
    let codex = builder.script(script).build().await.unwrap();
    let cassette = codex.root().join("run.cassette");
    let out = codex.exec(["--record", cassette.to_str().unwrap(), "look"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let text = fs::read_to_string(&cassette).unwrap();
    assert!(text.contains("internal_chat_message_metadata_passthrough") && !text.contains("sk-0123456789"));
    let out = codex.command(["replay", "--strict"]).args([&cassette]).env_remove("CODEX_API_KEY").run().await;
    let out = out.unwrap();
    let closing = "replay: 2 of 2 recorded requests replayed, none differed";
    assert_eq!((out.code, last_line(&out.stderr)), (Some(0), closing), "{out:?}");
}

#[tokio::test]
async fn a_run_that_failed_fails_again_and_that_is_a_success() {
    let codex = scripted([Reply::error(400, "bad", "no such thing")]).await;
    let cassette = codex.root().join("run.cassette");
    let out = codex.exec(["--record", cassette.to_str().unwrap(), "try"]).run().await.unwrap();
    assert_eq!(out.code, Some(1));
    let out = codex.command(["replay", "--strict"]).args([&cassette]).run().await.unwrap();
    assert!(out.stderr.contains("no such thing"), "{out:?}");
    let closing = "replay: 1 of 1 recorded requests replayed, none differed";
    assert_eq!((out.code, last_line(&out.stderr)), (Some(0), closing));
}

#[tokio::test]
async fn a_cassette_that_cannot_be_played_is_told_with_a_way_out() {
    let (codex, cassette) = recorded().await;
    let text = fs::read_to_string(&cassette).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let resumed = lines.iter().position(|line| line.contains(r#""op":"resume""#)).unwrap();
    let header = lines[0];
    let root = codex.root().to_path_buf();
    let check = async |content: String, expected: &str| {
        let path = root.join("bad.cassette");
        fs::write(&path, content).unwrap();
        let out = replay(&codex, &path, &[]).await;
        let said = out.stderr.replace(path.to_str().unwrap(), "FILE");
        assert!(said.starts_with(expected), "expected {expected}\ngot {said}");
        assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""));
    };
    check("# notes\n".to_owned(), "FILE is not a cassette: its first line is no JSON object\nhint: ").await;
    check(
        r#"{"format":"codex-cassette","version":2,"needs":"3.0.0"}"#.to_owned(),
        "FILE was made by a newer version (cassette format 2, this program reads up to 1): it needs codex >= 3.0.0\nhint: ",
    )
    .await;
    check(format!("{header}\nnonsense\n{}\n", lines[1]), "FILE line 2: expected ").await;
    check(format!("{header}\n"), "FILE holds no prompt: its recording stopped before the first turn\nhint: ")
        .await;
    check(format!("{header}\n{}\n", lines[resumed..].join("\n")), "turn 1 resumes the thread ").await;
    check(
        text.replace("workspace-write\",\"model", "banana\",\"model"),
        "turn 1 of the cassette asks for an unknown sandbox mode, `banana`\nhint: ",
    )
    .await;
    check(
        text.replace(r#""flags":[]"#, r#""flags":["--zap"]"#),
        "turn 1 of the cassette was recorded with flags this version does not know: --zap\n",
    )
    .await;
}

#[tokio::test]
async fn a_missing_file_and_a_missing_folder_are_told() {
    let (codex, cassette) = recorded().await;
    let out = replay(&codex, &codex.root().join("none"), &[]).await;
    let missing = format!("cannot read the cassette {}: ", codex.root().join("none").display());
    assert!(out.stderr.starts_with(&missing), "{out:?}");
    let out = replay(&codex, &cassette, &["-C", "/nowhere"]).await;
    let folder = "cannot work in /nowhere: No such file or directory (os error 2)\nhint: name an existing folder with -C\n";
    assert_eq!((out.code, out.stderr.as_str()), (Some(1), folder));
    let plain = codex.root().join("plain");
    fs::create_dir(&plain).unwrap();
    fs::write(plain.join("a.txt"), "hello\n").unwrap();
    let plain = plain.to_str().unwrap();
    let out = replay(&codex, &cassette, &["-C", plain]).await;
    assert!(out.stderr.starts_with(&format!("{plain} is not inside a git repository\nhint: ")), "{out:?}");
    let out = replay(&codex, &cassette, &["--strict", "--skip-git-repo-check", "-C", plain]).await;
    assert_eq!(out.code, Some(0), "{out:?}");
}

#[tokio::test]
async fn a_cassette_with_a_torn_end_is_played_as_far_as_it_goes() {
    let (codex, cassette) = recorded().await;
    let bytes = fs::read(&cassette).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let third = text.match_indices(r#"{"type":"request""#).nth(2).unwrap().0;
    fs::write(&cassette, &text[..third + 40]).unwrap();
    let out = replay(&codex, &cassette, &[]).await;
    assert!(out.stderr.contains("is torn (the recording was interrupted while writing it)"), "{out:?}");
    assert!(out.stderr.contains("stopped at turn 1 of 1: the recording ends there\n"), "{out:?}");
    assert_eq!(out.code, Some(1));
    assert_eq!(codex.read("a.txt").unwrap(), "hello, world\n");
}

#[tokio::test]
async fn an_interrupted_replay_stops() {
    let codex =
        scripted(Script::new([run_command("sleep 30 && echo done", "c1"), Reply::say("slept")])).await;
    let cassette = codex.root().join("run.cassette");
    fs::write(&cassette, "").unwrap();
    let mut run = codex.exec(["--record", cassette.to_str().unwrap(), "sleep"]).spawn().unwrap();
    run.wait_for_stderr(|text| text.contains("sleep 30")).await.unwrap();
    run.signal(codex_test_support::Signal::Interrupt).unwrap();
    assert_eq!(run.wait().await.unwrap().code, Some(1));
    let mut run = codex.command(["replay"]).args([&cassette]).spawn().unwrap();
    run.wait_for_stderr(|text| text.contains("sleep 30")).await.unwrap();
    run.signal(codex_test_support::Signal::Interrupt).unwrap();
    let out = run.wait().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("turn interrupted"), "{out:?}");
}

// threat 24, threat 26
#[tokio::test]
async fn a_cassette_gives_itself_neither_full_access_nor_another_program() {
    let (codex, cassette) = recorded().await;
    let text = fs::read_to_string(&cassette).unwrap();
    let outside = codex.root().join("outside.txt");
    let evil = format!("echo x > {}", outside.display());
    let text = text.replace("cat a.txt", &evil).replace(
        r#""flags":["#,
        r#""flags":["-c","sandbox_workspace_write.writable_roots=[\"/\"]","-c","notify=[\"touch\",\"pwned\"]""#,
    );
    assert!(text.contains(&evil) && text.contains("notify"));
    fs::write(
        &cassette,
        text.replace("\"sandbox_mode\":\"workspace-write\"", "\"sandbox_mode\":\"danger-full-access\""),
    )
    .unwrap();
    let out = replay(&codex, &cassette, &[]).await;
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("was recorded with full access to the machine"), "{out:?}");
    let out = replay(&codex, &cassette, &["-s", "read-only"]).await;
    let warning = "A cassette may not set `notify`, `sandbox_workspace_write`; the recorded `-c` is left out";
    assert!(out.stderr.contains(warning), "{out:?}");
    assert!(!outside.exists(), "{out:?}");
}
