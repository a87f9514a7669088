//! Commands that are asked about in every mode: `rm` with force, in any spelling (`safety.md §6`).

use crate::ansi_text::unescaped;
use crate::effects::alternatives_of;
use crate::lexer::RESERVED;
use crate::sketch::{possible_commands, substitutions};
use crate::wrapper::{reads_script, spoken_script, unwrapped};
use crate::{Dialect, Script, Shape, SimpleCommand, Word, inner_script, program_name, read_script};

/// Wrappers within wrappers that are looked through.
const DEPTH_MAX: usize = 8;

/// Whether a script removes by force anywhere. A script that cannot be read is dangerous when `rm` stands in it.
pub fn is_dangerous(dialect: Dialect, source: &str) -> bool {
    // fish knows escapes outside of quotes, and quotes may be escaped within quotes.
    let escapes = dialect == Dialect::Fish && source.contains('\\');
    in_script(dialect, source, 0)
        || escapes && in_script(dialect, &unescaped(source).replace(['\'', '"'], ""), 0)
}

fn in_script(dialect: Dialect, source: &str, depth: usize) -> bool {
    // Nearly every script is cleared by this look at its bytes.
    if !may_mention_rm(source) {
        return false;
    }
    if depth == DEPTH_MAX {
        return true;
    }
    in_text(dialect, source, depth)
        || as_shells_see_it(source).is_some_and(|joined| in_text(dialect, &joined, depth))
        || within_backquotes(source).is_some_and(|plainer| in_sketch(dialect, &plainer, depth))
        || without_variables(source).is_some_and(|without| in_sketch(dialect, &without, depth))
}

/// Lines that a backslash joins are one to the shell, and two to the grammar, which also takes other white space than blanks
/// for the end of a word.
fn as_shells_see_it(source: &str) -> Option<String> {
    let is_letter = |c: char| c.is_whitespace() && !matches!(c, ' ' | '\t' | '\n');
    if !source.contains("\\\n") && !source.contains(is_letter) {
        return None;
    }
    Some(source.replace("\\\n", "").replace(is_letter, ""))
}

/// The script with the escapes taken out that backquotes take out before anything else: `` `\\$x` ``.
fn within_backquotes(source: &str) -> Option<String> {
    let escapes = source.contains('`') && ["\\\\", "\\`", "\\$"].iter().any(|escape| source.contains(escape));
    escapes.then(|| source.replace("\\`", "`").replace("\\$", "$").replace("\\\\", "\\"))
}

/// The script when its variables are empty: `$x'rm' -f y`.
fn without_variables(source: &str) -> Option<String> {
    let mut parts = source.split('$');
    let mut without = parts.next()?.to_owned();
    for part in parts {
        let name = part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if name.len() == part.len() {
            without.push('$');
        }
        without.push_str(name);
    }
    (without != source).then_some(without)
}

fn in_text(dialect: Dialect, source: &str, depth: usize) -> bool {
    let script = read_script(dialect, source);
    match script.shape {
        Shape::Plain | Shape::Compound => {}
        Shape::Broken => {
            if mentions_rm(source) || mentions_rm(&unescaped(source)) {
                return true;
            }
        }
        Shape::TooLong => return true,
    }
    // A word of grammar where a program should be: the grammar lost its way without noticing. It does not know `coproc`.
    let is_lost = |command: &SimpleCommand| {
        let mut known = command.words.iter().filter_map(Word::literal);
        let first = command.words.first().and_then(Word::literal);
        first.is_some_and(|word| RESERVED.contains(&word)) || known.any(|word| word == "coproc")
    };
    if script.commands.iter().any(is_lost) && (mentions_rm(source) || mentions_rm(&unescaped(source))) {
        return true;
    }
    in_commands(dialect, &script, depth)
        || in_documents(dialect, &script, depth)
        || script.shape != Shape::Plain && in_sketch(dialect, source, depth)
}

/// What the grammar does not see as a command, and a shell may.
fn in_sketch(dialect: Dialect, source: &str, depth: usize) -> bool {
    possible_commands(source).iter().any(|words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        in_words(dialect, &words, depth)
    })
}

fn in_commands(dialect: Dialect, script: &Script, depth: usize) -> bool {
    script.commands.iter().any(|command| {
        let words: Vec<String> = command.words.iter().filter_map(spelled).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if in_words(dialect, &words, depth) {
            return true;
        }
        match alternatives_of(&words) {
            Some(more) => {
                let more: Vec<&str> = more.iter().map(String::as_str).collect();
                more != words && in_words(dialect, &more, depth)
            }
            None => words.iter().any(|word| may_mention_rm(word)),
        }
    })
}

/// The word, without its quotes when something in it is known only later: `sh -c "rm -rf $x"`.
fn spelled(word: &Word) -> Option<String> {
    match word {
        Word::Literal(text) => Some(text.clone()),
        // The sign of `$"..."`, which the grammar takes for a word.
        Word::Dynamic(text) if text == "$" => None,
        Word::Dynamic(text) => Some(match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(inner) => inner.replace("\\\"", "\""),
            None => text.clone(),
        }),
    }
}

/// What here-documents run, and what shells read from them.
fn in_documents(dialect: Dialect, script: &Script, depth: usize) -> bool {
    let is_read = script.commands.iter().any(|command| {
        let words: Vec<&str> = command.words.iter().filter_map(Word::literal).collect();
        reads_script(&words)
    });
    script.documents.iter().any(|document| {
        let text = &document.text;
        is_read && in_script(dialect, text, depth + 1)
            || document.expands
                && may_mention_rm(text)
                && substitutions(text)
                    .is_none_or(|inner| inner.iter().any(|script| in_script(dialect, script, depth + 1)))
    })
}

fn in_words(dialect: Dialect, words: &[&str], depth: usize) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    // zsh looks for the path of `=rm`.
    let name = program_name(program.strip_prefix('=').unwrap_or(program));
    let is_pattern = name.contains(['*', '?', '[', '@', '!']) && !matches!(name, "[" | "[[" | "!");
    if name == "rm" || is_pattern {
        return forces(arguments);
    }
    // A variable without a value is no word at all.
    if program.starts_with('$') && depth < DEPTH_MAX && in_words(dialect, arguments, depth + 1) {
        return true;
    }
    if let Some(script) = spoken_script(words) {
        return in_script(dialect, &script, depth + 1);
    }
    if let Some(script) = inner_script(words) {
        return in_script(Dialect::of_shell(program), script, depth + 1);
    }
    // A shell looks for a script of that name on `PATH` too.
    let is_shell = reads_script(&[program]);
    // What follows these has a grammar of its own, which is not known where they stand.
    if is_shell || matches!(name, "time" | "repeat" | "!" | "{" | "fish" | "rc") {
        return (1..words.len()).any(|at| in_words_or_script(dialect, &words[at..], depth));
    }
    match unwrapped(words) {
        Some(inner) if depth < DEPTH_MAX => in_words(dialect, inner, depth + 1),
        Some(_) => true,
        None => false,
    }
}

fn in_words_or_script(dialect: Dialect, words: &[&str], depth: usize) -> bool {
    let is_removal = words.first().is_some_and(|word| program_name(word) == "rm") && forces(&words[1..]);
    is_removal
        || words.first().is_some_and(|word| word.contains(' ') && in_script(dialect, word, depth + 1))
        || unwrapped(words).is_some_and(|inner| depth >= DEPTH_MAX || in_words(dialect, inner, depth + 1))
        || spoken_script(words).is_some_and(|script| in_script(dialect, &script, depth + 1))
        || inner_script(words).is_some_and(|script| in_script(dialect, script, depth + 1))
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

/// Whether the name may stand in it when escapes and braces have done their work.
fn may_mention_rm(source: &str) -> bool {
    mentions_rm(source)
        || source.contains('{') && source.contains(',')
        || source.contains('\\')
            && ["\\x", "\\u", "\\U", "\\0", "\\1", "\\X"].iter().any(|escape| source.contains(escape))
}

/// Whether the name stands in it, with quotes within it or without.
fn mentions_rm(source: &str) -> bool {
    let mut last = '\0';
    for c in source.chars().filter(|c| !matches!(c, '\\' | '\'' | '"' | '\n' | '$')) {
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
