//! Rules that people add by answering.

use codex_execpolicy::{
    Decision, HostExecutables, HostName, NetworkProtocol, add_allow_rule, add_network_rule, is_too_broad,
    load_files,
};
use pretty_assertions::assert_eq;

use crate::argv;

// covers: safety S20
#[test]
fn an_accepted_amendment_is_one_line_and_counts_at_once() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("rules/default.rules");
    add_allow_rule(&file, &argv("touch")).expect("written");
    add_allow_rule(&file, &argv("touch")).expect("known");
    add_allow_rule(&file, &["a \"b\"\n\u{1}\\".to_owned(), "ü".to_owned()]).expect("written");
    let host = HostName::parse("a.com").expect("a host");
    add_network_rule(&file, &host, NetworkProtocol::Https, Decision::Forbidden).expect("written");
    let text = std::fs::read_to_string(&file).expect("the file");
    assert_eq!(
        text,
        "prefix_rule(pattern=[\"touch\"], decision=\"allow\")\n\
         prefix_rule(pattern=[\"a \\\"b\\\"\\n\\x01\\\\\", \"ü\"], decision=\"allow\")\n\
         network_rule(host=\"a.com\", protocol=\"https\", decision=\"deny\")\n",
    );
    let policy = load_files(&[file]).expect("what was written can be read");
    assert_eq!(policy.decide(&argv("touch x"), HostExecutables::Literal), Some(Decision::Allow));
    let odd = ["a \"b\"\n\u{1}\\".to_owned(), "ü".to_owned()];
    assert_eq!(policy.decide(&odd, HostExecutables::Literal), Some(Decision::Allow));
    assert_eq!(policy.decide_host(&host, NetworkProtocol::Https), Some(Decision::Forbidden));
}

#[test]
fn a_missing_line_end_is_mended() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("default.rules");
    std::fs::write(&file, "# mine").expect("a file");
    add_allow_rule(&file, &argv("npm test")).expect("written");
    let text = std::fs::read_to_string(&file).expect("the file");
    assert_eq!(text, "# mine\nprefix_rule(pattern=[\"npm\", \"test\"], decision=\"allow\")\n");
}

// covers: safety S21
#[test]
fn bare_interpreters_are_too_broad() {
    for command in [
        "git",
        "rm",
        "bash",
        "python3",
        "/usr/bin/python3",
        "sudo",
        "bash -c",
        "python3 -I -c",
        "git -c a=b",
        "rm -rf",
        "sudo -u root",
        "env A=b make",
        "xargs touch",
        "ssh host",
        "docker run",
        "A=b",
        "-x",
    ] {
        assert!(is_too_broad(&argv(command)), "{command}");
    }
    for command in ["touch", "npm", "cargo", "git fetch", "python3 setup.py"] {
        assert!(!is_too_broad(&argv(command)), "{command}");
    }
    assert!(is_too_broad(&[]));
}

#[test]
fn a_rule_that_would_fill_the_file_is_not_written() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("default.rules");
    add_allow_rule(&file, &argv("npm test")).expect("written");
    let before = std::fs::read_to_string(&file).expect("the file");
    let refused = add_allow_rule(&file, &["x".repeat(64 * 1024)]).expect_err("too long");
    assert!(refused.to_string().contains("longer than 65536 bytes"), "{refused}");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), before);
    load_files(&[file]).expect("it can still be read");
}

proptest::proptest! {
    // threat 30
    /// Whatever stands in an accepted prefix, the line allows what begins with exactly that and nothing else.
    #[test]
    fn a_line_never_allows_more_than_was_accepted(
        prefix in proptest::collection::vec("[a\\\\\"'#,)\\]\n\r\t\u{0}\u{1b}\u{85}\u{2028}\u{202e}\u{1f600}{}%]{1,5}", 1..4),
        other in proptest::collection::vec("[a\\\\\"'\n]{1,3}", 1..4),
    ) {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("default.rules");
        add_allow_rule(&file, &prefix).expect("written");
        let text = std::fs::read_to_string(&file).expect("the file");
        proptest::prop_assert_eq!(text.matches('\n').count(), 1, "{:?}", &text);
        let policy = load_files(&[file]).expect("what was written can be read");
        let decide = |argv: &[String]| policy.decide(argv, HostExecutables::Literal);
        proptest::prop_assert_eq!(decide(&prefix), Some(Decision::Allow));
        let longer = [prefix.clone(), argv("more")].concat();
        proptest::prop_assert_eq!(decide(&longer), Some(Decision::Allow));
        proptest::prop_assert_eq!(decide(&prefix[1..]).is_some(), prefix[1..].starts_with(&prefix));
        proptest::prop_assert_eq!(decide(&other).is_some(), other.starts_with(&prefix));
    }
}
