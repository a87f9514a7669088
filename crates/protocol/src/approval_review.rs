//! Questions that a reviewer answers in a person's place: who answers, and what they found (`safety.md §9`).

use serde::{Deserialize, Serialize};

use crate::{ApprovalId, ApprovalPolicy, CallId};

/// `approvals_reviewer`: who answers questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalsReviewer {
    /// The person.
    #[default]
    User,
    /// A second agent that reads the conversation and weighs the risk.
    #[serde(alias = "guardian_subagent")]
    AutoReview,
}

impl ApprovalsReviewer {
    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::AutoReview => "auto_review",
        }
    }

    /// Whether the second agent answers under this policy: never where nobody is asked, and not where a person wants
    /// to see every command.
    pub fn reviews_under(self, policy: ApprovalPolicy) -> bool {
        let asks = match policy {
            ApprovalPolicy::OnRequest | ApprovalPolicy::OnFailure | ApprovalPolicy::Granular(_) => true,
            ApprovalPolicy::Untrusted | ApprovalPolicy::Never => false,
        };
        self == Self::AutoReview && asks
    }
}

/// How much harm an action could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RiskLevel {
    /// Little, or easily taken back.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// It must not happen.
    Critical,
}

/// How clearly the person asked for an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserAuthorization {
    /// Nothing tells.
    Unknown,
    /// Hardly.
    Low,
    /// It follows from what they want.
    Medium,
    /// In so many words.
    High,
}

impl RiskLevel {
    /// The word used in files and on screens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl UserAuthorization {
    /// The word used in files and on screens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What the reviewer made of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalReview {
    /// The question.
    pub id: ApprovalId,
    /// The tool call that waits.
    pub call_id: CallId,
    /// How it ended.
    pub verdict: ReviewVerdict,
    /// The reviewer's reason, or what went wrong with the review.
    pub rationale: String,
}

/// How a review of a question ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewVerdict {
    /// It may happen.
    Approved(Assessment),
    /// It may not.
    Denied(Assessment),
    /// There was no usable answer, so it may not.
    Failed,
    /// There was no answer in time, so it may not.
    TimedOut,
    /// The turn was stopped meanwhile.
    Aborted,
}

/// The reviewer's view of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessment {
    /// How much harm it could do.
    pub risk: RiskLevel,
    /// How clearly the person asked for it.
    pub authorization: UserAuthorization,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reviewer_answers_only_where_questions_are_asked_on_request() {
        let reviewer: ApprovalsReviewer = serde_json::from_str("\"guardian_subagent\"").unwrap();
        assert_eq!(reviewer, ApprovalsReviewer::AutoReview);
        for (policy, expected) in [
            (ApprovalPolicy::OnRequest, true),
            (ApprovalPolicy::OnFailure, true),
            (ApprovalPolicy::Untrusted, false),
            (ApprovalPolicy::Never, false),
        ] {
            assert_eq!(reviewer.reviews_under(policy), expected, "{policy:?}");
            assert!(!ApprovalsReviewer::User.reviews_under(policy));
        }
    }
}
