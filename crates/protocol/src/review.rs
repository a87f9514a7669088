//! Code reviews: what is reviewed and what a reviewer found (`exec.md §9`). Shapes are those of the items
//! `EnteredReviewMode` and `ExitedReviewMode`; what the reviewer is told and how findings read is core's work.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

/// What a review looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum ReviewTarget {
    /// What is not committed: staged, unstaged and untracked.
    UncommittedChanges,
    /// What the branch checked out adds to another one.
    BaseBranch {
        /// The other branch.
        branch: String,
    },
    /// One commit.
    Commit {
        /// Its hash, or any name git knows.
        sha: String,
        /// Its first line, where it is known.
        #[serde(default)]
        title: Option<String>,
    },
    /// Whatever the person says.
    Custom {
        /// Their words.
        instructions: String,
    },
}

impl ReviewTarget {
    /// The target in a few words, as a person reads it (`user_facing_hint`).
    pub fn hint(&self) -> String {
        const SHORT_HASH: usize = 7;
        match self {
            Self::UncommittedChanges => "current changes".to_owned(),
            Self::BaseBranch { branch } => format!("changes against '{branch}'"),
            Self::Commit { sha, title } => {
                let short: String = sha.chars().take(SHORT_HASH).collect();
                match title {
                    Some(title) => format!("commit {short}: {title}"),
                    None => format!("commit {short}"),
                }
            }
            Self::Custom { instructions } => instructions.clone(),
        }
    }

    /// The part of the target that must not be empty and is; `None`: the target can be reviewed.
    pub fn missing(&self) -> Option<&'static str> {
        let (text, name) = match self {
            Self::UncommittedChanges => return None,
            Self::BaseBranch { branch } => (branch, "branch"),
            Self::Commit { sha, .. } => (sha, "sha"),
            Self::Custom { instructions } => (instructions, "instructions"),
        };
        text.trim().is_empty().then_some(name)
    }
}

/// What a reviewer answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReviewOutput {
    /// What is wrong, most important first.
    pub findings: Vec<ReviewFinding>,
    /// `patch is correct` or `patch is incorrect`; empty when the reviewer did not say.
    pub overall_correctness: String,
    /// The verdict in words.
    pub overall_explanation: String,
    /// 0 to 1.
    pub overall_confidence_score: f64,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewFinding {
    /// One line.
    pub title: String,
    /// Why it is wrong.
    pub body: String,
    /// 0 to 1.
    #[serde(default)]
    pub confidence_score: f64,
    /// 0 (drop everything) to 3 (nice to have); older reviewers do not say.
    #[serde(default, deserialize_with = "null_is_default")]
    pub priority: i64,
    /// Where.
    pub code_location: CodeLocation,
}

/// Some lines of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeLocation {
    /// The file.
    pub absolute_file_path: PathBuf,
    /// The lines.
    pub line_range: LineRange,
}

/// Lines from 1, the last one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRange {
    /// The first.
    pub start: u64,
    /// The last.
    pub end: u64,
}

fn null_is_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Ok(Option::<i64>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn targets_have_the_shape_of_the_file_and_a_hint() {
        let commit = |title: Option<&str>| ReviewTarget::Commit {
            sha: "0123456789abcdef".to_owned(),
            title: title.map(str::to_owned),
        };
        for (target, shape, hint) in [
            (ReviewTarget::UncommittedChanges, json!({"type": "uncommittedChanges"}), "current changes"),
            (
                ReviewTarget::BaseBranch { branch: "main".to_owned() },
                json!({"type": "baseBranch", "branch": "main"}),
                "changes against 'main'",
            ),
            (
                commit(Some("Tee")),
                json!({"type": "commit", "sha": "0123456789abcdef", "title": "Tee"}),
                "commit 0123456: Tee",
            ),
            (
                commit(None),
                json!({"type": "commit", "sha": "0123456789abcdef", "title": null}),
                "commit 0123456",
            ),
            (
                ReviewTarget::Custom { instructions: "look".to_owned() },
                json!({"type": "custom", "instructions": "look"}),
                "look",
            ),
        ] {
            assert_eq!(serde_json::to_value(&target).unwrap(), shape);
            assert_eq!(serde_json::from_value::<ReviewTarget>(shape).unwrap(), target);
            assert_eq!(target.hint(), hint);
            assert_eq!(target.missing(), None);
        }
        assert_eq!(ReviewTarget::BaseBranch { branch: " ".to_owned() }.missing(), Some("branch"));
    }
}
