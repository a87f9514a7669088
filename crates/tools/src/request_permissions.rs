//! `request_permissions`: the model asks a person for more than the sandbox allows, for the turn or the session
//! (`tools.md §2`, `safety.md §6`). Invariant: what counts of an answer was asked for; without an answer nothing is granted.

use std::path::{Path, PathBuf};

use codex_protocol::{
    AdditionalPermissions, ApprovalPolicy, ApprovalRequest, CallId, CallKind, Decision, Grant, GrantScope,
    lexical_path,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::approval::Answer;
use crate::arguments::parse_arguments;
use crate::spec::{Param, function, object, plain};
use crate::{OfferCx, Parallel, ToolCall, ToolCx, ToolDef, ToolOutcome};

pub(crate) const TOOL: ToolDef = ToolDef {
    name: "request_permissions",
    kind: CallKind::Function,
    parallel: Parallel::No,
    offered: |offer| offer.request_permissions,
    spec,
    run: |call, cx| Box::pin(async move { run(&call, &cx).await.unwrap_or_else(|refused| refused) }),
};

#[derive(Deserialize)]
struct Input {
    permissions: InputPermissions,
    reason: Option<String>,
}

/// Permissions as a model writes them; also `additional_permissions` of a command.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct InputPermissions {
    network: Option<InputNetwork>,
    file_system: Option<InputFiles>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct InputNetwork {
    enabled: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct InputFiles {
    read: Option<Vec<PathBuf>>,
    write: Option<Vec<PathBuf>>,
}

impl InputPermissions {
    /// The permissions meant from a folder.
    pub(crate) fn asked(self, folder: &Path) -> AdditionalPermissions {
        let clean = |paths: Option<Vec<PathBuf>>| {
            let mut clean: Vec<PathBuf> = Vec::new();
            for path in paths.unwrap_or_default() {
                let path = lexical_path(folder, &path);
                if !clean.contains(&path) {
                    clean.push(path);
                }
            }
            clean
        };
        let files = self.file_system.unwrap_or_default();
        AdditionalPermissions {
            network: self.network.and_then(|network| network.enabled),
            read: clean(files.read),
            write: clean(files.write),
        }
    }
}

/// The schema of permissions.
pub(crate) fn permissions_schema(description: &str) -> Value {
    let paths =
        |description: &str| json!({"type": "array", "description": description, "items": {"type": "string"}});
    let optional = |mut schema: Value, description: &str| {
        schema["description"] = Value::String(description.to_owned());
        schema
    };
    let files = object(vec![
        Param::optional(
            "read",
            paths("Files and folders to read; relative paths start at the working directory."),
        ),
        Param::optional("write", paths("Files and folders to read and write.")),
    ]);
    let network = object(vec![Param::optional("enabled", plain("boolean", "True to open connections."))]);
    let all = object(vec![
        Param::optional("file_system", optional(files, "Files.")),
        Param::optional("network", optional(network, "Connections.")),
    ]);
    optional(all, description)
}

fn spec(_: &OfferCx) -> Value {
    function(
        "request_permissions",
        "Asks the user for permissions the sandbox does not give. What is granted, which may be less than you asked for, \
         holds for your later commands without further ado. Ask for the narrowest paths that will do.",
        vec![
            Param::required("permissions", permissions_schema("What you need.")),
            Param::optional("reason", plain("string", "One sentence for the user: what you need it for.")),
        ],
    )
}

async fn run(call: &ToolCall, cx: &ToolCx) -> Result<ToolOutcome, ToolOutcome> {
    let Input { permissions, reason } = parse_arguments(call)?;
    let asked = permissions.asked(&cx.turn.cwd);
    if asked.is_empty() {
        return Err(ToolOutcome::failed("request_permissions requires at least one permission"));
    }
    let grant = ask(&call.call_id, &asked, reason, cx).await?;
    cx.thread.grants().add(cx.turn.turn_id, &grant);
    Ok(ToolOutcome::done(told(&grant).to_string()))
}

/// Asks a person for permissions; what comes back was asked for. A refusal is an empty grant.
pub(crate) async fn ask(
    call_id: &CallId,
    asked: &AdditionalPermissions,
    reason: Option<String>,
    cx: &ToolCx,
) -> Result<Grant, ToolOutcome> {
    if let Some(refusal) = refusal(cx.turn.approval) {
        return Err(ToolOutcome::failed(refusal));
    }
    let request = ApprovalRequest::Permissions { permissions: asked.clone(), cwd: cx.turn.cwd.clone() };
    let whole = |scope| Grant { permissions: asked.clone(), scope };
    let decision = match cx.ask_about(call_id, request, reason, None).await {
        Answer::Decided(decision) => decision,
        Answer::Refused(why) => return Err(ToolOutcome::failed(why)),
    };
    let grant = match decision {
        Decision::Approve | Decision::ApproveWithRule => whole(GrantScope::Turn),
        Decision::ApproveForSession => whole(GrantScope::Session),
        Decision::Grant(grant) => *grant,
        Decision::Decline => Grant { permissions: AdditionalPermissions::default(), scope: GrantScope::Turn },
        Decision::Cancel => return Err(ToolOutcome::interrupted("aborted")),
    };
    Ok(Grant { permissions: grant.permissions.cut_to(asked), scope: grant.scope })
}

/// Why nobody can be asked.
fn refusal(approval: ApprovalPolicy) -> Option<&'static str> {
    match approval {
        ApprovalPolicy::Never => Some(
            "approval policy is Never; nobody can be asked for permissions — find a way within the sandbox, or tell the \
             user what is needed",
        ),
        ApprovalPolicy::Granular(flags) if !flags.request_permissions => Some(
            "approval policy does not let permissions be asked for — find a way within the sandbox, or tell the user what \
             is needed",
        ),
        ApprovalPolicy::Untrusted
        | ApprovalPolicy::OnFailure
        | ApprovalPolicy::OnRequest
        | ApprovalPolicy::Granular(_) => None,
    }
}

/// The answer as the model reads it: `null` for what was not granted (`tools.md §3`).
fn told(grant: &Grant) -> Value {
    let AdditionalPermissions { network, read, write } = &grant.permissions;
    let mut files = serde_json::Map::new();
    for (name, paths) in [("read", read), ("write", write)] {
        if !paths.is_empty() {
            files.insert(name.to_owned(), json!(paths));
        }
    }
    let files = if files.is_empty() { Value::Null } else { Value::Object(files) };
    let network = network.map_or(Value::Null, |enabled| json!({"enabled": enabled}));
    json!({"permissions": {"network": network, "file_system": files}, "scope": grant.scope.as_str()})
}
