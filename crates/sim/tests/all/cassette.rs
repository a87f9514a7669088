//! Cassette files: round trip, continuation, damage, versions, secrets.

use std::fs;
use std::path::{Path, PathBuf};

use codex_secrets::KnownSecrets;
use codex_sim::{Cassette, CassetteTape, ExchangeEnd, RecordingSummary, SimError, ThreadOp, TurnRecord};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

pub(crate) fn turn(op: ThreadOp, prompt: &str) -> TurnRecord {
    TurnRecord {
        op,
        source_thread: (op != ThreadOp::New).then(|| "thread-1".to_owned()),
        prompt: prompt.to_owned(),
        cwd: "/rec/repo".to_owned(),
        codex_home: Some("/rec/home".to_owned()),
        tmp_dir: Some("/rec/tmp".to_owned()),
        sandbox_mode: "workspace-write".to_owned(),
        model: Some("m".to_owned()),
        reasoning_effort: None,
        flags: vec!["--skip-git-repo-check".to_owned()],
    }
}

fn open(path: &Path) -> CassetteTape {
    CassetteTape::open(path, "codex", "0.169.0", KnownSecrets::none()).unwrap()
}

fn body(thread: &str) -> Vec<u8> {
    json!({ "input": [], "prompt_cache_key": thread }).to_string().into_bytes()
}

/// Every field of a cassette that does not depend on the clock.
fn content(cassette: &Cassette) -> Value {
    let exchanges = cassette.exchanges.iter().map(|exchange| {
        let events: Vec<&str> = exchange.events.iter().map(|event| event.data.as_str()).collect();
        let end = match &exchange.end {
            ExchangeEnd::Ok => json!("ok"),
            ExchangeEnd::Error { status, message } => json!([status, message]),
            ExchangeEnd::Missing => json!("missing"),
        };
        json!([exchange.id, exchange.turn, exchange.body, events, end])
    });
    json!({ "turns": cassette.turns.iter().map(|turn| &turn.prompt).collect::<Vec<_>>(), "exchanges": exchanges.collect::<Vec<_>>() })
}

#[test]
fn a_recording_reads_back_and_can_be_continued() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.cassette");
    let tape = open(&path);
    tape.turn(&turn(ThreadOp::New, "fix it"));
    let first = tape.request(&body("thread-1"));
    tape.end_error(first, Some(500), "{\"error\":{}}");
    let second = tape.request(&body("thread-1"));
    tape.event(second, br#"{"type":"response.created"}"#);
    tape.event(second, b"[DONE]\nmore");
    tape.event(second, b"\xff");
    tape.end_ok(second);
    let summary = tape.finish().unwrap();
    let expected = RecordingSummary { path: path.clone(), turns: 1, requests: 2, events: 3, masked_lines: 0 };
    assert_eq!(summary, expected);

    let tape = open(&path);
    tape.turn(&turn(ThreadOp::Resume, "why?"));
    tape.request(b"no json");
    tape.finish().unwrap();

    let cassette = Cassette::read(&path).unwrap();
    assert_eq!((cassette.header.version, cassette.header.client_version.as_str()), (1, "0.169.0"));
    assert_eq!(cassette.prompts(), [turn(ThreadOp::New, "fix it"), turn(ThreadOp::Resume, "why?")]);
    let request = json!({ "input": [], "prompt_cache_key": "thread-1" });
    let expected = json!({
        "turns": ["fix it", "why?"],
        "exchanges": [
            [1, 1, request, [], [500, "{\"error\":{}}"]],
            [2, 1, request, ["{\"type\":\"response.created\"}", "[DONE]\nmore", "\u{fffd}"], "ok"],
            [3, 2, "no json", [], "missing"],
        ],
    });
    assert_eq!(content(&cassette), expected);
    assert_eq!(cassette.notes, Vec::<String>::new());
    assert_eq!((cassette.thread_of_turn(1), cassette.thread_of_turn(2)), (Some("thread-1"), None));
    assert_eq!((cassette.source_turn(1), cassette.source_turn(2)), (None, Some(1)));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_recording() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c");
    open(&path).finish().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

const HEADER: &str = "{\"format\":\"codex-cassette\",\"version\":1}\n";
const REQUEST: &str = "{\"type\":\"request\",\"id\":1,\"turn\":1,\"ms\":0,\"body\":{}}\n";

fn parse(text: &str) -> Result<Cassette, SimError> {
    Cassette::parse("run.cassette", text.as_bytes())
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    assert_eq!(parse(text).unwrap_err().to_string(), expected);
}

#[test]
fn files_that_are_no_cassettes_are_named_as_such() {
    let hint = "\nhint: cassettes are written by `codex exec --record FILE`";
    refused("", &format!("run.cassette is not a cassette: its first line is empty{hint}"));
    refused(
        "#!/bin/sh\n",
        &format!("run.cassette is not a cassette: its first line is no JSON object{hint}"),
    );
    refused(
        "{\"type\":\"session_meta\"}\n",
        &format!("run.cassette is not a cassette: its first line has no \"format\":\"codex-cassette\"{hint}"),
    );
}

#[test]
fn a_newer_version_says_what_it_needs() {
    refused(
        "{\"format\":\"codex-cassette\",\"version\":7,\"needs\":\"0.200.0\",\"unheard\":[]}\nbinary",
        "run.cassette was made by a newer version (cassette format 7, this program reads up to 1): it needs codex >= \
         0.200.0\nhint: update codex, or record the run again with this version",
    );
}

#[test]
fn damage_is_an_error_with_its_line_and_a_torn_end_is_not() {
    let torn = parse(&format!("{HEADER}{REQUEST}{{\"type\":\"event\",\"requ")).unwrap();
    assert_eq!(torn.exchanges.len(), 1);
    let note = "run.cassette line 3 is torn (the recording was interrupted while writing it) and was skipped";
    assert_eq!(torn.notes, [note]);

    let garbage = parse(&format!("{HEADER}garbage\n{REQUEST}")).unwrap_err().to_string();
    assert!(
        garbage.starts_with("run.cassette line 2: expected value at line 1 column 1\nhint: "),
        "{garbage}"
    );
    let lonely = parse(&format!("{HEADER}{{\"type\":\"end\",\"request\":9,\"ms\":1,\"outcome\":\"ok\"}}\n"));
    assert!(
        lonely
            .unwrap_err()
            .to_string()
            .starts_with("run.cassette line 2: there is no request 9 before this line")
    );

    let unknown = parse(&format!("{HEADER}{{\"type\":\"hologram\"}}\n\n{REQUEST}")).unwrap();
    assert_eq!(unknown.notes, ["line 2 has the unknown type \"hologram\" and was skipped"]);
    assert_eq!(unknown.exchanges.len(), 1);
}

#[test]
fn a_torn_end_is_cut_off_before_a_recording_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c");
    for (end, requests) in [("{\"type\":\"ev", vec![1, 2]), (REQUEST.trim_end(), vec![1, 2])] {
        let whole = if end.contains("body") { "" } else { REQUEST };
        fs::write(&path, format!("{HEADER}{whole}{end}")).unwrap();
        let tape = open(&path);
        tape.request(b"{}");
        tape.finish().unwrap();
        let cassette = Cassette::read(&path).unwrap();
        assert_eq!(cassette.exchanges.iter().map(|exchange| exchange.id).collect::<Vec<_>>(), requests);
        assert_eq!(cassette.notes, Vec::<String>::new());
    }
}

#[test]
fn another_file_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.txt");
    fs::write(&path, "my notes\n").unwrap();
    let error = CassetteTape::open(&path, "codex", "0.169.0", KnownSecrets::none()).unwrap_err();
    assert!(matches!(error, SimError::NotCassette { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "my notes\n");
    let missing: PathBuf = dir.path().join("no/such/folder");
    let error = CassetteTape::open(&missing, "codex", "0.169.0", KnownSecrets::none()).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot write the cassette {}: ", missing.display())));
}

#[test]
fn no_secret_reaches_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c");
    let secrets = KnownSecrets::none();
    secrets.learn_env([("MY_TOKEN", "completed-9\"9"), ("LANG", "C.UTF-8")]);
    let tape = CassetteTape::open(&path, "codex", "0.169.0", secrets.clone()).unwrap();
    secrets.learn("stored key", "sk-stored");
    tape.turn(&turn(ThreadOp::New, "my key is sk-stored"));
    let arguments = json!({ "cmd": "curl -H completed-9\"9" }).to_string();
    let request = tape.request(json!({ "input": [{ "arguments": arguments }] }).to_string().as_bytes());
    tape.event(request, br#"{"type":"x","delta":"sk-stored"}"#);
    for piece in ["it is sk", "-sto", "red, sk"] {
        tape.event(request, json!({ "type": "d", "delta": piece }).to_string().as_bytes());
    }
    tape.end_error(request, Some(401), "Incorrect API key provided: sk-stored");
    assert_eq!(tape.finish().unwrap().masked_lines, 5);

    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("sk-stored") && !text.contains("completed-9"), "{text}");
    let cassette = Cassette::read(&path).unwrap();
    assert_eq!(cassette.turns[0].prompt, "my key is [secret:stored_key]");
    let masked = json!({ "cmd": "curl -H [secret:MY_TOKEN]" }).to_string();
    assert_eq!(cassette.exchanges[0].body, json!({ "input": [{ "arguments": masked }] }));
    assert_eq!(cassette.exchanges[0].events[0].data, r#"{"type":"x","delta":"[secret:stored_key]"}"#);
    let told: String = cassette.exchanges[0].events[1..]
        .iter()
        .map(|event| {
            serde_json::from_str::<Value>(&event.data).unwrap()["delta"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!((told.as_str(), cassette.exchanges[0].events.len()), ("it is [secret:stored_key], sk", 4));
    let message = "Incorrect API key provided: [secret:stored_key]".to_owned();
    assert_eq!(cassette.exchanges[0].end, ExchangeEnd::Error { status: Some(401), message });
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_from_the_start_is_told_at_once() {
    // Opening works, the first write says that no space is left.
    let error =
        CassetteTape::open(Path::new("/dev/full"), "codex", "0.169.0", KnownSecrets::none()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write the cassette /dev/full: No space left on device (os error 28)"
    );
}
