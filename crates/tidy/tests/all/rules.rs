//! Each rule on a sample that breaks it and on one that does not.

use std::fs;

use codex_tidy::{
    Tree, check_any_text, check_architecture, check_manifest, check_rust, check_top_level, code_only,
    without_tests,
};
use pretty_assertions::assert_eq;

/// The lines on which a source file breaks a rule.
fn lines(file: &str, text: &str) -> Vec<usize> {
    check_rust(file, text).into_iter().map(|finding| finding.line).collect()
}

fn manifest(noun: &str, rest: &str) -> String {
    format!(
        "[package]\nname = \"codex-{noun}\"\ndescription = \"x\"\nautotests = false\n\
         [lints]\nworkspace = true\n{rest}"
    )
}

fn manifest_findings(noun: &str, rest: &str) -> Vec<String> {
    let file = format!("crates/{noun}/Cargo.toml");
    check_manifest(&file, &manifest(noun, rest)).into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn code_only_blanks_comments_and_literals_and_keeps_lines() {
    let text = "let a = \"todo!(\\\"\"; // dbg!(\n/* a /* b */\n c */ let b = r#\"x\"y\"#; let c: &'a str = f('\"', '\\'');";
    let code = code_only(text);
    assert_eq!(code.lines().count(), 3);
    assert_eq!(
        code.split_whitespace().collect::<Vec<_>>().join(" "),
        "let a = ; let b = ; let c: &'a str = f( , );"
    );
}

#[test]
fn inline_tests_are_not_product_code() {
    assert_eq!(without_tests("fn a() {}\n#[cfg(test)]\nmod tests {\n}\n"), "fn a() {}");
    let sibling = "fn a() {}\n#[cfg(test)]\nmod tests;\nfn b() {}";
    assert_eq!(without_tests(sibling), sibling);
}

#[test]
fn arrow_against_the_table_is_found() {
    assert_eq!(
        manifest_findings("exec", "[dependencies]\ncodex-core.workspace = true\n"),
        Vec::<String>::new()
    );
    assert_eq!(
        manifest_findings("protocol", "[dependencies]\ncodex-core.workspace = true\n"),
        ["`protocol` may not depend on `core` (dependencies): arrows never turn"]
    );
}

#[test]
fn arrow_under_another_name_or_platform_is_found() {
    let renamed =
        "[target.'cfg(unix)'.dependencies]\nx = { package = \"codex-tools\", path = \"../tools\" }\n";
    assert_eq!(
        manifest_findings("rollout", renamed),
        ["`rollout` may not depend on `tools` (dependencies): arrows never turn"]
    );
}

#[test]
fn test_help_is_for_tests_only() {
    let dev = "[dev-dependencies]\ncodex-test-support.workspace = true\ncodex-sim.workspace = true\n";
    assert_eq!(manifest_findings("rollout", dev), Vec::<String>::new());
    assert_eq!(
        manifest_findings("rollout", "[dependencies]\ncodex-test-support.workspace = true\n"),
        ["`rollout` may not depend on `test-support` (dependencies): arrows never turn"]
    );
}

#[test]
fn unknown_crate_and_missing_habits_are_found() {
    let rules: Vec<String> = check_manifest("crates/gizmo/Cargo.toml", "[package]\nname = \"gizmo\"\n")
        .into_iter()
        .map(|finding| finding.rule)
        .collect();
    assert_eq!(
        rules,
        [
            "package name must be `codex-gizmo`",
            "needs a `description`",
            "needs `autotests = false`: one integration binary per crate",
            "needs `[lints] workspace = true`",
            "`gizmo` has no row in the dependency table of crates/tidy",
        ]
    );
    assert_eq!(
        manifest_findings("stdx", "[[test]]\nname = \"more\"\n"),
        ["at most one `[[test]]`, named `all`"]
    );
    assert_eq!(check_manifest("crates/stdx/Cargo.toml", "[package").len(), 1);
}

#[test]
fn header_is_required() {
    assert_eq!(lines("crates/core/src/turn.rs", "use std::fs;\n"), [1]);
    assert_eq!(lines("crates/core/src/turn.rs", "//! Turns.\n"), Vec::<usize>::new());
}

#[test]
fn long_files_and_many_imports_are_found() {
    let long = format!("//! x\n{}", "fn a() {}\n".repeat(800));
    assert_eq!(lines("crates/core/src/turn.rs", &long), [0]);
    let many = format!("//! x\n{}", "use a::b;\n".repeat(26));
    assert_eq!(lines("crates/core/src/turn.rs", &many), [0]);
    let enough = format!("//! x\n{}", "use a::b;\n".repeat(25));
    assert_eq!(lines("crates/core/src/turn.rs", &enough), Vec::<usize>::new());
}

#[test]
fn forbidden_code_is_found_but_not_its_mention() {
    let bad = "//! x\n#[allow(dead_code)]\nfn a() { todo!() }\nfn b() { unimplemented!() }\nfn c() { dbg!(1); }\n\
               #[ignore = \"slow\"]\npub use codex_protocol::ThreadId;\n";
    let mut found = lines("crates/core/src/turn.rs", bad);
    found.sort_unstable();
    assert_eq!(found, [2, 3, 4, 5, 6, 7]);
    let mention = "//! x\n// todo!() and dbg!(\nconst A: &str = \"#[allow(\";\nfn a() { my_todo!() }\n";
    assert_eq!(lines("crates/core/src/turn.rs", mention), Vec::<usize>::new());
}

#[test]
fn crate_root_only_declares_and_exports() {
    let good =
        "//! x\n\nmod a;\npub mod limits;\n#[cfg(test)]\nmod tests;\n\npub use a::{\n    B,\n    C,\n};\n";
    assert_eq!(lines("crates/core/src/lib.rs", good), Vec::<usize>::new());
    let bad = "//! x\npub mod a;\npub use a::*;\npub fn b() {\n    c();\n}\n";
    assert_eq!(lines("crates/core/src/lib.rs", bad), [2, 3, 4, 6]);
    assert_eq!(lines("crates/core/src/turn/mod.rs", "//! x\npub(crate) mod a;\n"), Vec::<usize>::new());
}

#[test]
fn programs_and_files_belong_to_their_crates() {
    let text = "//! x\nfn a() { std::process::Command::new(\"ls\"); }\nfn b() { std::fs::write(p, c); }\n\
                #[cfg(test)]\nmod tests {\n    fn c() { std::process::Command::new(\"ls\"); }\n}\n";
    assert_eq!(lines("crates/core/src/turn.rs", text), [2, 3]);
    assert_eq!(lines("crates/stdx/src/child.rs", text), Vec::<usize>::new());
    assert_eq!(lines("crates/core/tests/all/run.rs", text), Vec::<usize>::new());
    assert_eq!(lines("crates/core/src/turn_tests.rs", text), Vec::<usize>::new());
}

#[test]
fn folders_of_one_machine_are_found() {
    let own = ["see /wo", "rk/main\n", "cd /ro", "ot/x\n"].concat();
    let found: Vec<usize> =
        check_any_text("docs/a.md", &own).into_iter().map(|finding| finding.line).collect();
    assert_eq!(found, [1, 2]);
    let fine = ["$HOME/wo", "rk/x and <dir>/ro", "ot/y\n"].concat();
    assert_eq!(check_any_text("docs/a.md", &fine), []);
}

#[test]
fn top_level_and_map_are_checked() {
    let entries = [
        ".ci",
        ".git",
        ".github",
        ".gitignore",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "clippy.toml",
        "crates",
        "deny.toml",
        "docs",
        "justfile",
        "rustfmt.toml",
        "scripts",
        "target",
    ]
    .map(str::to_owned);
    let found: Vec<String> = check_top_level(&entries).into_iter().map(|finding| finding.file).collect();
    assert_eq!(found, ["scripts", "README.md"]);

    let crates = ["exec", "tools", "core"].map(str::to_owned);
    let found = check_architecture(Some("`exec` and crates/tools/src, crates/core-extra"), &crates);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].rule.contains("`core`"), "{found:?}");
    assert_eq!(check_architecture(None, &crates).len(), 1);
}

#[test]
fn tree_reads_text_and_skips_build_output() {
    let dir = tempfile::tempdir().expect("temporary folder");
    for (path, text) in [
        ("Cargo.toml", "x"),
        ("crates/a/Cargo.toml", "y"),
        ("target/debug/a.rs", "z"),
        ("crates/b/notes.md", "w"),
    ] {
        let file = dir.path().join(path);
        fs::create_dir_all(file.parent().expect("has a parent")).expect("folder");
        fs::write(file, text).expect("file");
    }
    fs::write(dir.path().join("crates/a/data.bin"), [0xff, 0xfe]).expect("file");
    let tree = Tree::read(dir.path()).expect("readable");
    let expected = Tree {
        top_level: ["Cargo.toml", "crates", "target"].map(str::to_owned).to_vec(),
        crates: vec!["a".to_owned()],
        files: [("Cargo.toml", "x"), ("crates/a/Cargo.toml", "y"), ("crates/b/notes.md", "w")]
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .to_vec(),
    };
    assert_eq!(tree, expected);
}
