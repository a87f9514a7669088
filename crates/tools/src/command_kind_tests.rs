//! Commands of known and of unknown form.

use pretty_assertions::assert_eq;

use super::*;

#[track_caller]
fn reads(script: &str, path: &str, name: &str) {
    let expected =
        ParsedCommand::Read { cmd: script.to_owned(), name: name.to_owned(), path: path.to_owned() };
    assert_eq!(classify(script), [expected]);
}

#[track_caller]
fn lists(script: &str, path: Option<&str>) {
    let expected = ParsedCommand::ListFiles { cmd: script.to_owned(), path: path.map(str::to_owned) };
    assert_eq!(classify(script), [expected]);
}

#[track_caller]
fn searches(script: &str, query: &str, path: Option<&str>) {
    let expected = ParsedCommand::Search {
        cmd: script.to_owned(),
        query: Some(query.to_owned()),
        path: path.map(str::to_owned),
    };
    assert_eq!(classify(script), [expected]);
}

#[track_caller]
fn unknown(script: &str) {
    assert_eq!(classify(script), [ParsedCommand::Unknown { cmd: script.to_owned() }]);
}

#[test]
fn readers() {
    reads("cat src/main.rs", "src/main.rs", "main.rs");
    reads("cat -n 'a b.txt'", "a b.txt", "a b.txt");
    reads("head -n 5 f", "f", "f");
    reads("head -20 f", "f", "f");
    reads("tail -c100 ./x/f", "./x/f", "f");
    reads("sed -n '1,20p' f", "f", "f");
    reads("sed -n 7p f", "f", "f");
    reads("cat -- -f", "-f", "-f");
    unknown("cat");
    unknown("cat -");
    unknown("cat a b");
    unknown("cat dir/");
    unknown("sed -i s/a/b/ f");
    unknown("sed -n '1,20w out' f");
    unknown("tail -f log");
}

#[test]
fn listers() {
    lists("ls", None);
    lists("ls -la", None);
    lists("ls -la src", Some("src"));
    lists("find . -type f -maxdepth 2", Some("."));
    lists("rg --files src", Some("src"));
    unknown("ls a b");
    unknown("ls --color=auto");
    unknown("find . -delete");
    unknown("find . -exec rm {} +");
}

#[test]
fn searchers() {
    searches("rg -n 'fn main' crates", "fn main", Some("crates"));
    searches("rg -g '*.rs' --hidden todo", "todo", None);
    searches("grep -rn --include=*.rs needle src", "needle", Some("src"));
    searches("find src -name '*.rs' -print", "*.rs", Some("src"));
    searches(r#"grep "say \"hi\"" f"#, "say \"hi\"", Some("f"));
    unknown("rg --pre sh needle");
    unknown("rg needle a b");
    unknown("grep -f patterns f");
    unknown("find . -name");
}

#[test]
fn anything_but_one_plain_command_is_unknown() {
    for script in [
        "",
        "echo boo >&2; exit 3",
        "cat a | head",
        "cat $(echo f)",
        "cat \"$HOME/f\"",
        "cat `f`",
        "ls && rm x",
        "ls\nrm x",
        "cat 'unclosed",
        "cat f #",
        "ls {a,b}",
        "X=1 cat f",
        "/bin/cat f",
    ] {
        unknown(script);
    }
}
