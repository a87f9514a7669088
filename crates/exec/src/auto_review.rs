//! What a reviewer of approvals decided, on one line for people. Pure.

use codex_protocol::{ApprovalReview, ReviewVerdict};

use crate::terminal::Look;

/// How it looks and what it says.
pub(crate) fn line(review: &ApprovalReview) -> (Look, String) {
    let said = |words: String| match review.rationale.trim() {
        "" => words,
        rationale => format!("{words}: {rationale}"),
    };
    match review.verdict {
        ReviewVerdict::Approved(assessment) => {
            (Look::Dim, said(format!("approved ({} risk)", assessment.risk.as_str())))
        }
        ReviewVerdict::Denied(assessment) => {
            (Look::YellowBold, said(format!("denied ({} risk)", assessment.risk.as_str())))
        }
        ReviewVerdict::Failed => (Look::YellowBold, said("denied, because the review failed".to_owned())),
        ReviewVerdict::TimedOut => {
            (Look::YellowBold, said("denied, because the review took too long".to_owned()))
        }
        ReviewVerdict::Aborted => (Look::Dim, "stopped".to_owned()),
    }
}
