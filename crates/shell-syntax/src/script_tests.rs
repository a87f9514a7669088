//! What is plain and what is not.

use pretty_assertions::assert_eq;

use super::*;
use crate::Dialect;

fn plain(source: &str) -> Option<Vec<Vec<String>>> {
    read_script(Dialect::Posix, source).plain()
}

fn argvs(commands: &[&[&str]]) -> Option<Vec<Vec<String>>> {
    Some(commands.iter().map(|words| words.iter().map(|&word| word.to_owned()).collect()).collect())
}

#[test]
fn plain_words_are_read_as_the_shell_reads_them() {
    assert_eq!(plain("ls -l"), argvs(&[&["ls", "-l"]]));
    assert_eq!(plain("git fetch && cargo build"), argvs(&[&["git", "fetch"], &["cargo", "build"]]));
    assert_eq!(plain("a; b | c || d"), argvs(&[&["a"], &["b"], &["c"], &["d"]]));
    assert_eq!(plain("a 'b c' \"d e\""), argvs(&[&["a", "b c", "d e"]]));
    assert_eq!(plain("a b'c'\"d\"e"), argvs(&[&["a", "bcde"]]));
    assert_eq!(plain("a b\\ c \"\\\"\""), argvs(&[&["a", "b c", "\""]]));
    assert_eq!(plain("a 12"), argvs(&[&["a", "12"]]));
    assert_eq!(plain("a\nb"), argvs(&[&["a"], &["b"]]));
    assert_eq!(plain("a ''"), argvs(&[&["a", ""]]));
}

// threat 14
#[test]
fn anything_more_is_not_plain() {
    let compound = [
        "a > b",
        "a < b",
        "a >! b",
        "a 2>&1",
        "a & b",
        "a &",
        "a |& b",
        "(a)",
        "{ a; }",
        "a $(b)",
        "a `b`",
        "a $b",
        "a \"$b\"",
        "a ${b}",
        "a <(b)",
        "b=1 a",
        "b=1",
        "! a",
        "if a; then b; fi",
        "for i in a; do b; done",
        "a <<X\nb\nX",
        "a <<< b",
        "a # b",
        "f() { a; }",
        "a $'b'",
        "[[ a ]]",
        "time a",
        "a {b,c}",
        "a &&",
        "&& a",
        "a ;; b",
        "",
        "a \"!b\"",
        "~/a",
        "a*",
        "=ls",
    ];
    for source in compound {
        assert_eq!(plain(source), None, "{source:?}");
    }
}

#[test]
fn commands_are_found_wherever_they_stand() {
    let script = read_script(Dialect::Posix, "x=1 a b; if c; then d $(e f); fi; g() { h; }");
    let names: Vec<_> = script.commands.iter().filter_map(|command| command.words[0].literal()).collect();
    assert_eq!(names, ["a", "c", "d", "e", "h"]);
    assert_eq!(script.shape, Shape::Compound);
    assert_eq!(script.commands[2].words[1], Word::Dynamic("$(e f)".to_owned()));
}

// threat 15
#[test]
fn limits_fail_closed() {
    assert_eq!(read_script(Dialect::Posix, &"a;".repeat(200_000)).shape, Shape::TooLong);
    assert_eq!(read_script(Dialect::Posix, &"a;".repeat(10_000)).shape, Shape::TooLong);
    assert_eq!(plain(&"a;".repeat(10_000)), None);
    assert_eq!(read_script(Dialect::Posix, "echo 'unclosed").shape, Shape::Broken);
}

#[test]
fn deep_nesting_is_read_without_recursion() {
    let deep = format!("{}a{}", "(".repeat(20_000), ")".repeat(20_000));
    assert_ne!(read_script(Dialect::Posix, &deep).shape, Shape::Plain);
}
