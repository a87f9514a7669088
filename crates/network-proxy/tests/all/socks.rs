//! SOCKS5.

use std::sync::atomic::Ordering;

use pretty_assertions::assert_eq;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use codex_network_proxy::ProxySettings;

use crate::bench::{Bench, Origin, local, public, read_all, until};

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Greets, asks for a target and gives the reply code.
async fn ask(bench: &Bench, command: u8, target: &[u8]) -> (TcpStream, u8) {
    let mut client = TcpStream::connect(bench.socks).await.unwrap();
    client.write_all(&[5, 1, 0]).await.unwrap();
    let mut chosen = [0; 2];
    client.read_exact(&mut chosen).await.unwrap();
    assert_eq!(chosen, [5, 0]);
    client.write_all(&[&[5, command, 0], target].concat()).await.unwrap();
    let mut reply = [0; 10];
    client.read_exact(&mut reply).await.unwrap();
    (client, reply[1])
}

fn named(name: &[u8], port: u16) -> Vec<u8> {
    [&[3, u8::try_from(name.len()).unwrap()], name, &port.to_be_bytes()].concat()
}

#[tokio::test]
async fn a_name_is_connected_to() {
    let origin = Origin::new("ping", "pong").await;
    let bench = Bench::new(local(&["good.test"])).await;
    let (mut client, reply) = ask(&bench, 1, &named(b"good.test", origin.port)).await;
    assert_eq!(reply, 0);
    client.write_all(b"ping").await.unwrap();
    let mut answer = [0; 4];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"pong");
    let expected =
        [format!("asked good.test:{} socks5_tcp", origin.port), "opened good.test at 127.0.0.1".to_owned()];
    assert_eq!(bench.log(), expected);
}

#[tokio::test]
async fn curl_goes_through_socks() {
    let origin = Origin::new("\r\n\r\n", HELLO).await;
    let bench = Bench::new(local(&["good.test"])).await;
    let url = format!("http://good.test:{}/", origin.port);
    let Some(output) = bench.curl(&["-x", "socks5h://SOCKS", &url]).await else { return };
    assert_eq!(output, "hello");
}

// threat 20
#[tokio::test]
async fn a_name_with_a_nul_is_refused_before_anyone_compares_it() {
    let bench = Bench::new(public(&["*"])).await;
    for name in [&b"evil\0.good.com"[..], b"127.1", b"user@good.com", b"fe80::1%lo", b"a b"] {
        assert_eq!(ask(&bench, 1, &named(name, 80)).await.1, 8, "{name:?}");
    }
    assert_eq!(bench.log(), Vec::<String>::new());
    assert_eq!(bench.look_ups.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_is_not_allowed_is_answered_so() {
    let bench = Bench::new(public(&["good.test"])).await;
    assert_eq!(ask(&bench, 1, &named(b"other.test", 80)).await.1, 2);
    assert_eq!(ask(&bench, 1, &[1, 127, 0, 0, 1, 0, 22]).await.1, 2);
    assert_eq!(ask(&bench, 1, &named(b"good.test", 80)).await.1, 2);
    until("told", || bench.log().iter().filter(|line| *line == "told").count() == 3).await;
    let blocked: Vec<String> = bench.log().into_iter().filter(|line| line.starts_with("blocked")).collect();
    assert_eq!(
        blocked,
        [
            "blocked other.test not_allowed",
            "blocked 127.0.0.1 not_allowed_local",
            "blocked good.test not_allowed_local"
        ]
    );
    // BIND is not offered.
    assert_eq!(ask(&bench, 2, &named(b"good.test", 80)).await.1, 7);
}

#[tokio::test]
async fn other_protocols_are_hung_up_on() {
    let bench = Bench::new(local(&["*"])).await;
    for greeting in [&b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00"[..], b"GET / HTTP/1.1\r\n\r\n"] {
        let mut client = TcpStream::connect(bench.socks).await.unwrap();
        client.write_all(greeting).await.unwrap();
        assert_eq!(read_all(&mut client).await, "");
    }
    let mut client = TcpStream::connect(bench.socks).await.unwrap();
    client.write_all(&[5, 1, 2]).await.unwrap();
    assert_eq!(read_all(&mut client).await.as_bytes(), "\u{5}\u{fffd}".as_bytes());
}

#[tokio::test]
async fn datagrams_that_are_off_are_refused() {
    let bench = Bench::new(ProxySettings { socks5_udp: false, ..local(&["*"]) }).await;
    assert_eq!(ask(&bench, 3, &[1, 0, 0, 0, 0, 0, 0]).await.1, 7);
}
