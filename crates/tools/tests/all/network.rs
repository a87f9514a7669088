//! Commands behind the network proxy: real sandboxes, a real origin server on loopback, no program but the shell.
//! A kernel without private networks skips them with a word on stderr.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use codex_execpolicy::{HostName, NetworkProtocol as Protocol};
use codex_network_proxy::{HostPattern, Listing, ProxySettings};
use codex_protocol::{
    ApprovalPolicy, ApprovalRequest, CallKind, Decision, ItemStatus, NetworkProtocol, SandboxPolicy,
};
use codex_sandbox::check_support;
use codex_tools::TurnTools;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, text};

/// A server that answers every request with `hello`; lives as long as the test.
fn origin() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|length| length == 1) {
                head.push(byte[0]);
            }
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n");
        }
    });
    port
}

/// A shell function `get HOST PORT` that asks the proxy and prints the last line of what comes.
const GET: &str = "get() { exec 3<>/dev/tcp/127.0.0.1/${HTTP_PROXY##*:}
    printf 'GET http://%s:%s/ HTTP/1.1\\r\\n\\r\\n' $1 $2 >&3; cat <&3 | tail -n 1; exec 3>&-; }";

async fn bench(settings: ProxySettings, approval: ApprovalPolicy) -> Option<Bench> {
    let support = check_support().await;
    if !support.rung.is_whole() {
        let _ = writeln!(std::io::stderr(), "skipped: {support:?}");
        return None;
    }
    let mut bench = Bench::new(SandboxPolicy::WorkspaceWrite {
        writable_roots: Vec::new(),
        network_access: true,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    });
    let turn = TurnTools { approval, proxy: Some(Arc::new(settings)), ..(*bench.cx.turn).clone() };
    bench.cx.turn = Arc::new(turn);
    Some(bench)
}

/// Settings that let local origins be reached where these hosts are allowed.
fn local(allow: &[&str], deny: &[&str]) -> ProxySettings {
    let patterns = |texts: &[&str]| texts.iter().map(|text| HostPattern::parse(text).unwrap()).collect();
    ProxySettings {
        local_addresses: true,
        domains: Listing { allow: patterns(allow), deny: patterns(deny) },
        ..ProxySettings::default()
    }
}

fn call(script: &str) -> String {
    json!({"cmd": format!("{GET}\n{script}"), "login": false}).to_string()
}

async fn exec(bench: &mut Bench, script: &str) -> String {
    text(bench.run(CallKind::Function, "exec_command", call(script)).await)
}

/// Runs a script, answering its questions in turn; gives what was asked.
async fn answering(bench: &mut Bench, script: &str, answers: &[Decision]) -> (String, Vec<ApprovalRequest>) {
    answering_call(bench, call(script), answers).await
}

async fn answering_call(
    bench: &mut Bench,
    call: String,
    answers: &[Decision],
) -> (String, Vec<ApprovalRequest>) {
    let call = bench.next_call(CallKind::Function, "exec_command", call);
    let running = bench.registry.run(call, bench.cx.clone());
    tokio::pin!(running);
    let (mut asked, mut answers) = (Vec::new(), answers.iter());
    loop {
        tokio::select! {
            outcome = &mut running => return (text(outcome), asked),
            Some(question) = bench.questions.recv() => {
                asked.push(question.approval.request);
                let decision = answers.next().expect("an answer is left").clone();
                question.answer.send(codex_tools::Answer::Decided(decision)).unwrap();
            }
        }
    }
}

fn failure(host: &str, reason: &str) -> String {
    let message = format!("Network access to \"{host}\" was blocked: {reason}.");
    format!("exec_command failed: ProcessFailed {{ message: {message:?} }}")
}

const NOT_LISTED: &str = "the host is not on the allowlist of this sandbox";

#[tokio::test]
async fn a_listed_host_is_reached_and_the_variables_lead_there() {
    let Some(mut bench) = bench(local(&["127.0.0.1"], &[]), ApprovalPolicy::Never).await else { return };
    let port = origin();
    let script = format!(
        "get 127.0.0.1 {port}
        echo $CODEX_NETWORK_PROXY_ACTIVE $CODEX_NETWORK_ALLOW_LOCAL_BINDING ${{CODEX_SANDBOX_NETWORK_DISABLED-unset}} [$NO_PROXY]
        test \"$HTTPS_PROXY\" = \"$http_proxy\" && echo ${{ALL_PROXY%:*}}
        (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null || echo no way around"
    );
    let output = exec(&mut bench, &script).await;
    assert!(
        output.ends_with("Output:\nhello\n1 1 unset []\nsocks5h://127.0.0.1\nno way around\n"),
        "{output}"
    );
}

#[tokio::test]
async fn a_blocked_request_ends_the_command() {
    let Some(mut bench) = bench(local(&[], &["denied.example"]), ApprovalPolicy::Never).await else { return };
    let ending = "get other.example 80; sleep 600";
    assert_eq!(exec(&mut bench, ending).await, failure("other.example", NOT_LISTED));
    let item = bench.completed_command().await;
    assert_eq!((item.status, item.exit_code), (ItemStatus::Failed, Some(-1)));
    let last = "\nNetwork access to \"other.example\" was blocked: the host is not on the allowlist of this sandbox.";
    assert!(item.aggregated_output.ends_with(last), "{}", item.aggregated_output);
    // A command that has ended by itself failed all the same.
    let denied = "the host is explicitly denied, and no approval can change that";
    assert_eq!(exec(&mut bench, "get denied.example 80; exit 0").await, failure("denied.example", denied));
}

#[tokio::test]
async fn private_addresses_are_blocked_and_not_asked_about() {
    let settings = ProxySettings { local_addresses: false, ..local(&["*"], &[]) };
    let Some(mut bench) = bench(settings, ApprovalPolicy::OnRequest).await else { return };
    let reason = "the sandbox keeps commands from local and private addresses";
    for host in ["127.0.0.1", "localhost", "169.254.169.254", "[::ffff:10.0.0.1]"] {
        let shown = if host.starts_with('[') { "10.0.0.1" } else { host };
        let (output, asked) = answering(&mut bench, &format!("get '{host}' 80"), &[]).await;
        assert_eq!((output, asked), (failure(shown, reason), Vec::new()));
    }
}

#[tokio::test]
async fn a_person_is_asked_about_an_unlisted_host() {
    let Some(mut bench) = bench(local(&[], &[]), ApprovalPolicy::OnRequest).await else { return };
    let port = origin();
    let script = format!("get 127.0.0.1 {port}; get 127.0.0.1 {port}");
    let (output, asked) = answering(&mut bench, &script, &[Decision::Approve]).await;
    assert!(output.ends_with("Output:\nhello\nhello\n"), "{output}");
    let expected = ApprovalRequest::Network {
        host: "127.0.0.1".to_owned(),
        port,
        protocol: NetworkProtocol::Http,
        command: vec!["/bin/bash".to_owned(), "-c".to_owned(), format!("{GET}\n{script}")],
    };
    assert_eq!(asked, [expected]);
    // Once is for this command; the next asks anew. For the session is for all that follow.
    let (_, asked) = answering(&mut bench, &script, &[Decision::ApproveForSession]).await;
    assert_eq!(asked.len(), 1);
    let (output, asked) = answering(&mut bench, &script, &[]).await;
    assert!(output.ends_with("hello\nhello\n") && asked.is_empty(), "{output} {asked:?}");
}

#[tokio::test]
async fn a_declined_host_ends_the_command_and_the_call_goes_on() {
    let Some(mut bench) = bench(local(&[], &[]), ApprovalPolicy::OnRequest).await else { return };
    let script = "get other.example 80; get other.example 80; sleep 600";
    let (output, asked) = answering(&mut bench, script, &[Decision::Decline]).await;
    assert_eq!(output, failure("other.example", "the user declined it"));
    assert_eq!(asked.len(), 1);
}

#[tokio::test]
async fn an_amendment_is_a_rule_that_counts_at_once() {
    let Some(mut bench) = bench(local(&[], &[]), ApprovalPolicy::OnRequest).await else { return };
    let script = format!("get 127.0.0.1 {}", origin());
    let (output, _) = answering(&mut bench, &script, &[Decision::ApproveWithRule]).await;
    assert!(output.ends_with("hello\n"), "{output}");
    let file = bench.outer.join("home/rules/default.rules");
    let rules = std::fs::read_to_string(&file).unwrap();
    assert_eq!(rules, "network_rule(host=\"127.0.0.1\", protocol=\"http\", decision=\"allow\")\n");
    let loaded = codex_execpolicy::load_folder(file.parent().unwrap()).unwrap();
    let host = HostName::parse("127.0.0.1").unwrap();
    assert_eq!(loaded.decide_host(&host, Protocol::Http), Some(codex_execpolicy::Decision::Allow));
    let (output, asked) = answering(&mut bench, &script, &[]).await;
    assert!(output.ends_with("hello\n") && asked.is_empty(), "{output} {asked:?}");
}

#[tokio::test]
async fn a_command_in_the_background_is_ended_too() {
    let Some(mut bench) = bench(local(&[], &[]), ApprovalPolicy::Never).await else { return };
    let script = format!("{GET}\nread line; get other.example 80; sleep 600");
    let running = bench.exec(json!({"cmd": script, "login": false, "tty": true, "yield_time_ms": 250})).await;
    let typed = json!({"session_id": running.session(), "chars": "go\n", "yield_time_ms": 30000});
    let expected = failure("other.example", NOT_LISTED).replace("exec_command", "write_stdin");
    assert_eq!(bench.function("write_stdin", typed).await, expected);
}

#[tokio::test]
async fn a_network_that_is_granted_is_the_proxys_too() {
    let Some(mut bench) = bench(local(&["127.0.0.1"], &[]), ApprovalPolicy::OnRequest).await else { return };
    let turn = TurnTools { policy: crate::bench::workspace_write(), ..(*bench.cx.turn).clone() };
    bench.cx.turn = Arc::new(turn);
    let port = origin();
    let script = format!(
        "{GET}\nget 127.0.0.1 {port}; (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null || echo no way around"
    );
    let call = json!({"cmd": script, "login": false, "sandbox_permissions": "with_additional_permissions",
        "additional_permissions": {"network": {"enabled": true}}});
    let (output, asked) = answering_call(&mut bench, call.to_string(), &[Decision::Approve]).await;
    assert!(output.ends_with("Output:\nhello\nno way around\n"), "{output}");
    assert!(matches!(asked.as_slice(), [ApprovalRequest::Permissions { .. }]), "{asked:?}");
}
