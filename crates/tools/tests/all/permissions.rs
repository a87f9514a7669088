//! Permission profiles and requests for more, as tools honour them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test they are called from")]

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use codex_protocol::{
    AdditionalPermissions, ApprovalPolicy, ApprovalRequest, CallKind, Decision, FileAccess, FilePermissions,
    Grant, GrantScope, NamedProfile, NetworkAccess, PermissionEntry, PermissionProfile, SandboxPolicy,
    SpecialPath,
};
use codex_sandbox::{Rung, check_support};
use codex_tools::{OfferCx, Registry, TurnTools};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, CommandText, offer, text, workspace_write};

/// The workspace may be written but for `private`.
fn profile() -> SandboxPolicy {
    let project = |subpath: Option<&str>| SpecialPath::ProjectRoots { subpath: subpath.map(Into::into) };
    let entries = vec![
        PermissionEntry::special(SpecialPath::Root, FileAccess::Read),
        PermissionEntry::special(project(None), FileAccess::Write),
        PermissionEntry::special(project(Some("private")), FileAccess::Deny),
        PermissionEntry::special(project(Some("*.key")), FileAccess::Deny),
        PermissionEntry::special(project(Some("docs")), FileAccess::Read),
    ];
    let file_system = FilePermissions::Restricted { entries, glob_scan_depth_max: None };
    SandboxPolicy::Profile(Box::new(NamedProfile {
        id: "test".to_owned(),
        extends: None,
        workspace_roots: Vec::new(),
        profile: PermissionProfile::Managed { file_system, network: NetworkAccess::Restricted },
    }))
}

fn bench(policy: SandboxPolicy, approval: ApprovalPolicy) -> Bench {
    let mut bench = Bench::new(policy);
    bench.cx.turn = Arc::new(TurnTools { approval, ..(*bench.cx.turn).clone() });
    bench.registry =
        Registry::new(OfferCx { request_permissions: true, additional_permissions: true, ..offer() });
    for file in ["private/a.png", "b.key", "docs/c"] {
        let path = bench.cwd().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "secret\n").unwrap();
    }
    bench
}

/// Runs a function call, answering each of its questions.
async fn asked(
    bench: &mut Bench,
    name: &str,
    arguments: Value,
    decision: Decision,
) -> (String, Vec<ApprovalRequest>) {
    let call = bench.next_call(CallKind::Function, name, arguments.to_string());
    let running = bench.registry.run(call, bench.cx.clone());
    tokio::pin!(running);
    let mut requests = Vec::new();
    loop {
        tokio::select! {
            outcome = &mut running => return (text(outcome), requests),
            Some(question) = bench.questions.recv() => {
                requests.push(question.approval.request);
                question.answer.send(codex_tools::Answer::Decided(decision.clone())).unwrap();
            }
        }
    }
}

async fn full_sandbox() -> bool {
    matches!(check_support().await.rung, Rung::Namespaces | Rung::Bubblewrap)
}

// threat 16, threat 35
#[tokio::test]
async fn our_own_tools_do_not_read_what_is_denied() {
    let mut bench = bench(profile(), ApprovalPolicy::OnRequest);
    symlink(bench.cwd().join("private/a.png"), bench.cwd().join("link.png")).unwrap();
    for path in ["private/a.png", "b.key", "link.png", "docs/../private/a.png", "private/missing"] {
        let answer = bench.function("view_image", json!({"path": path})).await;
        let full = bench.cwd().join(path);
        assert_eq!(answer, format!("the permission profile denies reading `{}`", full.display()));
        let patch = format!("*** Begin Patch\n*** Update File: {path}\n@@\n-guess\n+x\n*** End Patch\n");
        let answer = text(bench.run(CallKind::Custom, "apply_patch", patch).await);
        assert_eq!(answer, format!("the permission profile denies reading `{}`", full.display()));
    }
    let patch = "*** Begin Patch\n*** Add File: docs/new\n+x\n*** End Patch\n";
    let call = bench.next_call(CallKind::Custom, "apply_patch", patch);
    let running = bench.registry.run(call, bench.cx.clone());
    let decline = async {
        let question = bench.questions.recv().await.unwrap();
        question.answer.send(codex_tools::Answer::Decided(Decision::Decline)).unwrap();
    };
    let (outcome, ()) = tokio::join!(running, decline);
    assert_eq!(text(outcome), "patch rejected by user");
    let open = "*** Begin Patch\n*** Add File: src/new\n+x\n*** End Patch\n";
    assert!(text(bench.run(CallKind::Custom, "apply_patch", open).await).contains("Success"));
}

// threat 16
#[tokio::test]
async fn what_is_denied_stays_denied_outside_of_the_sandbox() {
    if !full_sandbox().await {
        return;
    }
    let mut bench = bench(profile(), ApprovalPolicy::OnRequest);
    let cmd = "cat private/a.png b.key; echo x > ../beside && cat ../beside";
    let call = json!({"cmd": cmd, "login": false, "sandbox_permissions": "require_escalated"});
    let (answer, _) = asked(&mut bench, "exec_command", call, Decision::Approve).await;
    let ran = CommandText::parse(&answer);
    assert!(!ran.output.contains("secret"), "{}", ran.output);
    assert_eq!(ran.output.lines().last(), Some("x"), "{}", ran.output);
}

fn granted(network: Value, write: &[&std::path::Path], scope: &str) -> Value {
    let files = if write.is_empty() { Value::Null } else { json!({"write": write}) };
    json!({"permissions": {"network": network, "file_system": files}, "scope": scope})
}

// covers: safety S27
#[tokio::test]
async fn a_grant_holds_for_later_commands_and_only_as_far_as_it_was_asked_for() {
    if !full_sandbox().await {
        return;
    }
    let mut bench = bench(workspace_write(), ApprovalPolicy::OnRequest);
    let outer = bench.outer.clone();
    fs::create_dir_all(outer.join("more/inner")).unwrap();
    let ask = || json!({"permissions": {"file_system": {"write": ["../x/../more"]}}, "reason": "Why not?"});
    let grant = |path: &str, scope| {
        let write = vec![outer.join(path)];
        let permissions = AdditionalPermissions { network: Some(true), read: Vec::new(), write };
        Decision::Grant(Box::new(Grant { permissions, scope }))
    };
    let (answer, requests) =
        asked(&mut bench, "request_permissions", ask(), grant("", GrantScope::Session)).await;
    let request = ApprovalRequest::Permissions {
        permissions: AdditionalPermissions { write: vec![outer.join("more")], ..Default::default() },
        cwd: bench.cwd().to_path_buf(),
    };
    assert_eq!(requests, [request]);
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap(), granted(Value::Null, &[], "session"));
    let touch = |file: &str| json!({"cmd": format!("touch ../more/{file}"), "login": false});
    assert_eq!(bench.exec(touch("a")).await.state, "Process exited with code 1");
    let (answer, _) =
        asked(&mut bench, "request_permissions", ask(), grant("more/inner", GrantScope::Turn)).await;
    let inner = outer.join("more/inner");
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap(), granted(Value::Null, &[&inner], "turn"));
    assert_eq!(bench.exec(touch("inner/a")).await.state, "Process exited with code 0");
    assert_eq!(bench.exec(touch("a")).await.state, "Process exited with code 1");
    let patch = "*** Begin Patch\n*** Add File: ../more/inner/p\n+x\n*** End Patch\n";
    assert!(text(bench.run(CallKind::Custom, "apply_patch", patch).await).contains("Success"));
    // The next turn has it no more.
    let turn = TurnTools { turn_id: codex_protocol::TurnId::new_v7(), ..(*bench.cx.turn).clone() };
    bench.cx.turn = Arc::new(turn);
    assert_eq!(bench.exec(touch("inner/b")).await.state, "Process exited with code 1");
    asked(&mut bench, "request_permissions", ask(), Decision::ApproveForSession).await;
    assert_eq!(bench.exec(touch("b")).await.state, "Process exited with code 0");
}

#[tokio::test]
async fn requests_that_cannot_be_asked_are_refused() {
    let network = json!({"permissions": {"network": {"enabled": true}}});
    let mut asking = bench(workspace_write(), ApprovalPolicy::OnRequest);
    let empty = asking.function("request_permissions", json!({"permissions": {"file_system": {}}})).await;
    assert_eq!(empty, "request_permissions requires at least one permission");
    let (answer, _) = asked(&mut asking, "request_permissions", network.clone(), Decision::Decline).await;
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap(), granted(Value::Null, &[], "turn"));
    let mut silent = bench(workspace_write(), ApprovalPolicy::Never);
    let answer = silent.function("request_permissions", network).await;
    assert!(answer.starts_with("approval policy is Never; nobody can be asked"), "{answer}");
}

#[tokio::test]
async fn a_command_can_ask_for_more_for_itself() {
    if !full_sandbox().await {
        return;
    }
    let mut bench = bench(workspace_write(), ApprovalPolicy::OnRequest);
    fs::create_dir(bench.outer.join("more")).unwrap();
    let call = |file: &str| {
        json!({"cmd": format!("touch ../more/{file}"), "login": false, "justification": "One file.",
            "sandbox_permissions": "with_additional_permissions",
            "additional_permissions": {"file_system": {"write": ["../more"]}}})
    };
    let (answer, requests) = asked(&mut bench, "exec_command", call("a"), Decision::Approve).await;
    assert_eq!(
        (CommandText::parse(&answer).state.as_str(), requests.len()),
        ("Process exited with code 0", 1)
    );
    let plain = json!({"cmd": "touch ../more/b", "login": false});
    assert_eq!(bench.exec(plain).await.state, "Process exited with code 1");
    let (answer, _) = asked(&mut bench, "exec_command", call("c"), Decision::Decline).await;
    assert!(answer.contains("rejected by user"), "{answer}");
    assert!(!bench.outer.join("more/c").exists());
}
