//! The judgement as `codex execpolicy check` prints it (`safety.md §7`).

use std::path::PathBuf;

use serde::Serialize;

use crate::{Decision, ExecPolicy, HostExecutables};

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MatchReport {
    /// Every rule that matched.
    pub matched_rules: Vec<RuleReport>,
    /// The strictest of them; absent without a match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// One rule that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RuleReport {
    /// A `prefix_rule`.
    #[serde(rename_all = "camelCase")]
    PrefixRuleMatch {
        /// The words that matched.
        matched_prefix: Vec<String>,
        /// What the rule says.
        decision: Decision,
        /// The path that stood for the program's name.
        #[serde(skip_serializing_if = "Option::is_none")]
        resolved_program: Option<PathBuf>,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        justification: Option<String>,
    },
}

impl MatchReport {
    /// What the rules say about one argument vector.
    pub fn of(policy: &ExecPolicy, argv: &[String], executables: HostExecutables) -> Self {
        let matches = policy.matches(argv, executables);
        let decision = matches.iter().map(|found| found.rule.decision).max();
        let report = |found: crate::RuleMatch<'_>| RuleReport::PrefixRuleMatch {
            matched_prefix: found.prefix,
            decision: found.rule.decision,
            resolved_program: found.resolved_program,
            justification: found.rule.justification.clone(),
        };
        Self { matched_rules: matches.into_iter().map(report).collect(), decision }
    }
}
