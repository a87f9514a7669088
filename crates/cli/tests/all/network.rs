//! The network proxy through the binary: `codex exec` with a scripted model, `codex sandbox` with real programs.

#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use codex_sim::Reply;
use codex_test_support::TestCodex;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::world::{items, world};

/// A profile whose network is limited to what the test names.
const PROFILE: &str = r#"
default_permissions = "net"
[features]
network_proxy = true
[permissions.net.filesystem]
":root" = "read"
":workspace_roots" = "write"
[permissions.net.network]
enabled = true
domains = { "127.0.0.1" = "allow", "denied.example" = "deny" }
"#;

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

/// A script with `get HOST PORT`, which asks the proxy and prints the last line of what comes.
fn script(rest: &str) -> String {
    format!(
        "get() {{ exec 3<>/dev/tcp/127.0.0.1/${{HTTP_PROXY##*:}}; printf 'GET http://%s:%s/ HTTP/1.1\\r\\n\\r\\n' $1 $2 >&3
        tail -n 1 <&3; exec 3>&-; }}\n{rest}"
    )
}

async fn build(script: impl Into<codex_sim::Script>) -> TestCodex {
    world().root_in(env!("CARGO_TARGET_TMPDIR")).config(PROFILE).script(script).build().await.unwrap()
}

async fn whole_sandbox(codex: &TestCodex) -> bool {
    let out = codex.command(["sandbox", "--certify"]).run().await.unwrap();
    let whole = out.stdout.starts_with("Sandbox: full: ");
    if !whole {
        let _ = writeln!(std::io::stderr(), "skipped: {}", out.stdout);
    }
    whole
}

fn call(rest: &str, id: &str) -> Reply {
    Reply::call("exec_command", &json!({"cmd": script(rest), "login": false, "shell": "/bin/bash"}), id)
}

#[tokio::test]
async fn a_thread_reaches_what_is_listed_and_ends_what_reaches_further() {
    let port = origin();
    let codex = build([
        call(&format!("get 127.0.0.1 {port}; echo $CODEX_PERMISSION_PROFILE"), "c1"),
        call("get other.example 80; sleep 600", "c2"),
        call("get denied.example 80; sleep 600", "c3"),
        Reply::say("done"),
    ])
    .await;
    if !whole_sandbox(&codex).await {
        return;
    }
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let commands = items(&out, "command_execution");
    let ends: Vec<_> =
        commands.iter().map(|item| (item["status"].clone(), item["exit_code"].clone())).collect();
    let failed = || (json!("failed"), json!(-1));
    assert_eq!(ends, [(json!("completed"), json!(0)), failed(), failed()]);
    assert_eq!(commands[0]["aggregated_output"], "hello\nnet\n");
    let last = codex.server.requests().pop().unwrap();
    let told: Vec<String> = last
        .input_of_type("function_call_output")
        .iter()
        .map(|item| item["output"].as_str().unwrap().to_owned())
        .collect();
    let instructions = serde_json::to_string(last.input()).unwrap();
    assert!(instructions.contains("only through the proxy"), "{instructions}");
    assert!(told[0].ends_with("Output:\nhello\nnet\n"), "{told:?}");
    let blocked = |host: &str, reason: &str| {
        let message = format!("Network access to \"{host}\" was blocked: {reason}.");
        format!("exec_command failed: ProcessFailed {{ message: {message:?} }}")
    };
    assert_eq!(
        told[1..],
        [
            blocked("other.example", "the host is not on the allowlist of this sandbox"),
            blocked("denied.example", "the host is explicitly denied, and no approval can change that"),
        ]
    );
}

#[tokio::test]
async fn one_command_fails_at_what_is_blocked_and_goes_on() {
    let port = origin();
    let codex = build([]).await;
    if !whole_sandbox(&codex).await {
        return;
    }
    let rest = format!(
        "get other.example 80 | grep -o not_allowed; get 127.0.0.1 {port}; echo $CODEX_NETWORK_PROXY_ACTIVE"
    );
    let out = codex.command(["sandbox", "--", "/bin/bash", "-c", &script(&rest)]).run().await.unwrap();
    assert_eq!((out.code, &*out.stdout), (Some(0), "not_allowed\nhello\n1\n"), "{out:?}");
    // The rules of the home count too.
    let rule = "network_rule(host=\"127.0.0.1\", protocol=\"http\", decision=\"deny\")\n";
    std::fs::create_dir_all(codex.home().join("rules")).unwrap();
    std::fs::write(codex.home().join("rules/net.rules"), rule).unwrap();
    let out = codex.command(["sandbox", "--", "/bin/bash", "-c", &script(&rest)]).run().await.unwrap();
    assert!(out.stdout.contains("\"reason\":\"denied\""), "{out:?}");
}

#[tokio::test]
async fn real_programs_use_it() {
    let port = origin();
    let codex = build([]).await;
    if !whole_sandbox(&codex).await {
        return;
    }
    let url = format!("http://127.0.0.1:{port}/");
    let python =
        format!("import urllib.request; print(urllib.request.urlopen('{url}').read().decode(), end='')");
    for (program, args) in [
        ("/usr/bin/curl", vec!["-sS", "-m", "30", url.as_str()]),
        ("/usr/bin/curl", vec!["-sS", "-m", "30", "--proxytunnel", url.as_str()]),
        ("/usr/bin/wget", vec!["-q", "-O", "-", url.as_str()]),
        ("/usr/bin/python3", vec!["-c", python.as_str()]),
    ] {
        if !std::path::Path::new(program).exists() {
            let _ = writeln!(std::io::stderr(), "skipped: no {program}");
            continue;
        }
        let out = codex.command(["sandbox", "--", program]).args(args.iter().copied()).run().await.unwrap();
        assert_eq!((out.code, &*out.stdout), (Some(0), "hello\n"), "{program}: {out:?}");
    }
    if std::path::Path::new("/usr/bin/curl").exists() {
        let socks = format!(
            "/usr/bin/curl -sS -m 30 -x $ALL_PROXY {url}; /usr/bin/curl -sS -m 5 --noproxy '*' {url} || echo no way"
        );
        let out = codex.command(["sandbox", "--", "/bin/sh", "-c", &socks]).run().await.unwrap();
        assert_eq!(out.stdout, "hello\nno way\n", "{out:?}");
    }
}

#[tokio::test]
async fn a_table_that_cannot_be_understood_starts_nothing() {
    let config = PROFILE.replace("denied.example", "http://denied.example/");
    let codex = world().config(&config).script([Reply::say("never")]).build().await.unwrap();
    let out = codex.exec(["hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("is no pattern of hosts"), "{out:?}");
    assert_eq!(codex.server.requests().len(), 0);
}
