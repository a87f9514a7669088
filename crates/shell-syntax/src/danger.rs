//! Commands that are asked about in every mode: `rm` with force, in any spelling (`safety.md §6`).

use crate::wrapper::unwrapped;
use crate::{Shape, Word, inner_script, program_name, read_script};

/// Wrappers within wrappers that are looked through.
const DEPTH_MAX: usize = 8;

/// Whether a script removes by force anywhere. A script that cannot be read is dangerous when `rm` stands in it.
pub fn is_dangerous(source: &str) -> bool {
    in_script(source, 0)
}

fn in_script(source: &str, depth: usize) -> bool {
    // Nearly every script is cleared by this look at its bytes; escapes inside the name are taken out first.
    if !mentions_rm(source) {
        return false;
    }
    if depth == DEPTH_MAX {
        return true;
    }
    let script = read_script(source);
    match script.shape {
        Shape::Plain | Shape::Compound => {}
        Shape::Broken | Shape::TooLong => return true,
    }
    script.commands.iter().any(|command| {
        let words: Vec<&str> = command
            .words
            .iter()
            .map(|word| match word {
                Word::Literal(text) | Word::Dynamic(text) => text.as_str(),
            })
            .collect();
        in_words(&words, depth)
    })
}

fn in_words(words: &[&str], depth: usize) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    if program_name(program) == "rm" {
        return forces(arguments);
    }
    if let Some(script) = inner_script(words) {
        return in_script(script, depth + 1);
    }
    match unwrapped(words) {
        Some(inner) if depth < DEPTH_MAX => in_words(inner, depth + 1),
        Some(_) => true,
        None => false,
    }
}

fn forces(arguments: &[&str]) -> bool {
    let mut options = arguments.iter().take_while(|argument| **argument != "--");
    options.any(|argument| match argument.strip_prefix("--") {
        // Any unambiguous beginning of `--force` is taken.
        Some(long) => !long.is_empty() && "force".starts_with(long),
        None => {
            let letters = argument.strip_prefix('-').or_else(|| argument.strip_prefix("{-"));
            letters.is_some_and(|letters| letters.contains('f'))
        }
    })
}

fn mentions_rm(source: &str) -> bool {
    let mut last = '\0';
    for c in source.chars().filter(|c| !matches!(c, '\\' | '\'' | '"' | '\n')) {
        if last == 'r' && c == 'm' {
            return true;
        }
        last = c;
    }
    false
}

#[cfg(test)]
#[path = "danger_tests.rs"]
mod tests;
