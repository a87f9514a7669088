//! `apply_patch` through the registry: the recorded cases of the patch crate, what is reported of them, and where a
//! turn's policy lets them write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use codex_protocol::{CallKind, FileChange, FileChangeItem, ItemId, ItemStatus, SandboxPolicy, TurnItem};
use codex_tools::{CallEnd, OfferCx, PatchForm, Registry, ToolProgress, TurnTools};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, offer, text, workspace_write};

fn cases() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../patch/tests/cases");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        match serde_json::from_str(&text).unwrap() {
            Value::Array(more) => cases.extend(more),
            case => cases.push(case),
        }
    }
    assert_eq!(cases.len(), 76);
    cases
}

fn plant(cwd: &Path, tree: &Value) {
    for (name, node) in tree.as_object().unwrap() {
        let path = cwd.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if let Some(target) = node["symlink"].as_str() {
            std::os::unix::fs::symlink(target, path).unwrap();
            continue;
        }
        std::fs::write(&path, contents(node)).unwrap();
        if let Some(mode) = node["mode"].as_str() {
            set_mode(&path, u32::from_str_radix(mode, 8).unwrap());
        }
    }
}

fn contents(node: &Value) -> Vec<u8> {
    match (node["base64"].as_str(), node["text"].as_str().or(node.as_str())) {
        (Some(base64), _) => BASE64_STANDARD.decode(base64).unwrap(),
        (None, text) => text.unwrap().as_bytes().to_vec(),
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Every file below `folder`, as bytes or as the link it is.
fn files(folder: &Path) -> BTreeMap<PathBuf, Result<Vec<u8>, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(dir) = pending.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_path_buf();
            if path.is_symlink() {
                found.insert(name, Err(std::fs::read_link(&path).unwrap()));
            } else if path.is_dir() {
                pending.push(path);
            } else {
                found.insert(name, Ok(std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// Numbers that differ from run to run become the letters the cases hold.
fn normalized(text: &str, cwd: &Path) -> String {
    let text = text.replace(cwd.to_str().unwrap(), "$CWD");
    let lines = text.split_inclusive('\n').map(|line| {
        let end = if line.ends_with('\n') { "\n" } else { "" };
        for (prefix, letter) in
            [("Wall time: ", "T seconds"), ("Chunk ID: ", "CHUNK"), ("Original token count: ", "N")]
        {
            if line.starts_with(prefix) {
                return format!("{prefix}{letter}{end}");
            }
        }
        line.to_owned()
    });
    lines.collect()
}

async fn check(case: &Value) {
    let name = case["name"].as_str().unwrap();
    let mut bench = Bench::new(workspace_write());
    let cwd = bench.cwd().to_path_buf();
    plant(&cwd, &case["tree"]);
    let input = case["input"].as_str().unwrap();
    let input = input.replace("$CWD", cwd.to_str().unwrap()).replace("$OUTER", bench.outer.to_str().unwrap());
    let answer = match case["via"].as_str().unwrap() {
        "custom_tool_call" => text(bench.run(CallKind::Custom, "apply_patch", input).await),
        _ => bench.function("exec_command", json!({"cmd": input})).await,
    };
    let items = bench.items();

    if case["error_class"] == "not_intercepted" {
        assert!(answer.contains("apply_patch: command not found\n"), "{name}: {answer}");
        assert!(
            matches!(&items[..], [_, ToolProgress::ItemCompleted(TurnItem::CommandExecution(_))]),
            "{name}: {items:?}"
        );
    } else {
        assert_eq!(normalized(&answer, &cwd), case["model_output"].as_str().unwrap(), "{name}");
        let statuses: Vec<ItemStatus> = items.iter().map(file_change_status).collect();
        let expected = match (case["outcome"].as_str(), case["error_class"].as_str()) {
            (Some("ok"), _) => vec![ItemStatus::InProgress, ItemStatus::Completed],
            (_, Some("write_failed_midway")) => vec![ItemStatus::InProgress, ItemStatus::Failed],
            _ => Vec::new(),
        };
        assert_eq!(statuses, expected, "{name}");
    }

    let mut expected = BTreeMap::new();
    for (file, node) in case["result_tree"].as_object().unwrap() {
        let content = match node["symlink"].as_str() {
            Some(target) => Err(PathBuf::from(target)),
            // The recorded line end is a fault of the recorded program (`tools.md §4`).
            None if name == "lone_cr" => Ok(b"a\rb\nC\n".to_vec()),
            None => Ok(contents(node)),
        };
        if let Some(expected) = node["mode"].as_str() {
            assert_eq!(format!("{:o}", mode(&cwd.join(file))), expected, "{name}: {file}");
        }
        expected.insert(PathBuf::from(file), content);
    }
    assert_eq!(files(&cwd), expected, "{name}");
    assert_eq!(files(&bench.outer).len(), expected.len(), "{name}: something was written outside");
}

fn file_change_status(progress: &ToolProgress) -> ItemStatus {
    match progress {
        ToolProgress::ItemStarted(TurnItem::FileChange(item))
        | ToolProgress::ItemCompleted(TurnItem::FileChange(item)) => item.status,
        other => panic!("not a file change: {other:?}"),
    }
}

// covers: apply_patch add_empty_file, add_over_existing, blank_context_line, bom_file, delete_missing
// covers: apply_patch delete_symlink, exec_mode_preserved, header_fuzzy, heredoc_wrapped, missing_end
// covers: apply_patch move_and_edit, move_only, partial_fail_second_update, path_escape_relative
// covers: apply_patch same_file_twice, shell_heredoc, shell_heredoc_then_cmd
// covers: apply_patch update_ambiguous_first_match, update_append_pure_add, update_context_header
// covers: apply_patch update_context_not_found, update_crlf, update_eof_marker, update_leading_ws_fuzzy
// covers: apply_patch update_mixed_eol, update_multi_hunk, update_no_trailing_newline, update_simple
// covers: apply_patch update_through_symlink, update_unicode_dash_fuzzy, add_simple, add_nested_dirs
// covers: apply_patch delete_simple, delete_directory, update_no_at_header, update_missing_file
// covers: apply_patch update_header_not_found, update_trailing_ws_fuzzy, update_unicode_patch_ascii_file
// covers: apply_patch update_case_mismatch, update_no_trailing_newline_middle, patch_crlf
// covers: apply_patch multi_file_mix, partial_fail_add_then_delete_missing, empty_patch, missing_begin
// covers: apply_patch leading_trailing_ws, bad_hunk_header, bad_line_in_update, empty_update
// covers: apply_patch add_line_without_plus, absolute_path_inside, path_dotdot_inside
// covers: apply_patch path_with_spaces_unicode, non_utf8_file, update_directory, add_parent_is_file
// covers: apply_patch hunk_delete_all_lines, environment_id_header, no_newline_at_end_marker
// covers: apply_patch unified_diff_ranges, context_overlap_hunks, shell_applypatch_alias, shell_arg_form
// covers: apply_patch shell_stdin_pipe, shell_bad_patch, shell_raw_patch_no_cmd, end_of_file_append
// covers: apply_patch delete_then_add_same, lone_cr, header_whitespace, trailing_blank_context
// covers: apply_patch move_escape, insert_before_with_context, update_empty_file, absolute_outside
// covers: tools T22, T23, T26, T28
#[cfg(target_os = "linux")]
#[tokio::test]
async fn every_recorded_case_ends_the_same_way_through_the_registry() {
    for case in cases() {
        check(&case).await;
    }
}

const PATCH: &str = "*** Begin Patch\n*** Add File: d/new.txt\n+one\n*** Update File: a.txt\n@@\n-hi\n+ho\n\
                     *** Delete File: b.txt\n*** End Patch\n";

#[tokio::test]
async fn a_patch_is_reported_as_one_item_with_absolute_paths() {
    let mut bench = Bench::new(workspace_write());
    let cwd = bench.cwd().to_path_buf();
    std::fs::write(cwd.join("a.txt"), "hi\n").unwrap();
    std::fs::write(cwd.join("b.txt"), "bye\n").unwrap();
    let outcome = bench.run(CallKind::Custom, "apply_patch", PATCH).await;
    assert_eq!(outcome.end, CallEnd::Done);
    let summary = "Success. Updated the following files:\nA d/new.txt\nM a.txt\nD b.txt\n";
    let item = |status, stdout: &str| {
        TurnItem::FileChange(FileChangeItem {
            id: ItemId::new("c1"),
            changes: BTreeMap::from([
                (cwd.join("d/new.txt"), FileChange::Add { content: "one\n".to_owned() }),
                (
                    cwd.join("a.txt"),
                    FileChange::Update {
                        unified_diff: "@@ -1 +1 @@\n-hi\n+ho\n".to_owned(),
                        move_path: None,
                    },
                ),
                (cwd.join("b.txt"), FileChange::Delete { content: "bye\n".to_owned() }),
            ]),
            status,
            stdout: stdout.to_owned(),
            stderr: String::new(),
        })
    };
    assert_eq!(
        bench.items(),
        [
            ToolProgress::ItemStarted(item(ItemStatus::InProgress, "")),
            ToolProgress::ItemCompleted(item(ItemStatus::Completed, summary)),
        ]
    );
}

// covers: tools T27
#[tokio::test]
async fn a_write_that_fails_midway_keeps_what_was_written_before() {
    let mut bench = Bench::new(workspace_write());
    std::fs::write(bench.cwd().join("f"), "").unwrap();
    let patch = "*** Begin Patch\n*** Add File: 1\n+1\n*** Add File: 2\n+2\n*** Add File: f/3\n+3\n\
                 *** Add File: 4\n+4\n*** End Patch\n";
    let outcome = bench.run(CallKind::Custom, "apply_patch", patch).await;
    assert_eq!(outcome.end, CallEnd::Failed);
    let cwd = bench.cwd().to_path_buf();
    assert_eq!(
        normalized(&text(outcome), &cwd),
        "Exit code: 1\nWall time: T seconds\nOutput:\nFailed to write file $CWD/f/3\n"
    );
    assert_eq!(files(&cwd).keys().collect::<Vec<_>>(), [Path::new("1"), Path::new("2"), Path::new("f")]);
    let Some(ToolProgress::ItemCompleted(TurnItem::FileChange(item))) = bench.items().pop() else {
        panic!("no file change")
    };
    assert_eq!(item.status, ItemStatus::Failed);
    assert_eq!(item.stderr, format!("Failed to write file {}\n", cwd.join("f/3").display()));
}

#[tokio::test]
async fn the_policy_decides_where_a_patch_may_write() {
    let add = |path: &str| format!("*** Begin Patch\n*** Add File: {path}\n+1\n*** End Patch\n");
    let outside = "patch rejected: writing outside of the project; rejected by user approval settings";
    let read_only =
        "patch rejected: writing is blocked by read-only sandbox; rejected by user approval settings";
    for (policy, path, refusal) in [
        (SandboxPolicy::ReadOnly, "a.txt", Some(read_only)),
        (workspace_write(), "../a.txt", Some(outside)),
        (workspace_write(), ".git/hooks/x", Some(outside)),
        (workspace_write(), ".codex/config.toml", Some(outside)),
        (workspace_write(), "a.txt", None),
        (SandboxPolicy::DangerFullAccess, "../a.txt", None),
    ] {
        let mut bench = Bench::new(policy.clone());
        let outcome = bench.run(CallKind::Custom, "apply_patch", add(path)).await;
        match refusal {
            Some(refusal) => {
                assert_eq!((outcome.end, text(outcome)), (CallEnd::Failed, refusal.to_owned()), "{path}");
                assert_eq!((bench.items(), files(&bench.outer).len()), (Vec::new(), 0), "{path}");
            }
            None => {
                assert_eq!(outcome.end, CallEnd::Done, "{path}");
                assert!(bench.cwd().join(path).exists(), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn the_function_form_takes_the_patch_as_an_argument() {
    let mut bench = Bench::new(workspace_write());
    bench.registry = Registry::new(OfferCx { apply_patch: Some(PatchForm::Function), ..offer() });
    let patch = "*** Begin Patch\n*** Add File: a.txt\n+1\n*** End Patch\n";
    let answer = bench.function("apply_patch", json!({"input": patch, "extra": 1})).await;
    assert_eq!(
        normalized(&answer, bench.cwd()),
        "Exit code: 0\nWall time: T seconds\nOutput:\nSuccess. Updated the following files:\nA a.txt\n"
    );
    assert_eq!(std::fs::read_to_string(bench.cwd().join("a.txt")).unwrap(), "1\n");
    let custom = bench.run(CallKind::Custom, "apply_patch", patch).await;
    assert_eq!(custom.end, CallEnd::Fatal);
}

#[tokio::test]
async fn an_intercepted_patch_starts_from_the_commands_folder_and_keeps_to_the_turns_roots() {
    let mut bench = Bench::new(workspace_write());
    std::fs::create_dir_all(bench.cwd().join("sub/deep")).unwrap();
    let script = |path: &str| {
        format!(
            "cd deep && apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: {path}\n+1\n*** End Patch\nEOF\n"
        )
    };
    let answer = bench.function("exec_command", json!({"cmd": script("a.txt"), "workdir": "sub"})).await;
    assert!(answer.ends_with("\nA a.txt\n"), "{answer}");
    assert!(bench.cwd().join("sub/deep/a.txt").exists());

    // The folder a call names is where paths start, not a root: its parent stays out of reach.
    let inner = Arc::new(TurnTools { cwd: bench.cwd().join("sub/deep"), ..(*bench.cx.turn).clone() });
    bench.cx.turn = inner;
    let cmd = script("b.txt").replace("deep", ".");
    let answer = bench.function("exec_command", json!({"cmd": cmd, "workdir": ".."})).await;
    assert_eq!(answer, "patch rejected: writing outside of the project; rejected by user approval settings");
}
