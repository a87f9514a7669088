//! Reviews on the screen: where a code review began and ended, and what a reviewer of approvals decided.

use codex_protocol::{
    Approval, ApprovalPolicy, ApprovalRequest, ApprovalReview, ApprovalsReviewer, ReviewOutput, ReviewTarget,
    ReviewVerdict,
};

use super::ui_state::State;
use crate::cells::{Cell, Notice};
use crate::text::one_line;

/// Refused actions that `/approve` still offers.
const REFUSED_MAX: usize = 16;

/// The line where a review begins.
pub(super) fn began(target: &ReviewTarget) -> Cell {
    Cell::notice(Notice::Info, format!("review of {}", one_line(&target.hint())))
}

/// The line where it ends; the findings follow as a reply.
pub(super) fn ended(output: Option<&ReviewOutput>) -> Cell {
    match output.map(|output| output.findings.len()) {
        None => Cell::notice(Notice::Warning, "the review did not come to its end"),
        Some(0) => Cell::notice(Notice::Info, "the review is done"),
        Some(1) => Cell::notice(Notice::Info, "the review is done: 1 finding"),
        Some(count) => Cell::notice(Notice::Info, format!("the review is done: {count} findings")),
    }
}

/// Who is asked, in a word or two.
pub(crate) fn asks(approval: ApprovalPolicy, reviewer: ApprovalsReviewer) -> String {
    match reviewer.reviews_under(approval) {
        true => "a reviewer".to_owned(),
        false => approval.as_str().to_owned(),
    }
}

/// A question goes to the reviewer.
pub(super) fn approval_asked(state: &mut State, approval: &Approval) {
    state.under_review.push(approval.clone());
    if let Some(turn) = &mut state.turn {
        turn.heading = Some(match approval.request {
            ApprovalRequest::Command { .. } => "A reviewer looks at the command".to_owned(),
            ApprovalRequest::Input { .. } => "A reviewer looks at what is typed".to_owned(),
            ApprovalRequest::Permissions { .. } => "A reviewer looks at the permissions".to_owned(),
            ApprovalRequest::Patch { .. } => "A reviewer looks at the change".to_owned(),
            ApprovalRequest::Network { .. } => "A reviewer looks at the host".to_owned(),
        });
    }
}

/// The reviewer answered: one line says what and why.
pub(super) fn approval_answered(state: &mut State, review: &ApprovalReview) {
    if let Some(turn) = &mut state.turn {
        turn.heading = None;
    }
    let at = state.under_review.iter().position(|approval| approval.id == review.id);
    let asked = at.map(|at| state.under_review.remove(at));
    let why = match one_line(&review.rationale) {
        words if words.is_empty() => String::new(),
        words => format!(": {words}"),
    };
    let (notice, said) = match review.verdict {
        ReviewVerdict::Approved(assessment) => {
            (Notice::Info, format!("approved by the reviewer ({} risk){why}", assessment.risk.as_str()))
        }
        ReviewVerdict::Denied(assessment) => {
            (Notice::Warning, format!("denied by the reviewer ({} risk){why}", assessment.risk.as_str()))
        }
        ReviewVerdict::Failed => (Notice::Warning, format!("denied, because the review failed{why}")),
        ReviewVerdict::TimedOut => {
            (Notice::Warning, format!("denied, because the review took too long{why}"))
        }
        ReviewVerdict::Aborted => return,
    };
    state.transcript.push(Cell::notice(notice, said));
    if let Some(approval) = asked.filter(|_| notice == Notice::Warning) {
        if state.refused.len() == REFUSED_MAX {
            state.refused.remove(0);
        }
        state.refused.push(approval);
        state.remark = Some("/approve lets it pass once".to_owned());
    }
}
