//! Skills that a message names: `$name` where a word begins.

use crate::catalog::Catalog;
use crate::skill::{Skill, is_name_char};

/// The skills a text names, each once, in the catalogue's order (`agents.md §5`).
pub fn mentioned<'a>(catalog: &'a Catalog, text: &str) -> Vec<&'a Skill> {
    let mut names: Vec<&str> = Vec::new();
    for (at, _) in text.match_indices('$') {
        let begins = text.get(..at).and_then(|before| before.chars().next_back());
        if begins.is_some_and(|c| is_name_char(c) || matches!(c, '$' | '\\')) {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let end = rest.find(|c| !is_name_char(c)).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default();
        // A full stop or colon at the end belongs to the sentence.
        names.push(name.trim_end_matches(['.', ':']));
    }
    catalog.skills.iter().filter(|skill| names.contains(&skill.name.as_str())).collect()
}
