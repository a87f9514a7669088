//! Rules about one source file: header, sizes, forbidden words, crate roots, and where programs are started and
//! files written. Every function is pure over the file's path and text.

use crate::{Finding, code_only, without_tests};

const LINES_MAX: usize = 800;
const USE_LINES_MAX: usize = 25;

/// Code that must not stand anywhere, with the way out.
const FORBIDDEN: [(&str, &str); 8] = [
    ("#[allow(", "say `#[expect(.., reason = \"..\")]` instead of allow"),
    ("#![allow(", "say `#![expect(.., reason = \"..\")]` instead of allow"),
    ("#[ignore", "a test that does not run proves nothing: make it run or delete it"),
    ("todo!(", "finish it or leave it out"),
    ("unimplemented!(", "finish it or return a typed error"),
    ("dbg!(", "debugging leftovers stay out"),
    ("pub use codex_", "callers import from the owner: no re-exports between crates"),
    ("pub use ::codex_", "callers import from the owner: no re-exports between crates"),
];

/// A call that only some crates may make outside tests.
struct Reserved {
    calls: &'static [&'static str],
    crates: &'static [&'static str],
    rule: &'static str,
}

const RESERVED: [Reserved; 2] = [
    Reserved {
        calls: &["Command::new("],
        crates: &["sandbox", "stdx", "test-support", "xtask"],
        rule: "programs are started by stdx (helpers) and sandbox (the model's commands), so that none is left behind",
    },
    Reserved {
        calls: &["fs::write(", "fs::rename(", "File::create(", "File::options(", "OpenOptions::new("],
        crates: &["checkpoint", "patch", "rollout", "sandbox", "sim", "stdx", "test-support", "xtask"],
        rule: "files are written through stdx (whole and atomic), or by rollout, patch and sim, which append or edit",
    },
];

/// Everything checked of a `.rs` file.
pub fn check_rust(file: &str, text: &str) -> Vec<Finding> {
    let code = code_only(text);
    let mut findings = header_and_size(file, text, &code);
    for (word, way_out) in FORBIDDEN {
        findings.extend(lines_with(&code, word).map(|line| Finding::at(file, line, way_out)));
    }
    if is_root(file) {
        findings.extend(check_root(file, &code));
    }
    if !is_test_file(file) {
        let product = without_tests(&code);
        let noun = file.trim_start_matches("crates/").split('/').next().unwrap_or_default();
        for reserved in RESERVED.iter().filter(|reserved| !reserved.crates.contains(&noun)) {
            for call in reserved.calls {
                findings
                    .extend(lines_with(&product, call).map(|line| Finding::at(file, line, reserved.rule)));
            }
        }
    }
    findings
}

/// Checked of every text file: it speaks of no particular machine.
pub fn check_any_text(file: &str, text: &str) -> Vec<Finding> {
    // Assembled here, so that this file passes its own rule.
    let roots = [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat(), ["/ho", "me/ubuntu/"].concat()];
    let mut findings = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if roots.iter().any(|root| starts_a_path(line, root)) {
            findings.push(Finding::at(
                file,
                at + 1,
                "names a folder of one machine: use a relative or made-up path",
            ));
        }
    }
    findings
}

fn header_and_size(file: &str, text: &str, code: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        let rule = "starts with a `//!` header: what it owns, its invariant, what it must not know";
        findings.push(Finding::at(file, 1, rule));
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        findings.push(Finding::on(file, format!("has {lines} lines, over {LINES_MAX}: split it by noun")));
    }
    let uses = code.lines().filter(|line| line.starts_with("use ")).count();
    if uses > USE_LINES_MAX {
        let rule = format!("has {uses} `use` lines, over {USE_LINES_MAX}: it knows too much, split it");
        findings.push(Finding::on(file, rule));
    }
    findings
}

fn lines_with<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let word_start = word.starts_with(|c: char| c.is_alphanumeric());
    code.lines().enumerate().filter_map(move |(at, line)| {
        let hit = line.match_indices(word).any(|(start, _)| {
            // `StdCommand::new(` and `my_todo!(` are other names; `process::Command::new(` is the same one.
            let before = line[..start].chars().next_back();
            !(word_start && before.is_some_and(|c| c.is_alphanumeric() || c == '_'))
        });
        hit.then_some(at + 1)
    })
}

fn starts_a_path(line: &str, root: &str) -> bool {
    line.match_indices(root).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.}>$)*".contains(c))
    })
}

fn is_test_file(file: &str) -> bool {
    file.contains("/tests/")
        || file.contains("/benches/")
        || file.ends_with("_tests.rs")
        || file.ends_with("/tests.rs")
}

fn is_root(file: &str) -> bool {
    file.ends_with("/src/lib.rs") || (file.ends_with("/mod.rs") && !file.contains("/tests/"))
}

/// A crate root or `mod.rs` declares modules and exports names one by one, and does nothing else.
fn check_root(file: &str, code: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut statement = String::new();
    let mut start = 0;
    for (at, line) in code.lines().enumerate() {
        let line = line.trim();
        if statement.is_empty() && (line.is_empty() || line.starts_with("#[") || line.starts_with("#![")) {
            continue;
        }
        if statement.is_empty() {
            start = at + 1;
        }
        statement.push_str(line);
        statement.push(' ');
        if !line.ends_with(';') && !line.ends_with('}') {
            continue;
        }
        findings.extend(check_root_statement(file, start, statement.trim()));
        statement.clear();
    }
    findings
}

fn check_root_statement(file: &str, line: usize, statement: &str) -> Option<Finding> {
    let (visible, rest) = match statement.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => (false, rest.split_once(')').map_or("", |(_, rest)| rest)),
        Some(rest) => (true, rest),
        None => (false, statement),
    };
    let rest = rest.trim_start();
    let rule = if rest.starts_with("mod ") && rest.ends_with(';') {
        if !visible || file.ends_with("/mod.rs") || rest == "mod limits;" {
            return None;
        }
        "modules (but `limits`, a table of constants) are private; names are exported one by one with `pub use`"
    } else if rest.starts_with("use ") && rest.ends_with(';') {
        if !rest.contains('*') {
            return None;
        }
        "exports are explicit: no glob"
    } else {
        "only declares modules and exports names: move the code into a module"
    };
    Some(Finding::at(file, line, rule))
}
