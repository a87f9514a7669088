//! Any text is safe to parse, and a diff written as a patch gives the edited file back.

use codex_patch::{ChangeKind, intercept, parse, verify};
use proptest::prelude::*;

use crate::support::{Workspace, texts};

/// One line of a random edit.
#[derive(Debug, Clone)]
enum Edit {
    Keep(String),
    Remove(String),
    Insert(String),
}

#[derive(Debug, Clone, Copy)]
enum FinalNewline {
    Yes,
    No,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    // Few different lines, so that repeated ones have to be told apart by their surroundings.
    let line = prop_oneof![3 => "[ab]", 1 => "[a-z {}*+@-]{0,12}", 1 => Just(String::new())];
    let edit = (0..4_u8, line).prop_map(|(kind, text)| match kind {
        0 => Edit::Remove(text),
        1 => Edit::Insert(text),
        _ => Edit::Keep(text),
    });
    prop::collection::vec(edit, 1..40)
}

fn join(lines: &[&str], eol: &str, end: FinalNewline) -> String {
    let text = lines.join(eol);
    match end {
        FinalNewline::Yes if !lines.is_empty() => text + eol,
        _ => text,
    }
}

/// Text shaped like a patch, so that deeper parts of the parser are reached.
fn patchlike() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("*** Begin Patch".to_owned()),
        Just("*** End Patch".to_owned()),
        Just("*** End of File".to_owned()),
        Just("<<'EOF'".to_owned()),
        Just("EOF".to_owned()),
        Just("apply_patch <<'EOF'".to_owned()),
        "(\\*\\*\\* (Add|Update|Delete) File: |\\*\\*\\* Move to: |\\*\\*\\* Environment ID: |@@ ?|[-+ ])\\PC{0,5}",
        "\\PC{0,8}",
    ];
    prop::collection::vec(line, 0..14).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_parsed_or_refused(text in any::<String>()) {
        let _ = parse(&text);
        let _ = intercept(&text);
    }

    #[test]
    fn any_patchlike_text_is_parsed_or_refused(text in patchlike(), file in "[ab\r\n -]{0,20}") {
        let _ = intercept(&text);
        let whole = format!("*** Begin Patch\n*** Update File: f\n{text}\n*** End Patch");
        for text in [text, whole] {
            if let Ok(patch) = parse(&text) {
                let workspace = Workspace::new(&texts([("f", &file)]));
                let _ = verify(&patch, &workspace.cwd);
            }
        }
    }

    #[test]
    fn a_diff_gives_the_edited_file(
        edits in edits(),
        eol in prop_oneof![Just("\n"), Just("\r\n")],
        end in prop_oneof![Just(FinalNewline::Yes), Just(FinalNewline::No)],
    ) {
        let old: Vec<&str> = edits.iter().filter_map(|edit| match edit {
            Edit::Keep(text) | Edit::Remove(text) => Some(text.as_str()),
            Edit::Insert(_) => None,
        }).collect();
        let new: Vec<&str> = edits.iter().filter_map(|edit| match edit {
            Edit::Keep(text) | Edit::Insert(text) => Some(text.as_str()),
            Edit::Remove(_) => None,
        }).collect();
        // A lone empty line without an end is no line at all.
        prop_assume!(!old.is_empty() && old.last() != Some(&""));
        let body: String = edits.iter().map(|edit| match edit {
            Edit::Keep(text) => format!(" {text}\n"),
            Edit::Remove(text) => format!("-{text}\n"),
            Edit::Insert(text) => format!("+{text}\n"),
        }).collect();
        // A file of one line has no line end to learn from.
        let eol = if old.len() == 1 && matches!(end, FinalNewline::No) { "\n" } else { eol };
        let workspace = Workspace::new(&texts([("f", &join(&old, eol, end))]));
        let patch = parse(&format!("*** Begin Patch\n*** Update File: f\n@@\n{body}*** End Patch")).unwrap();
        let plan = verify(&patch, &workspace.cwd).unwrap();
        let expected = join(&new, eol, FinalNewline::Yes);
        let ChangeKind::Update { new_content, .. } = &plan.changes[0].kind else { unreachable!() };
        prop_assert_eq!(new_content, &expected);
        plan.apply(&workspace.scope()).unwrap();
        prop_assert_eq!(std::fs::read_to_string(workspace.cwd.join("f")).unwrap(), expected);
    }
}
