//! What stands at the top of the repository and what the map must name. Knows names, never contents of code.

use crate::Finding;

const TOP_LEVEL: [&str; 14] = [
    ".ci",
    ".github",
    ".gitignore",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "clippy.toml",
    "crates",
    "deny.toml",
    "docs",
    "justfile",
    "rustfmt.toml",
];

/// Entries that belong to a checkout or an editor, not to the project.
const NOT_OURS: [&str; 5] = [".DS_Store", ".git", ".idea", ".vscode", "target"];

/// The top level holds exactly the agreed entries.
pub fn check_top_level(entries: &[String]) -> Vec<Finding> {
    let surplus = entries
        .iter()
        .filter(|entry| !TOP_LEVEL.contains(&entry.as_str()) && !NOT_OURS.contains(&entry.as_str()))
        .map(|entry| Finding::on(entry, "is not an agreed top-level entry: move it below crates/ or docs/"));
    let missing = TOP_LEVEL
        .iter()
        .filter(|wanted| !entries.iter().any(|entry| entry == *wanted))
        .map(|wanted| Finding::on(wanted, "is missing at the top level"));
    surplus.chain(missing).collect()
}

/// `docs/architecture.md` names every crate, as `` `noun` `` or `crates/noun`.
pub fn check_architecture(text: Option<&str>, crates: &[String]) -> Vec<Finding> {
    const FILE: &str = "docs/architecture.md";
    let Some(text) = text else { return vec![Finding::on(FILE, "is missing: it is the map of the crates")] };
    crates
        .iter()
        .filter(|noun| !text.contains(&format!("`{noun}`")) && !names_folder(text, noun))
        .map(|noun| Finding::on(FILE, format!("does not name the crate `{noun}`")))
        .collect()
}

fn names_folder(text: &str, noun: &str) -> bool {
    let folder = format!("crates/{noun}");
    text.match_indices(&folder).any(|(at, _)| {
        let after = text[at + folder.len()..].chars().next();
        !after.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_')
    })
}
