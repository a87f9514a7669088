//! The action under review, as exact JSON (`safety.md §9`). Pure.

use std::path::Path;

use codex_protocol::{
    Approval, ApprovalRequest, AskedSandbox, CustomToolCallBody, FunctionCallBody, ItemKind, Loss,
    ResponseItem, limits,
};
use serde_json::{Value, json};

/// Longer actions cannot be judged, and are refused.
const ACTION_BYTES_MAX: usize = 16_000 * limits::BYTES_PER_TOKEN;

/// The action of a question. `history` holds the call that asks.
///
/// # Errors
/// One sentence for the person when it is too long to be judged whole: nothing may hide behind a cut.
pub(crate) fn describe(approval: &Approval, history: &[ResponseItem], cwd: &Path) -> Result<String, String> {
    let call = history
        .iter()
        .rev()
        .find(|item| item.is_call() && item.call_id() == Some(&approval.call_id))
        .map(payload)
        .unwrap_or_default();
    let arguments: Value = serde_json::from_str(&call).unwrap_or(Value::Null);
    let mut action = match &approval.request {
        ApprovalRequest::Command { command, cwd, sandbox, rule: _ } => json!({
            "command": command,
            "cwd": cwd,
            "environment_id": "local",
            "justification": approval.reason,
            "sandbox_permissions": permissions_word(*sandbox),
            "tool": "exec_command",
            "tty": arguments["tty"].as_bool().unwrap_or(false),
        }),
        ApprovalRequest::Patch { changes } => {
            let text = ["input", "cmd"].iter().find_map(|key| arguments[*key].as_str());
            json!({
                "cwd": cwd,
                "environment_id": "local",
                "files": changes.keys().collect::<Vec<_>>(),
                "patch": text.unwrap_or(&call),
                "tool": "apply_patch",
            })
        }
        ApprovalRequest::Permissions { permissions, cwd } => json!({
            "cwd": cwd,
            "environment_id": "local",
            "justification": approval.reason,
            "permissions": {
                "network": permissions.network,
                "file_system": {"read": permissions.read, "write": permissions.write},
            },
            "tool": "request_permissions",
        }),
        ApprovalRequest::Input { command, cwd, sandbox, text, before, item_id: _ } => json!({
            "before": before,
            "chars": text,
            "command": command,
            "cwd": cwd,
            "environment_id": "local",
            "sandbox_permissions": permissions_word(*sandbox),
            "tool": "write_stdin",
        }),
        ApprovalRequest::Network { host, port, protocol, command } => json!({
            "command": command,
            "environment_id": "local",
            "host": host,
            "port": port,
            "protocol": protocol.as_str(),
            "tool": "network_access",
        }),
    };
    if let (Some(losses), Value::Object(action)) = (&approval.losses, &mut action) {
        let lines: Vec<String> = losses.list.iter().map(Loss::line).collect();
        action.insert("would_be_lost".to_owned(), json!({"amount": losses.amount(), "places": lines}));
    }
    let text = serde_json::to_string_pretty(&action).map_err(|error| error.to_string())?;
    if text.len() > ACTION_BYTES_MAX {
        return Err("the action is too long to be reviewed whole".to_owned());
    }
    Ok(text)
}

fn permissions_word(sandbox: AskedSandbox) -> &'static str {
    match sandbox {
        AskedSandbox::Left => "require_escalated",
        AskedSandbox::Kept => "use_default",
    }
}

fn payload(item: &ResponseItem) -> String {
    match item.kind() {
        ItemKind::CustomToolCall => item.body::<CustomToolCallBody>().map(|body| body.input),
        _ => item.body::<FunctionCallBody>().map(|body| body.arguments),
    }
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use codex_protocol::{ApprovalId, CallId};
    use pretty_assertions::assert_eq;

    use super::*;

    fn approval(command: &[&str]) -> Approval {
        Approval {
            id: ApprovalId::new("q"),
            call_id: CallId::new("c1"),
            request: ApprovalRequest::Command {
                command: command.iter().map(|word| (*word).to_owned()).collect(),
                cwd: "/w".into(),
                sandbox: AskedSandbox::Left,
                rule: None,
            },
            reason: Some("j".to_owned()),
            losses: None,
        }
    }

    #[test]
    fn a_command_is_told_with_sorted_keys() {
        let call = json!({
            "type": "function_call", "call_id": "c1", "name": "exec_command",
            "arguments": "{\"cmd\":\"echo a1\",\"tty\":true}",
        });
        let history = [ResponseItem::from_json(&call.to_string()).unwrap()];
        let text = describe(&approval(&["/bin/bash", "-lc", "echo a1"]), &history, Path::new("/w")).unwrap();
        assert_eq!(
            text,
            "{\n  \"command\": [\n    \"/bin/bash\",\n    \"-lc\",\n    \"echo a1\"\n  ],\n  \"cwd\": \"/w\",\n  \
             \"environment_id\": \"local\",\n  \"justification\": \"j\",\n  \"sandbox_permissions\": \
             \"require_escalated\",\n  \"tool\": \"exec_command\",\n  \"tty\": true\n}"
        );
    }

    #[test]
    fn an_action_that_cannot_be_shown_whole_is_not_shown() {
        let long = "x".repeat(ACTION_BYTES_MAX);
        assert!(describe(&approval(&["sh", "-c", &long]), &[], Path::new("/w")).is_err());
    }
}
