//! Plain HTTP.

use std::sync::atomic::Ordering;

use pretty_assertions::assert_eq;

use crate::bench::{Bench, Origin, local, public, until};

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\nX-A: b\r\n\r\nhello";

#[tokio::test]
async fn a_request_goes_on_and_its_answer_comes_back() {
    let origin = Origin::new("\r\n\r\n", HELLO).await;
    let bench = Bench::new(local(&["good.test"])).await;
    let port = origin.port;
    let request = format!(
        "GET http://good.test:{port}/a HTTP/1.1\r\nHost: good.test:{port}\r\nProxy-Connection: keep-alive\r\n\r\n"
    );
    let answer = bench.raw(request.as_bytes()).await;
    assert_eq!(answer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\nConnection: close\r\n\r\nhello");
    assert_eq!(
        origin.sent(),
        [format!("GET /a HTTP/1.1\r\nHost: good.test:{port}\r\nConnection: close\r\n\r\n")]
    );
    assert_eq!(
        bench.log(),
        [format!("asked good.test:{port} http"), "opened good.test at 127.0.0.1".to_owned()]
    );
    assert_eq!(bench.look_ups.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_second_request_on_the_same_connection_is_never_passed_on() {
    let origin = Origin::new("ab", HELLO).await;
    let bench = Bench::new(local(&["good.test"])).await;
    let port = origin.port;
    let one = format!("POST http://good.test:{port}/ HTTP/1.1\r\nContent-Length: 2\r\n\r\nab");
    let two = "GET http://other.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n";
    assert!(bench.raw(format!("{one}{two}").as_bytes()).await.ends_with("hello"));
    let expected = format!(
        "POST / HTTP/1.1\r\nHost: good.test:{port}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab"
    );
    assert_eq!(origin.sent(), [expected]);
}

#[tokio::test]
async fn a_host_nobody_allowed_is_not_even_looked_up() {
    let bench = Bench::new(public(&["good.test"])).await;
    let answer = bench.raw(b"GET http://other.test/secret HTTP/1.1\r\nHost: other.test\r\n\r\n").await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{head}");
    assert!(head.contains("\r\nx-proxy-error: blocked-by-allowlist\r\n"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "status": "blocked", "host": "other.test", "reason": "not_allowed", "decision": "deny",
            "source": "baseline_policy", "protocol": "http", "port": 80,
            "message": "Network access to \"other.test\" was blocked: the host is not on the allowlist of this sandbox.",
        })
    );
    until("told", || bench.log().len() == 3).await;
    assert_eq!(bench.log(), ["asked other.test:80 http", "blocked other.test not_allowed", "told"]);
    assert_eq!(bench.look_ups.load(Ordering::SeqCst), 0);
    let denied = bench.raw(b"GET http://denied.test/ HTTP/1.1\r\n\r\n").await;
    assert!(denied.contains("blocked-by-denylist"), "{denied}");
}

// threat 20
#[tokio::test]
async fn a_name_that_leads_home_is_blocked() {
    let origin = Origin::new("\r\n\r\n", HELLO).await;
    let bench = Bench::resolving(public(&["rebind.test"]), |_| {
        vec!["203.0.112.9".parse().unwrap(), "127.0.0.1".parse().unwrap()]
    })
    .await;
    let request = format!("GET http://rebind.test:{}/ HTTP/1.1\r\n\r\n", origin.port);
    assert!(bench.raw(request.as_bytes()).await.contains("not_allowed_local"));
    assert_eq!(origin.sent(), Vec::<String>::new());
    assert_eq!(bench.look_ups.load(Ordering::SeqCst), 1);
}

// threat 20
#[tokio::test]
async fn one_look_up_decides_and_connects() {
    let origin = Origin::new("\r\n\r\n", HELLO).await;
    let first = std::sync::atomic::AtomicBool::new(true);
    // A second look-up would lead where nobody listens.
    let bench = Bench::resolving(local(&["rebind.test"]), move |_| {
        let address = if first.swap(false, Ordering::SeqCst) { "127.0.0.1" } else { "127.0.0.2" };
        vec![address.parse().unwrap()]
    })
    .await;
    let request = format!("GET http://rebind.test:{}/ HTTP/1.1\r\n\r\n", origin.port);
    assert!(bench.raw(request.as_bytes()).await.ends_with("hello"));
    assert_eq!(bench.look_ups.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_cannot_be_read_in_one_way_is_told_off() {
    let bench = Bench::new(local(&["*"])).await;
    for request in [
        "GET http://good.test/ HTTP/1.1\r\nHost: evil.test\r\n\r\n",
        "GET /path HTTP/1.1\r\nHost: good.test\r\n\r\n",
        "GET http://good.test@evil.test/ HTTP/1.1\r\n\r\n",
        "POST http://good.test/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "CONNECT good.test HTTP/1.1\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\r\n\r\n",
    ] {
        let answer = bench.raw(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{request:?}: {answer}");
    }
    assert_eq!(bench.log(), Vec::<String>::new());
}

#[tokio::test]
async fn a_host_that_says_nothing_is_a_bad_gateway() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let bench = Bench::new(local(&["*"])).await;
    let request = |host: &str, port: u16| format!("GET http://{host}:{port}/ HTTP/1.1\r\n\r\n");
    let silent = bench.raw(request("silent.test", port).as_bytes()).await;
    assert!(silent.starts_with("HTTP/1.1 502"), "{silent}");
    let unknown = bench.raw(request("unknown.example", port).as_bytes()).await;
    assert!(unknown.contains("cannot be looked up"), "{unknown}");
}

#[tokio::test]
async fn curl_reads_and_writes_through_it() {
    let chunked = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n";
    let origin = Origin::new("0\r\n\r\n", chunked).await;
    let bench = Bench::new(local(&["*.good.test"])).await;
    let url = format!("http://www.good.test:{}/up", origin.port);
    let args = [
        "-x",
        "http://HTTP",
        "-H",
        "Transfer-Encoding: chunked",
        "-H",
        "Expect:",
        "-d",
        "some text",
        url.as_str(),
    ];
    let Some(output) = bench.curl(&args).await else { return };
    assert_eq!(output, "abcde");
    let sent = origin.sent().concat();
    assert!(sent.ends_with("9\r\nsome text\r\n0\r\n\r\n"), "{sent}");
}
