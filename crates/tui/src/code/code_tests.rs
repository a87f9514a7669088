//! Lines of many languages, and lines that mean nothing.

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::table::LANGUAGES;
use super::{Highlighter, Run};
use crate::look::CodeLook::{self, *};

fn read(language: &str, code: &str) -> Vec<Vec<(CodeLook, String)>> {
    let mut highlighter = Highlighter::of_name(language).unwrap();
    let lines = code.split('\n').map(|line| {
        let runs = highlighter.line(line).into_iter();
        runs.filter(|run| !line[run.bytes.clone()].trim().is_empty())
            .map(|run| (run.look, line[run.bytes].to_owned()))
            .collect()
    });
    lines.collect()
}

fn looks(language: &str, code: &str, wanted: CodeLook) -> Vec<String> {
    let all = read(language, code).into_iter().flatten();
    all.filter(|(look, _)| *look == wanted).map(|(_, text)| text.trim().to_owned()).collect()
}

#[test]
fn rust_is_read() {
    let code =
        "#[derive(Debug)]\nfn main<'a>() -> Vec<u8> { // go\n    println!(\"a\\\"b\", 'x', 0x1f_u8, MAX);\n}";
    assert_eq!(looks("rust", code, Attribute), ["#[derive(Debug)]", "'a"]);
    assert_eq!(looks("rust", code, Keyword), ["fn"]);
    assert_eq!(looks("rust", code, Function), ["main", "println!"]);
    assert_eq!(looks("rust", code, Type), ["Vec", "u8"]);
    assert_eq!(looks("rust", code, Text), ["\"a\\\"b\"", "'x'"]);
    assert_eq!(looks("rust", code, Number), ["0x1f_u8"]);
    assert_eq!(looks("rust", code, Constant), ["MAX"]);
    assert_eq!(looks("rust", code, Comment), ["// go"]);
}

#[test]
fn what_goes_on_in_the_next_line_is_kept() {
    assert_eq!(looks("rs", "let a = r#\"x\n\"y\n\"#; let b", Text), ["r#\"x", "\"y", "\"#"]);
    assert_eq!(looks("c", "/* a\nint b\n*/ int c;", Comment), ["/* a", "int b", "*/"]);
    assert_eq!(looks("python", "x = \"\"\"a\nif b\n\"\"\"", Text), ["\"\"\"a", "if b", "\"\"\""]);
    assert_eq!(looks("js", "x = `a\nif b`; if", Keyword), ["if"]);
    assert_eq!(looks("sh", "cat <<EOF\nif x\nEOF\nls", Text), ["if x"]);
    assert_eq!(looks("html", "<a\n href='x'\n>t", Key), ["href"]);
    // A string that its line should have ended does not swallow the file.
    assert_eq!(looks("c", "char *s = \"abc\nint x;", Type), ["char", "int"]);
}

#[test]
fn commands_show_what_runs() {
    let code = "FOO=1 git commit -m \"for $USER\" | wc -l && cd \"$HOME\" # done";
    assert_eq!(looks("bash", code, Function), ["git", "wc", "cd"]);
    assert_eq!(looks("bash", code, Attribute), ["-m", "-l"]);
    assert_eq!(looks("bash", code, Variable), ["FOO", "$USER", "$HOME"]);
    assert_eq!(looks("bash", code, Comment), ["# done"]);
    assert_eq!(looks("sh", "for f in *.rs; do echo \"$f\"; done", Keyword), ["for", "in", "do", "done"]);
}

#[test]
fn data_has_names_and_values() {
    assert_eq!(looks("json", "{\"a\": \"b\", \"c\" : 1, \"d\":true}", Key), ["\"a\"", "\"c\"", "\"d\""]);
    assert_eq!(looks("yaml", "- my key: v # c\n  url: http://x:1\n", Key), ["my key", "url"]);
    assert_eq!(looks("toml", "[a.b]\nc-d = \"x = y\" # e", Key), ["c-d"]);
    assert_eq!(looks("toml", "[a.b]\nc-d = \"x = y\" # e", Type), ["[a.b]"]);
    assert_eq!(looks("css", "a { margin-top: 2px; }", Key), ["margin-top"]);
    assert_eq!(looks("sql", "SELECT a FROM b -- c", Keyword), ["SELECT", "FROM"]);
    assert_eq!(looks("diff", "@@ -1 +1 @@\n-a\n+b", Added), ["+b"]);
}

#[test]
fn files_are_known_by_their_names() {
    for (path, known) in [
        ("src/main.rs", true),
        ("Dockerfile", true),
        ("a/Makefile", true),
        ("x.TSX", true),
        ("notes.txt", false),
        ("rs", true),
        ("", false),
    ] {
        assert_eq!(Highlighter::of_path(path).is_some(), known, "{path}");
    }
    assert!(Highlighter::of_name("").is_none() && Highlighter::of_name("nonsense").is_none());
}

#[test]
fn no_name_stands_for_two_languages() {
    let mut names: Vec<&str> = LANGUAGES.iter().flat_map(|language| language.names.split(' ')).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn a_line_costs_its_length() {
    let hostile = ["\"\\".repeat(2_000), "$((".repeat(1_300), "<!--<".repeat(800), "r#".repeat(2_000)];
    for line in &hostile {
        for language in LANGUAGES {
            let name = language.names.split(' ').next().unwrap();
            let mut highlighter = Highlighter::of_name(name).unwrap();
            assert!(covers(line, &highlighter.line(line)), "{name}");
        }
    }
    let mut highlighter = Highlighter::of_name("rust").unwrap();
    let long = "x".repeat(100_000);
    assert_eq!(highlighter.line(&long), [Run { look: Plain, bytes: 0..100_000 }]);
}

fn covers(line: &str, runs: &[Run]) -> bool {
    let mut at = 0;
    for run in runs {
        if run.bytes.start != at || run.bytes.is_empty() || line.get(run.bytes.clone()).is_none() {
            return false;
        }
        at = run.bytes.end;
    }
    at == line.len()
}

proptest! {
    #[test]
    fn every_byte_is_in_one_run(
        lines in proptest::collection::vec("(\\PC|[\"'`#/*<>${}=:\\\\ rb-]){0,40}", 1..6),
        place in 0..LANGUAGES.len(),
    ) {
        let name = LANGUAGES[place].names.split(' ').next().unwrap();
        let mut highlighter = Highlighter::of_name(name).unwrap();
        for line in &lines {
            let runs = highlighter.line(line);
            prop_assert!(covers(line, &runs), "{name}: {line:?} {runs:?}");
        }
    }
}
