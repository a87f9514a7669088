//! All skills that count, in the order they are listed: the project's, the person's, the program's, the machine's.
//! Invariant: a project that is not trusted has no say; of two skills with one name the first counts.

use std::fs;
use std::path::{Path, PathBuf};

use crate::skill::{Scope, Skill, SkillError};

/// Skills of one folder; what lies beyond is left out.
const SKILLS_MAX: usize = 500;

/// Where skills are looked for (`agents.md §5`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roots {
    /// Folders of the project whose `.agents/skills` counts, the nearest first; empty unless it is trusted.
    pub project: Vec<PathBuf>,
    /// `CODEX_HOME`.
    pub codex_home: Option<PathBuf>,
    /// The person's home folder.
    pub home: Option<PathBuf>,
    /// The machine's folder, usually `/etc/codex`.
    pub system: Option<PathBuf>,
    /// Whether the program's own skills below `CODEX_HOME` count (`skills.bundled.enabled`).
    pub bundled: bool,
    /// `SKILL.md` files or their folders that are switched off (`skills.config`).
    pub disabled: Vec<PathBuf>,
    /// Names that are switched off.
    pub disabled_names: Vec<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Skills in order.
    pub skills: Vec<Skill>,
    /// Files that are no skills, and why.
    pub errors: Vec<SkillError>,
}

impl Roots {
    /// Whether any folder of skills is there at all.
    pub fn any(&self) -> bool {
        self.folders().iter().any(|(folder, _)| folder.is_dir())
    }

    fn folders(&self) -> Vec<(PathBuf, Scope)> {
        let project = self.project.iter().map(|folder| (folder.join(".agents/skills"), Scope::Repo));
        let own = self.codex_home.iter().map(|home| (home.join("skills"), Scope::User));
        let person = self.home.iter().map(|home| (home.join(".agents/skills"), Scope::User));
        let program = self
            .codex_home
            .iter()
            .filter(|_| self.bundled)
            .map(|home| (home.join("skills/.system"), Scope::System));
        let machine = self.system.iter().map(|folder| (folder.join("skills"), Scope::Admin));
        project.chain(own).chain(person).chain(program).chain(machine).collect()
    }

    fn switches_off(&self, skill: &Skill) -> bool {
        let named = |path: &PathBuf| {
            let same = |own: &Path| own == path || fs::canonicalize(own).is_ok_and(|own| own == *path);
            same(&skill.path) || skill.path.parent().is_some_and(same)
        };
        self.disabled_names.contains(&skill.name) || self.disabled.iter().any(named)
    }
}

impl Catalog {
    /// Reads the heads of all skills. Blocks; what cannot be read is an error of its own.
    pub fn read(roots: &Roots) -> Self {
        let mut catalog = Self::default();
        for (folder, scope) in roots.folders() {
            for path in files(&folder) {
                match Skill::read(path, scope) {
                    Ok(skill) if roots.switches_off(&skill) => {}
                    Ok(skill) if catalog.named(&skill.name).is_some() => {}
                    Ok(skill) => catalog.skills.push(skill),
                    Err(error) => catalog.errors.push(error),
                }
            }
        }
        catalog
    }

    /// The skill of this name.
    pub fn named(&self, name: &str) -> Option<&Skill> {
        self.skills.iter().find(|skill| skill.name == name)
    }
}

/// Every `NAME/SKILL.md` of a folder, sorted; hidden names are not skills.
fn files(folder: &Path) -> Vec<PathBuf> {
    // A folder that is not there holds no skills.
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
        .map(|entry| entry.path().join("SKILL.md"))
        .filter(|path| path.symlink_metadata().is_ok())
        .take(SKILLS_MAX)
        .collect();
    found.sort();
    found
}
