//! What the model reads about skills: the list of all, and the file of one a person named (`agents.md §5`).
//! Pure. Invariant: every name is listed before a description is, and the list keeps within its budget.

use codex_protocol::limits;
use codex_skills::Skill;

const HEAD: &str = "## Skills\nA skill is a folder with instructions for one kind of task. Its `SKILL.md` says how the task is done \
     here; read that file before you begin a task that the description of a skill fits, and follow it. A message that \
     names a skill as `$name` brings the file with it. Paths in such a file are relative to its folder.\n\n### What \
     there is\n";
/// Tells a model that was given a list that it is void.
const NONE: &str = "## Skills\nThere are no skills any more; what was listed earlier is gone.";

/// The list, without its tag; `None` when there is nothing to list.
pub(crate) fn list(skills: &[Skill], tokens_max: Option<usize>) -> Option<String> {
    if skills.is_empty() {
        return None;
    }
    let tokens = tokens_max.unwrap_or(limits::SKILLS_LIST_TOKENS_MAX);
    let budget = tokens.saturating_mul(limits::BYTES_PER_TOKEN).saturating_sub(HEAD.len());
    let rows: Vec<Row> = skills.iter().map(Row::new).collect();
    let longest = rows.iter().map(|row| row.description.len()).max().unwrap_or(0);
    let fits = |bytes: usize| rows.iter().map(|row| row.len(bytes)).sum::<usize>() <= budget;
    // The longest cut of the descriptions that fits.
    let (mut low, mut high) = (0, longest);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if fits(middle) { low = middle } else { high = middle - 1 }
    }
    let mut text = HEAD.to_owned();
    let end = HEAD.len() + budget;
    for (at, row) in rows.iter().enumerate() {
        if text.len() + row.len(low) > end {
            text.push_str(&format!("({} more skills are not listed)\n", rows.len() - at));
            break;
        }
        row.write(low, &mut text);
    }
    Some(text.trim_end().to_owned())
}

/// The part of a developer message that lists skills, or says that there are none any more.
pub(crate) fn block(list: Option<&str>) -> String {
    format!("<skills_instructions>\n{}\n</skills_instructions>", list.unwrap_or(NONE))
}

/// The message that brings the file of a named skill.
pub(crate) fn selected(skill: &Skill, text: &str) -> String {
    format!(
        "<skill>\n<name>{}</name>\n<path>{}</path>\n{text}\n</skill>",
        skill.name,
        skill.path.to_string_lossy()
    )
}

struct Row {
    name: String,
    description: String,
    file: String,
}

impl Row {
    fn new(skill: &Skill) -> Self {
        // One skill, one line.
        let description = skill.description.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            name: format!("- {}", skill.name),
            description,
            file: format!(" (file: {})\n", skill.path.to_string_lossy().replace(['\n', '\r'], " ")),
        }
    }

    fn cut(&self, bytes: usize) -> &str {
        &self.description[..self.description.floor_char_boundary(bytes)]
    }

    /// Bytes of the line with a description of at most so many.
    fn len(&self, bytes: usize) -> usize {
        let cut = self.cut(bytes).len();
        let described = match cut {
            0 => 0,
            cut if cut < self.description.len() => ": ".len() + cut + "…".len(),
            cut => ": ".len() + cut,
        };
        self.name.len() + described + self.file.len()
    }

    fn write(&self, bytes: usize, text: &mut String) {
        text.push_str(&self.name);
        let cut = self.cut(bytes);
        if !cut.is_empty() {
            text.push_str(": ");
            text.push_str(cut);
            if cut.len() < self.description.len() {
                text.push('…');
            }
        }
        text.push_str(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use codex_skills::Scope;
    use pretty_assertions::assert_eq;

    use super::*;

    fn skill(name: &str, description: &str) -> Skill {
        Skill {
            name: name.to_owned(),
            description: description.to_owned(),
            short_description: None,
            path: PathBuf::from(format!("/s/{name}/SKILL.md")),
            scope: Scope::User,
        }
    }

    fn rows(text: &str) -> Vec<&str> {
        text.strip_prefix(HEAD).unwrap().lines().collect()
    }

    #[test]
    fn every_skill_has_a_line() {
        assert_eq!(list(&[], None), None);
        let text = list(&[skill("a", "one\n  two"), skill("b", "three")], None).unwrap();
        assert_eq!(rows(&text), ["- a: one two (file: /s/a/SKILL.md)", "- b: three (file: /s/b/SKILL.md)"]);
    }

    #[test]
    fn descriptions_are_cut_before_names_are_left_out() {
        let skills: Vec<Skill> =
            ["a", "b", "c"].into_iter().map(|name| skill(name, &"é".repeat(200))).collect();
        let tokens = |bytes: usize| Some((HEAD.len() + bytes) / limits::BYTES_PER_TOKEN + 1);
        let cut = list(&skills, tokens(200)).unwrap();
        assert_eq!(rows(&cut).len(), 3);
        assert!(rows(&cut).iter().all(|row| row.contains(": é") && row.contains('…')), "{cut}");
        assert!(cut.len() <= HEAD.len() + 204, "{}", cut.len());
        let bare = list(&skills, tokens(80)).unwrap();
        assert_eq!(rows(&bare)[0], "- a (file: /s/a/SKILL.md)");
        let few = list(&skills, tokens(30)).unwrap();
        assert_eq!(rows(&few), ["- a (file: /s/a/SKILL.md)", "(2 more skills are not listed)"]);
        assert_eq!(rows(&list(&skills, Some(1)).unwrap()), ["(3 more skills are not listed)"]);
    }
}
