//! Random scripts in which a removal by force is buried: where bash or dash start `rm` with force, the reader must have
//! called the script dangerous. Values of variables are left out: nothing here reads those.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use codex_shell_syntax::{Dialect, is_dangerous, read_effects, read_script};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// The `rm` of the tests writes down that it was started by force.
const RM: &str = r#"#!/bin/sh
for word; do
  case $word in
    --) exit 0 ;;
    --f*|-*f*) case $word in --*) case --force in "$word"*) : >"$LOG/forced" ;; esac ;; *) : >"$LOG/forced" ;; esac ;;
  esac
done
"#;

/// Scripts that take longer are ended and not judged.
const RUN_SECONDS: &str = "5";

/// Ways to say it. `BIN` is the folder of the tests' programs.
const LEAVES: [&str; 26] = [
    "rm -rf leaf",
    "rm -r -f leaf",
    "rm leaf --force",
    "rm --forc leaf",
    "'rm' -f leaf",
    "\"rm\" \"-f\" leaf",
    "r\\m -f leaf",
    "r''m -rf leaf",
    "r\"\"m -rf leaf",
    "$'rm' -f leaf",
    "$'\\x72m' -f leaf",
    "$'\\162\\155' $'-\\x66' leaf",
    "$\"rm\" -f leaf",
    "r\\\nm -f leaf",
    "rm \\\n -f leaf",
    "BIN/rm -f leaf",
    "{rm,-f,leaf}",
    "rm {-r,-f} leaf",
    "rm -{r,f} leaf",
    "command rm -f leaf",
    "env A=1 rm -f leaf",
    "exec rm -f leaf",
    "A=1 rm -f leaf",
    ">/dev/null rm -f leaf",
    "builtin command rm -f leaf",
    "rm -r leaf",
];

/// Ways to wrap it; `@` is where it goes.
const WRAPS: [&str; 58] = [
    "@ ; true",
    "true && @",
    "false || @",
    "@ | cat",
    "cat </dev/null |& @",
    "@ & wait",
    "( @ )",
    "{ @ ; }",
    "((1)) && @",
    "if true; then @ ; fi",
    "if @ ; then :; else :; fi",
    "if false; then :; elif @ ; then :; fi",
    "for i in 1; do @ ; done",
    "case a in a) @ ;; esac",
    "case a in (b|a) @ ;& esac",
    "case $( @ ) in *) : ;; esac",
    "f() { @ ; }; f",
    "f() ( @ ); f",
    "function f { @ ; }; f",
    "f () if true; then @ ; fi; f",
    "echo $( @ )",
    "echo \"$( @ )\"",
    "echo \"a${x:-$( @ )}b\"",
    "echo ${x:-$( @ )}",
    "echo ${x/$( @ )/b}",
    "echo $(( 1 + $( @ ) 1 ))",
    "echo `@`",
    "echo \"`@`\"",
    "cat <( @ )",
    "true > >( @ ; ) ; wait",
    "cat <<E\n$( @ )\nE\n",
    "cat <<-E\n\t$( @ )\n\tE\n",
    "cat <<\"E\"\n@\nE\n",
    "cat <<'E'\n$( @ )\nE\n",
    "cat <<E; true\n`@`\nE\ntrue",
    "bash <<'E'\n@\nE\n",
    "cat <<< \"$( @ )\"",
    "[[ -z $( @ ) ]]",
    "[ -z \"$( @ )\" ]",
    "x=$( @ )",
    "a=(1 $( @ ))",
    "x[$( @ ) 0]=1",
    "! @",
    "time @",
    "time -p @",
    "coproc @ ; wait",
    "coproc n { @ ; } ; wait",
    "eval '@'",
    "eval @",
    "bash -c '@'",
    "sh -c \"@\"",
    "env bash -c '@'",
    "trap '@' EXIT",
    "shopt -s extglob\necho @(a|$( @ ))",
    "# a comment\n@",
    "true # '\n@",
    "true \\\n&& @",
    "@ >/dev/null 2>&1",
];

/// Wraps that are endless when they are damaged, and so never are.
const LOOPS: [&str; 4] = [
    "while true; do @ ; break; done",
    "until false; do @ ; break; done",
    "for ((i=0;i<1;i++)); do @ ; done",
    "for ((i=0;i<1;i++)) { @ ; }",
];

/// Pieces put in at random places.
const PIECES: [&str; 46] = [
    "'", "\"", "\\", "`", "$", "$(", ")", "(", "{", "}", "[", "]", "<", ">", "<<", "<<<", "<<E\n", "\nE\n",
    "|", "&", ";", ";;", "\n", "\r\n", "\r", "\t", " ", "#", "!", "*", "?", "~", "=", "$'", "$\"", "[[",
    "]]", "((", "))", "done", "esac", "fi", "é", "\u{a0}", "\u{3000}", "\u{1}",
];

fn scripts() -> impl Strategy<Value = String> {
    let wraps = prop::collection::vec(prop::sample::select(WRAPS.to_vec()), 0..5);
    let noise = prop::collection::vec(
        (any::<prop::sample::Index>(), prop::sample::select(PIECES.to_vec()), any::<bool>()),
        0..4,
    );
    (prop::sample::select(LEAVES.to_vec()), wraps, noise).prop_map(|(leaf, wraps, noise)| {
        let mut script = leaf.to_owned();
        for (level, wrap) in wraps.into_iter().enumerate() {
            // Names of their own: a function that is damaged must not call the one around it.
            let wrap = with_own_names(wrap, level);
            // The last mark: the first one may be the sign of an extended pattern.
            let (before, after) = match wrap.rfind("@ ").or_else(|| wrap.rfind('@')) {
                Some(at) => (&wrap[..at], &wrap[at + 1..]),
                None => (wrap.as_str(), ""),
            };
            script = format!("{before}{script}{after}");
        }
        for (place, piece, removes) in noise {
            let places: Vec<usize> = script.char_indices().map(|(at, _)| at).collect();
            let at = places[place.index(places.len())];
            if removes {
                script.remove(at);
            } else {
                script.insert_str(at, piece);
            }
            if script.is_empty() {
                script.push(' ');
            }
        }
        script
    })
}

fn with_own_names(wrap: &str, level: usize) -> String {
    let is_function = wrap.starts_with("f(") || wrap.starts_with("f (") || wrap.starts_with("function f");
    if !is_function {
        return wrap.to_owned();
    }
    let name = format!("g{level}");
    let renamed = wrap.replacen('f', &name, 1 + usize::from(wrap.starts_with("function")));
    let renamed =
        if wrap.starts_with("function") { wrap.replacen(" f ", &format!(" {name} "), 1) } else { renamed };
    match renamed.strip_suffix("; f") {
        Some(before) => format!("{before}; {name}"),
        None => renamed,
    }
}

/// What holds a script whatever it does: processes of its own, which all end with it and after [`RUN_SECONDS`].
/// `None` where the system has no such thing.
fn containment() -> Option<Vec<&'static str>> {
    let own = ["timeout", "-s", "KILL", RUN_SECONDS, "unshare", "--pid", "--fork", "--kill-child"];
    let own_user = [own.as_slice(), &["--user", "--map-root-user"]].concat();
    let works = |words: &[&str]| {
        let run = Command::new(words[0]).args(&words[1..]).arg("true").stderr(Stdio::null()).status();
        run.is_ok_and(|status| status.success())
    };
    [own.to_vec(), own_user].into_iter().find(|words| works(words))
}

/// Whether the shell started `rm` by force; `None` when it did not end.
fn forced(held: &[&str], shell: &Path, script: &str, bin: &Path) -> Option<bool> {
    let log = tempfile::tempdir().expect("a folder");
    let program = |name: &str| {
        ["/usr/bin", "/bin"].iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists())
    };
    // By path: scripts have nothing but the tests' programs on theirs.
    let words = held.iter().map(|word| program(word).unwrap_or_else(|| PathBuf::from(word)));
    let words: Vec<PathBuf> = words.chain([shell.to_path_buf(), "-c".into(), script.into()]).collect();
    let status = Command::new(&words[0])
        .args(&words[1..])
        .env_clear()
        .env("PATH", bin)
        .env("LOG", log.path())
        .env("FUNCNEST", "20")
        .current_dir(log.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the shell starts");
    let ended = status.code().is_some_and(|code| code != 137 && code != 124);
    ended.then(|| log.path().join("forced").exists())
}

/// The same scripts every time, unless rounds are asked for.
fn runner(config: Config) -> TestRunner {
    match std::env::var_os("FUZZ_ROUNDS") {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    }
}

/// A folder with the programs that scripts may start, and no other.
fn programs() -> tempfile::TempDir {
    let bin = tempfile::tempdir().expect("a folder");
    let rm = bin.path().join("rm");
    fs::write(&rm, RM).expect("a program");
    fs::set_permissions(&rm, fs::Permissions::from_mode(0o755)).expect("permissions");
    for (name, target) in
        [("sh", "/bin/sh"), ("bash", "/bin/bash"), ("cat", "/bin/cat"), ("env", "/usr/bin/env")]
    {
        symlink(target, bin.path().join(name)).expect("a link");
    }
    bin
}

fn shells() -> Vec<PathBuf> {
    ["/bin/bash", "/bin/dash"].into_iter().map(PathBuf::from).filter(|shell| shell.exists()).collect()
}

fn missed(held: &[&str], script: &str, shells: &[PathBuf], bin: &Path) -> Option<PathBuf> {
    if is_dangerous(Dialect::Posix, script) {
        return None;
    }
    shells.iter().find(|shell| forced(held, shell, script, bin) == Some(true)).cloned()
}

// threat 14
#[test]
fn a_removal_that_a_shell_starts_is_seen() {
    let Some(held) = containment() else {
        println!("skipped: no `unshare --pid` that would hold the scripts");
        return;
    };
    let bin = programs();
    let shells = shells();
    assert!(!shells.is_empty(), "no shell to compare with");
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(400);
    let config =
        Config { failure_persistence: None, cases: rounds, max_shrink_iters: 2_000, ..Config::default() };
    let outcome = runner(config).run(&scripts(), |script| {
        let script = script.replace("BIN", &bin.path().display().to_string());
        // Whatever it is, it is read to its end.
        let _ = (read_script(Dialect::Posix, &script), read_effects(&script));
        match missed(&held, &script, &shells, bin.path()) {
            Some(shell) => Err(TestCaseError::fail(format!("{} removes: {script:?}", shell.display()))),
            None => Ok(()),
        }
    });
    outcome.expect("the reader sees what shells start");
}

#[test]
fn every_spelling_and_every_construct_is_seen() {
    let Some(held) = containment() else {
        println!("skipped: no `unshare --pid` that would hold the scripts");
        return;
    };
    let bin = programs();
    let shells = shells();
    let mut started = 0;
    let mut missed = Vec::new();
    let every = if std::env::var_os("FUZZ_ROUNDS").is_some() { 1 } else { 5 };
    for (number, leaf) in LEAVES.iter().enumerate() {
        for (_, wrap) in WRAPS.iter().chain(&LOOPS).enumerate().filter(|(at, _)| (at + number) % every == 0) {
            let at = wrap.rfind("@ ").or_else(|| wrap.rfind('@')).unwrap_or_default();
            let script = format!("{}{leaf}{}", &wrap[..at], &wrap[at + 1..]);
            let script = script.replace("BIN", &bin.path().display().to_string());
            let ran = forced(&held, &shells[0], &script, bin.path()) == Some(true);
            started += usize::from(ran);
            if ran && !is_dangerous(Dialect::Posix, &script) {
                missed.push(script);
            }
        }
    }
    assert!(missed.is_empty(), "{} removals are not seen:\n{}", missed.len(), missed.join("\n--\n"));
    // The test shows something only as long as the scripts do what they are meant to.
    assert!(started > 1_000 / every, "{started} scripts removed something");
}
