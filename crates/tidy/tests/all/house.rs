//! Runs every rule over the repository this file stands in.

use std::path::Path;

use codex_tidy::{
    Finding, Tree, check_any_text, check_architecture, check_manifest, check_rust, check_top_level,
};

fn tree() -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Tree::read(&root).expect("the repository can be read")
}

#[track_caller]
fn assert_clean(findings: Vec<Finding>) {
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(lines.is_empty(), "house rules broken:\n{}", lines.join("\n"));
}

#[test]
fn top_level_is_as_agreed() {
    assert_clean(check_top_level(&tree().top_level));
}

#[test]
fn dependency_arrows_never_turn() {
    let tree = tree();
    let manifests = tree.crates.iter().map(|noun| format!("crates/{noun}/Cargo.toml"));
    let findings = manifests.flat_map(|file| check_manifest(&file, tree.text(&file).unwrap_or_default()));
    assert_clean(findings.collect());
}

#[test]
fn sources_keep_the_house_rules() {
    let tree = tree();
    let rust = tree.files.iter().filter(|(file, _)| file.ends_with(".rs"));
    assert_clean(rust.flat_map(|(file, text)| check_rust(file, text)).collect());
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    let tree = tree();
    assert_clean(tree.files.iter().flat_map(|(file, text)| check_any_text(file, text)).collect());
}

#[test]
fn architecture_map_names_every_crate() {
    let tree = tree();
    assert_clean(check_architecture(tree.text("docs/architecture.md"), &tree.crates));
}

// threat 34
#[test]
fn whoever_sends_a_change_gets_no_rights_from_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for entry in std::fs::read_dir(root.join(".github/workflows")).expect("workflows") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a workflow");
        let name = path.display();
        assert!(text.contains("\npermissions:\n  contents: read\n"), "{name}: reads the source and no more");
        for word in ["secrets.", "pull_request_target", "workflow_run", ": write", "issue_comment", "issues:"]
        {
            assert!(!text.contains(word), "{name} holds `{word}`");
        }
    }
}
