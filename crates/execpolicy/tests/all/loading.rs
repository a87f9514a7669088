//! Files: order, limits, and errors with their place.

use codex_execpolicy::{Decision, HostExecutables, LoadError, load_folder};
use pretty_assertions::assert_eq;

use crate::{argv, rules};

#[test]
fn wrong_rules_name_their_place() {
    let cases = [
        ("prefix_rule(pattern=[])", 1, "`pattern` must not be empty"),
        ("prefix_rule(pattern=[\"a\", []])", 1, "`pattern` holds an empty list of alternatives"),
        ("prefix_rule(pattern=\"ls\")", 1, "`pattern` must be a list of words or lists of words"),
        ("prefix_rule()", 1, "`pattern` must be a list of words or lists of words"),
        (
            "\nprefix_rule(pattern=[\"a\"], decision=\"maybe\")",
            2,
            "`decision` must be one of allow, prompt, forbidden, not \"maybe\"",
        ),
        (
            "prefix_rule(pattern=[\"a\"], reason=\"x\")",
            1,
            "prefix_rule has no argument `reason`; it takes pattern, decision, justification, match, not_match",
        ),
        ("prefix_rule(pattern=[\"a\"], justification=\" \")", 1, "`justification` must not be empty"),
        (
            "prefix_rule(pattern=[\"a\"], match=[\"b\"])",
            1,
            "`match` example [\"b\"] does not match the pattern",
        ),
        (
            "prefix_rule(pattern=[\"a\"], not_match=[[\"a\", \"c\"]])",
            1,
            "`not_match` example [\"a\", \"c\"] matches the pattern",
        ),
        (
            "network_rule(host=\"*.a.com\", protocol=\"https\", decision=\"allow\")",
            1,
            "`*.a.com` is no host name: its parts may hold only letters, digits, `-` and `_`",
        ),
        (
            "network_rule(host=\"a.com\", protocol=\"ftp\", decision=\"allow\")",
            1,
            "protocol must be http, https, socks5_tcp or socks5_udp",
        ),
        (
            "host_executable(name=\"git\", paths=[\"bin/git\"])",
            1,
            "`bin/git` must be an absolute path that ends in git",
        ),
        ("unknown_rule()", 1, "`unknown_rule` is not known here"),
        ("fail(\"no\")", 1, "fail: no"),
    ];
    for (text, at_line, expected) in cases {
        match rules(text) {
            Err(LoadError::Wrong { line, message, .. }) => {
                assert_eq!((line, message.as_str()), (at_line, expected))
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    let shown = rules("x = 1\nprefix_rule(pattern=[])").expect_err("an empty pattern").to_string();
    assert_eq!(shown, "test.rules:2:1: `pattern` must not be empty");
    assert!(matches!(rules("prefix_rule(\n"), Err(LoadError::Wrong { .. })));
    assert!(matches!(rules("load(\"a\", \"b\")"), Err(LoadError::Wrong { .. })));
}

#[test]
fn folders_are_read_in_the_order_of_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("b.rules", "prefix_rule(pattern=[\"b\"], decision=\"prompt\")");
    write("a.rules", "prefix_rule(pattern=[\"a\"])");
    write("notes.txt", "not a rule");
    let policy = load_folder(folder.path()).expect("rules");
    assert_eq!(policy.prefix_rules().len(), 2);
    assert_eq!(policy.decide(&argv("b x"), HostExecutables::Literal), Some(Decision::Prompt));
    assert!(policy.prefix_rules()[0].place.ends_with("a.rules:1"));

    assert!(load_folder(&folder.path().join("absent")).expect("no folder, no rules").is_empty());
    write("c.rules", "prefix_rule(");
    assert!(load_folder(folder.path()).is_err());
}

// threat 15
#[test]
fn hostile_files_end_with_an_error() {
    let deep = format!("x = {}1{}", "[".repeat(50_000), "]".repeat(50_000));
    let hostile = [
        "def f():\n    return f()\nf()".to_owned(),
        "x = [1]\nfor i in range(90000):\n    for j in range(90000):\n        x = x".to_owned(),
        "x = \"a\"\nfor i in range(60):\n    x = x + x".to_owned(),
        "x = [1]\nfor i in range(60):\n    x += x".to_owned(),
        "x = \"ab\" * 1000000000".to_owned(),
        "x = []\nx.append(x)\nfail(x)".to_owned(),
        "x = []\nx.append(x)\ny = []\ny.append(y)\nx == y or fail(\"differ\")".to_owned(),
        "x = list(range(90000))\nfor i in range(90000):\n    i in x".to_owned(),
        "x = [1]\nfor i in range(60):\n    x.extend(x)".to_owned(),
        deep,
        format!("x = {}1", "not ".repeat(16_000)),
        format!("x = {}1", "-".repeat(60_000)),
        format!("x = {}1", "1 if 0 else ".repeat(5_000)),
        format!("x = 1{}", "+1".repeat(30_000)),
        format!("x = len{}", "()".repeat(30_000)),
        "\u{0}".to_owned(),
    ];
    for text in hostile {
        assert!(rules(&text).is_err(), "{} passes", &text[..text.len().min(60)]);
    }
}

#[test]
fn a_file_that_is_too_long_or_no_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.rules");
    std::fs::write(&file, "#".repeat(300_000)).expect("a file");
    assert!(matches!(load_folder(folder.path()), Err(LoadError::TooLong { .. })));
    std::fs::remove_file(&file).expect("removed");
    std::fs::create_dir(&file).expect("a folder of that name");
    assert!(matches!(load_folder(folder.path()), Err(LoadError::Unreadable { .. })));
}
