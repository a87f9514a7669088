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
    for command in ["git", "rm", "bash", "python3", "/usr/bin/python3", "sudo"] {
        assert!(is_too_broad(&argv(command)), "{command}");
    }
    for command in ["touch", "npm", "cargo", "git fetch", "python3 setup.py"] {
        assert!(!is_too_broad(&argv(command)), "{command}");
    }
    assert!(is_too_broad(&[]));
}
