//! A reviewer's answer, and what the agent is told when it is no (`safety.md §9`). Pure.
//! Invariant: what cannot be read is never a yes.

use codex_protocol::{ApprovalReview, Assessment, ReviewVerdict, RiskLevel, UserAuthorization};
use serde::Deserialize;
use serde_json::{Value, json};

/// The form of the answer; `strict` is not asked for, so a bare outcome is one too.
pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "risk_level": {"type": "string", "enum": ["low", "medium", "high", "critical"]},
            "user_authorization": {"type": "string", "enum": ["unknown", "low", "medium", "high"]},
            "outcome": {"type": "string", "enum": ["allow", "deny"]},
            "rationale": {"type": "string"},
        },
        "required": ["outcome"],
    })
}

/// A readable answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) verdict: ReviewVerdict,
    pub(crate) rationale: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Allow,
    Deny,
}

#[derive(Deserialize)]
struct Form {
    outcome: Outcome,
    #[serde(default)]
    risk_level: Option<RiskLevel>,
    #[serde(default)]
    user_authorization: Option<UserAuthorization>,
    #[serde(default)]
    rationale: Option<String>,
}

/// Reads an answer. The object may stand in a fence or after words; of several nothing is chosen.
pub(crate) fn read(text: &str) -> Option<Answered> {
    let text = text.trim();
    let inner = match (text.find('{'), text.rfind('}')) {
        (Some(start), Some(end)) if start < end => &text[start..=end],
        _ => return None,
    };
    let form: Form = serde_json::from_str(inner).ok()?;
    // A bare yes is one about something harmless, a bare no one about something that is not.
    let risk = form.risk_level.unwrap_or(match form.outcome {
        Outcome::Allow => RiskLevel::Low,
        Outcome::Deny => RiskLevel::High,
    });
    let authorization = form.user_authorization.unwrap_or(UserAuthorization::Unknown);
    let assessment = Assessment { risk, authorization };
    let verdict = match (form.outcome, risk) {
        // Nothing critical happens, whatever else was said of it.
        (Outcome::Allow, RiskLevel::Critical) | (Outcome::Deny, _) => ReviewVerdict::Denied(assessment),
        (Outcome::Allow, _) => ReviewVerdict::Approved(assessment),
    };
    Some(Answered { verdict, rationale: form.rationale.unwrap_or_default().trim().to_owned() })
}

/// What the model is told instead of a result; `None`: it may go ahead.
pub(crate) fn refusal(review: &ApprovalReview) -> Option<String> {
    let reason = match review.rationale.as_str() {
        "" => "the reviewer gave none",
        rationale => rationale,
    };
    match review.verdict {
        ReviewVerdict::Approved(_) => None,
        ReviewVerdict::Denied(_) => Some(format!(
            "An automatic review refused this action because of its risk.\nReason: {reason}\nDo not try to get the \
             same effect by other means, such as another command, a script or smaller steps. Go on in a way that is \
             clearly safer, or stop and tell the user what you wanted to do, why, and what could go wrong; only they \
             can allow it now."
        )),
        ReviewVerdict::Failed | ReviewVerdict::TimedOut | ReviewVerdict::Aborted => Some(format!(
            "This action was not carried out, because the automatic review of it could not be finished: {reason}.\n\
             That says nothing about the action itself. Do not work around the review: try again later, or ask the \
             user."
        )),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn assessed(risk: RiskLevel, authorization: UserAuthorization) -> Assessment {
        Assessment { risk, authorization }
    }

    // covers: safety S30
    #[test]
    fn a_bare_answer_is_completed_with_care() {
        let verdict = |text| read(text).map(|answered| answered.verdict);
        let unknown = UserAuthorization::Unknown;
        for (text, expected) in [
            (r#"{"outcome":"allow"}"#, ReviewVerdict::Approved(assessed(RiskLevel::Low, unknown))),
            (r#"{"outcome":"deny"}"#, ReviewVerdict::Denied(assessed(RiskLevel::High, unknown))),
            (
                r#"{"outcome":"allow","risk_level":"critical"}"#,
                ReviewVerdict::Denied(assessed(RiskLevel::Critical, unknown)),
            ),
            (
                "Sure:\n```json\n{\"outcome\":\"allow\",\"risk_level\":\"medium\",\"user_authorization\":\"high\"}\n```",
                ReviewVerdict::Approved(assessed(RiskLevel::Medium, UserAuthorization::High)),
            ),
        ] {
            assert_eq!(verdict(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_answer_is_no_yes() {
        for text in [
            "",
            "allow",
            "{}",
            r#"{"outcome":"maybe"}"#,
            r#"{"outcome":"allow","risk_level":"none"}"#,
            r#"{"outcome":"allow"} {"outcome":"deny"}"#,
            r#"{"outcome":["allow"]}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
