//! What a cassette may decide for whoever plays it: what the requests look like, and nothing else.
//! Invariant: playing somebody's file gives it no more than the sandbox, whatever was allowed when it was recorded.

use codex_protocol::SandboxMode;

use super::replay_error::ReplayError;

/// Keys, first part, that only shape requests and what is shown.
const SHAPING: [&str; 29] = [
    "approval_policy",
    "compact_prompt",
    "developer_instructions",
    "experimental_compact_prompt_file",
    "features",
    "hide_agent_reasoning",
    "include_apps_instructions",
    "include_collaboration_mode_instructions",
    "include_environment_context",
    "include_environment_context_time",
    "include_permissions_instructions",
    "instructions",
    "model",
    "model_auto_compact_token_limit",
    "model_auto_compact_token_limit_scope",
    "model_context_window",
    "model_instructions_file",
    "model_post_turn_compact_threshold_percent",
    "model_reasoning_effort",
    "model_reasoning_summary",
    "model_verbosity",
    "personality",
    "project_doc_fallback_filenames",
    "project_doc_max_bytes",
    "service_tier",
    "show_raw_agent_reasoning",
    "tool_output_token_limit",
    "tools",
    "web_search",
];

/// Keys that the replay sets itself, so that dropping them changes nothing.
const REPLACED: [&str; 4] = ["model_provider", "model_providers", "openai_base_url", "sandbox_mode"];

/// The overrides of a recorded run that may be used, and a warning for the others.
pub(crate) fn shaping(overrides: &[String]) -> (Vec<String>, Option<String>) {
    let first_part = |text: &str| {
        let key = text.split_once('=').map_or(text, |(key, _)| key).trim();
        key.split('.').next().unwrap_or_default().to_owned()
    };
    let mut kept = Vec::new();
    let mut ignored = Vec::new();
    for text in overrides {
        let part = first_part(text);
        if SHAPING.contains(&part.as_str()) {
            kept.push(text.clone());
        } else if !REPLACED.contains(&part.as_str()) {
            ignored.push(format!("`{part}`"));
        }
    }
    ignored.sort();
    ignored.dedup();
    let warning = (!ignored.is_empty()).then(|| {
        format!(
            "A cassette may not set {}; the recorded `-c` is left out of this replay.",
            ignored.join(", ")
        )
    });
    (kept, warning)
}

/// The sandbox of a turn: the one chosen now, or the recorded one, which may be any but none.
pub(crate) fn sandbox(
    turn: usize,
    recorded: SandboxMode,
    chosen: Option<SandboxMode>,
) -> Result<SandboxMode, ReplayError> {
    match (chosen, recorded) {
        (Some(mode), _) | (None, mode @ (SandboxMode::ReadOnly | SandboxMode::WorkspaceWrite)) => Ok(mode),
        (None, SandboxMode::DangerFullAccess) => Err(ReplayError::FullAccess { turn }),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    // threat 11
    #[test]
    fn a_cassette_sets_no_program_no_server_and_no_wider_sandbox() {
        let recorded = [
            "model_verbosity=low",
            "tools.update_plan.enabled=true",
            "model_provider=\"lab\"",
            "model_providers.replay.auth.command=\"evil\"",
            "notify=[\"evil\"]",
            "sandbox_workspace_write.network_access=true",
            "sandbox_workspace_write.writable_roots=[\"/\"]",
            "\"notify\"=[\"evil\"]",
            "chatgpt_base_url=\"https://evil\"",
        ]
        .map(str::to_owned);
        let (kept, warning) = shaping(&recorded);
        assert_eq!(kept, recorded[..2]);
        let keys = "`\"notify\"`, `chatgpt_base_url`, `notify`, `sandbox_workspace_write`";
        let expected =
            format!("A cassette may not set {keys}; the recorded `-c` is left out of this replay.");
        assert_eq!(warning, Some(expected));
        assert_eq!(shaping(&recorded[..3]).1, None);
    }

    #[test]
    fn full_access_is_for_the_player_to_give() {
        use SandboxMode::{DangerFullAccess, ReadOnly, WorkspaceWrite};
        assert!(matches!(sandbox(2, DangerFullAccess, None), Err(ReplayError::FullAccess { turn: 2 })));
        for (recorded, chosen, expected) in [
            (DangerFullAccess, Some(DangerFullAccess), DangerFullAccess),
            (DangerFullAccess, Some(ReadOnly), ReadOnly),
            (WorkspaceWrite, None, WorkspaceWrite),
            (ReadOnly, Some(WorkspaceWrite), WorkspaceWrite),
        ] {
            assert_eq!(sandbox(1, recorded, chosen).unwrap(), expected);
        }
    }
}
