//! Random scripts: where the reader says "plain", bash and dash must start exactly these argument vectors.
//! Names the shell looks up (`*`, `~`) stand for themselves to the reader and are left out here.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use codex_shell_syntax::{Dialect, read_script};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Each program writes its arguments to a file of its own number, so that parts of a pipeline cannot mix.
const PROGRAM: &str = r#"#!/bin/sh
exec >"$LOG/$$"
printf '%s\0' "${0##*/}" "$@"
"#;

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec!["xx", "yy", "zz", "-f", "a", "b"]).prop_map(str::to_owned),
        4 => Just(" ".to_owned()),
        3 => prop::sample::select(vec![" && ", " ; ", " | ", "\n", ";", "&&", "|"]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["'", "\"", "\\", "''", "\\ ", "\"a b\"", "'a  b'", "\\\"", "\\\\"])
            .prop_map(str::to_owned),
        1 => prop::sample::select(vec!["#", "$", "`", "!", "=", "&", ">", "(", ")", "{", "}", "%", "^", "é",
            "\t", "\r", "\\\n", "$x", "\u{a0}", "\u{3000}"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..14).prop_map(|pieces| format!("xx {}", pieces.concat()))
}

/// What a shell started, sorted; parts of a pipeline start in any order.
fn started(shell: &str, script: &str, bin: &Path) -> io::Result<Vec<Vec<String>>> {
    let log = tempfile::tempdir()?;
    Command::new(shell)
        .args(["-c", script])
        .env_clear()
        .env("PATH", bin)
        .env("LOG", log.path())
        .current_dir(log.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let mut found = Vec::new();
    for entry in fs::read_dir(log.path())? {
        let bytes = fs::read(entry?.path())?;
        let words = bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
        let mut words: Vec<String> = words.collect();
        words.pop();
        found.push(words);
    }
    found.sort();
    Ok(found)
}

// threat 14
#[test]
fn what_is_plain_is_what_shells_run() {
    let bin = tempfile::tempdir().expect("a folder");
    for name in ["xx", "yy", "zz", "a", "b", "aa", "ab"] {
        let path = bin.path().join(name);
        fs::write(&path, PROGRAM).expect("a program");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    let known = |program: &str| bin.path().join(program).is_file();
    let shells: Vec<&str> =
        ["/bin/bash", "/bin/dash"].into_iter().filter(|shell| Path::new(shell).exists()).collect();
    assert!(!shells.is_empty(), "no shell to compare with");
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(400);
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, cases: rounds, ..Config::default() });
    let outcome = runner.run(&pieces(), |script| {
        let Some(mut plain) = read_script(Dialect::Posix, &script).plain() else { return Ok(()) };
        // A program that is not there changes what follows it; every known one ends well.
        if script.contains("||") || !plain.iter().all(|words| known(&words[0])) {
            return Ok(());
        }
        plain.sort();
        for shell in &shells {
            assert_eq!(
                started(shell, &script, bin.path()).expect("the shell runs"),
                plain,
                "{shell} on {script:?}"
            );
        }
        Ok(())
    });
    outcome.expect("the reader and the shells agree");
}
