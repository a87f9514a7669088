//! Synthetic threads have the form the reference asks for.

use pretty_assertions::assert_eq;

use super::*;

fn saved(bytes_min: u64) -> (SavedThread, Vec<Value>) {
    let home = tempfile::tempdir().expect("temporary folder");
    let spec = ThreadSpec {
        home: home.path(),
        cwd: Path::new("/repo"),
        model: "gpt-5.4",
        model_provider: "bench",
        bytes_min,
    };
    let thread = write(&spec).expect("written");
    let text = fs::read_to_string(&thread.file).expect("readable");
    assert_eq!(text.len() as u64, thread.bytes);
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    (thread, lines)
}

#[test]
fn lines_are_numbered_and_the_first_one_names_the_thread() {
    let (thread, lines) = saved(1_000_000);
    let ordinals: Vec<u64> = lines.iter().map(|line| line["ordinal"].as_u64().expect("a number")).collect();
    assert_eq!(ordinals, (0..thread.lines).collect::<Vec<_>>());
    assert_eq!(lines[0]["type"], "session_meta");
    assert_eq!(lines[0]["payload"]["id"], thread.id);
    let name = thread.file.file_name().expect("a name").to_string_lossy().into_owned();
    assert_eq!(name, format!("rollout-2026-11-21T08-00-00-{}.jsonl", thread.id));
}

#[test]
fn size_is_reached_and_the_live_context_does_not_depend_on_it() {
    let mut tails = Vec::new();
    for bytes_min in [1_000_000, 3_000_000] {
        let (thread, lines) = saved(bytes_min);
        assert!(thread.bytes >= bytes_min && thread.bytes < bytes_min + 2_000_000, "{}", thread.bytes);
        let kinds: Vec<&str> = lines.iter().map(|line| line["type"].as_str().expect("a type")).collect();
        let last = kinds.iter().rposition(|kind| *kind == "compacted").expect("compacted at least once");
        assert_eq!(kinds[last..].iter().filter(|kind| **kind == "response_item").count(), items_live());
        tails.push(kinds[last..].iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>());
    }
    assert_eq!(tails[0], tails[1]);
}

#[test]
fn a_turn_weighs_about_what_the_reference_threads_weigh() {
    let (thread, _) = saved(3_000_000);
    let per_turn = thread.bytes / thread.turns;
    assert!((20_000..28_000).contains(&per_turn), "{per_turn} bytes a turn");
}

#[test]
fn every_call_has_its_output() {
    let (_, lines) = saved(1_000_000);
    let ids = |kind: &str| -> Vec<String> {
        let items = lines.iter().filter(|line| line["payload"]["type"] == kind);
        items.map(|line| line["payload"]["call_id"].as_str().expect("an id").to_owned()).collect()
    };
    assert!(!ids("function_call").is_empty());
    assert_eq!(ids("function_call"), ids("function_call_output"));
}
