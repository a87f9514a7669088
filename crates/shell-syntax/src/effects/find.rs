//! Which entries below its starting points a `find` would act on. Pure. Invariant: a test that is not understood, and
//! every combination of tests but "and", lets everything pass: more is counted, never less.

use super::pattern::Pattern;

/// The kind of entry `-type` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// `f`
    File,
    /// `d`
    Folder,
    /// `l`
    Link,
}

/// Tests that an entry must pass, all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindFilter {
    /// `-name` and `-iname`; the flag says whether case counts. Several must all match.
    pub names: Vec<(String, bool)>,
    /// `-type`
    pub kind: Option<EntryKind>,
    /// `-maxdepth`
    pub depth_max: Option<usize>,
}

/// A `find` that takes entries away.
pub(super) struct Find {
    pub(super) starts: Vec<Pattern>,
    pub(super) filter: FindFilter,
}

/// Reads the arguments of `find`; `None` when it removes nothing.
pub(super) fn removing(arguments: &[Pattern], removes: impl Fn(&[String]) -> bool) -> Option<Find> {
    let is_start =
        |pattern: &&Pattern| pattern.literal().is_none_or(|word| !word.starts_with(['-', '(', '!']));
    let starts: Vec<Pattern> = arguments.iter().take_while(is_start).cloned().collect();
    let words: Vec<String> =
        arguments[starts.len()..].iter().map(|pattern| pattern.literal().unwrap_or_default()).collect();
    let mut filter = FindFilter::default();
    let (mut acts, mut is_plain) = (false, true);
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let value = words.get(at + 1).cloned().unwrap_or_default();
        at += 1;
        match word.as_str() {
            "-delete" => acts = true,
            "-exec" | "-execdir" | "-ok" | "-okdir" => {
                let command: Vec<String> =
                    words[at..].iter().take_while(|word| *word != ";" && *word != "+").cloned().collect();
                at += command.len() + 1;
                acts |= removes(&command);
            }
            "-name" | "-iname" => {
                at += 1;
                if !value.is_empty() {
                    filter.names.push((value, word == "-name"));
                }
            }
            "-type" => {
                at += 1;
                filter.kind = match value.as_str() {
                    "f" => Some(EntryKind::File),
                    "d" => Some(EntryKind::Folder),
                    "l" => Some(EntryKind::Link),
                    _ => None,
                };
            }
            "-maxdepth" => {
                at += 1;
                filter.depth_max = value.parse().ok();
            }
            "-a" | "-and" | "-depth" | "-print" | "-print0" | "-xdev" | "-mount" => {}
            "-o" | "-or" | "!" | "-not" | "(" | ")" | "," => is_plain = false,
            // Tests of time, size and the like only make it less.
            _ => {}
        }
    }
    if !is_plain {
        filter = FindFilter { depth_max: filter.depth_max, ..FindFilter::default() };
    }
    let starts = if starts.is_empty() { vec![Pattern::text(".")] } else { starts };
    acts.then_some(Find { starts, filter })
}
