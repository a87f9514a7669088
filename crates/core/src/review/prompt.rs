//! What a reviewer is told: how to review, and what. Our own words; pure.

use codex_protocol::ReviewTarget;

/// The base instructions of a reviewer.
pub(crate) const RUBRIC: &str = include_str!("rubric.md");

/// The task. Names of branches and commits are data: they are quoted for people and never put into a command here.
pub(crate) fn task(target: &ReviewTarget) -> String {
    match target {
        ReviewTarget::UncommittedChanges => {
            "Review the work that is not committed yet: what is staged, what is changed but not staged, and new \
             files that git does not know (`git status --porcelain`, `git diff HEAD`, and the new files themselves)."
                .to_owned()
        }
        ReviewTarget::BaseBranch { branch } => format!(
            "Review what the branch that is checked out adds to the branch {branch:?}. Compare with the point where \
             both parted, not with the other branch's tip: find it with `git merge-base`, against the branch's \
             upstream if that is ahead of it, and then look at the diff from there to HEAD."
        ),
        ReviewTarget::Commit { sha, title } => {
            let named = title.as_ref().map(|title| format!(" ({title:?})")).unwrap_or_default();
            format!(
                "Review the commit {sha:?}{named}: what it changes against its parent, and nothing that came later."
            )
        }
        ReviewTarget::Custom { instructions } => instructions.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // threat 5
    #[test]
    fn names_of_branches_stay_quoted_text() {
        let branch = "x\n`touch pwn`\u{202e}".to_owned();
        let text = task(&ReviewTarget::BaseBranch { branch });
        assert!(text.contains("\"x\\n`touch pwn`\\u{202e}\""), "{text}");
    }

    #[test]
    fn own_words_are_the_task() {
        let instructions = "  look at the locks\n".to_owned();
        assert_eq!(task(&ReviewTarget::Custom { instructions }), "look at the locks");
    }
}
