//! One skill, and what can be wrong with its file.

use std::io;
use std::path::PathBuf;

use codex_stdx::read_regular;

use crate::front_matter::{FrontMatter, FrontMatterError};

/// Characters of a name (`agents.md §5`).
pub(crate) const NAME_CHARS_MAX: usize = 64;
/// Characters of a description.
const DESCRIPTION_CHARS_MAX: usize = 1_024;
/// Bytes of a `SKILL.md`.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Where a skill comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The project.
    Repo,
    /// The person.
    User,
    /// The program.
    System,
    /// The machine's owner.
    Admin,
}

impl Scope {
    /// The word of the wire (`app-server.md`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Repo => "repo",
            Self::User => "user",
            Self::System => "system",
            Self::Admin => "admin",
        }
    }
}

/// A skill that can be named in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skill {
    /// The name it is called by, `$name`.
    pub name: String,
    /// What it is good for; the model reads it.
    pub description: String,
    /// The same in few words, for lists.
    pub short_description: Option<String>,
    /// Its `SKILL.md`.
    pub path: PathBuf,
    /// Where it comes from.
    pub scope: Scope,
}

/// Why a file is not listed.
#[derive(Debug, thiserror::Error)]
pub enum SkillProblem {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// It is not UTF-8.
    #[error("is not UTF-8 text")]
    NotText,
    /// Its head is missing or wrong.
    #[error(transparent)]
    Head(#[from] FrontMatterError),
    /// Its head lacks this entry, or has an empty one.
    #[error("its head has no `{0}`; add a line `{0}: ...` between the `---` lines")]
    Missing(&'static str),
    /// This entry is longer than the number of characters that follows.
    #[error("its `{0}` is longer than {1} characters; shorten it")]
    TooLong(&'static str, usize),
    /// The name cannot be written behind a `$`.
    #[error("its name `{0}` has other characters than letters, digits, `-`, `_`, `.` and `:`")]
    Name(String),
}

/// A `SKILL.md` that is not listed, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct SkillError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub problem: SkillProblem,
}

impl Skill {
    pub(crate) fn read(path: PathBuf, scope: Scope) -> Result<Self, SkillError> {
        let read = || {
            let text = read_text(&path)?;
            let head = FrontMatter::parse(&text)?;
            let name = entry(&head, "name", NAME_CHARS_MAX)?;
            if !name.chars().all(is_name_char) {
                return Err(SkillProblem::Name(name));
            }
            Ok((
                name,
                entry(&head, "description", DESCRIPTION_CHARS_MAX)?,
                head.get("metadata.short-description").map(str::to_owned),
            ))
        };
        match read() {
            Ok((name, description, short)) => {
                Ok(Self { name, description, short_description: short, path, scope })
            }
            Err(problem) => Err(SkillError { path, problem }),
        }
    }

    /// The whole file as it is now, as the model gets it.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn text(&self) -> Result<String, SkillError> {
        read_text(&self.path).map_err(|problem| SkillError { path: self.path.clone(), problem })
    }
}

/// What a name is made of; a `:` parts the plugin from its skill.
pub(crate) fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':')
}

fn read_text(path: &std::path::Path) -> Result<String, SkillProblem> {
    let bytes = read_regular(path, FILE_BYTES_MAX).map_err(SkillProblem::Unreadable)?;
    String::from_utf8(bytes).map_err(|_| SkillProblem::NotText)
}

fn entry(head: &FrontMatter, key: &'static str, chars_max: usize) -> Result<String, SkillProblem> {
    let text =
        head.get(key).map(str::trim).filter(|text| !text.is_empty()).ok_or(SkillProblem::Missing(key))?;
    if text.chars().count() > chars_max {
        return Err(SkillProblem::TooLong(key, chars_max));
    }
    Ok(text.to_owned())
}
