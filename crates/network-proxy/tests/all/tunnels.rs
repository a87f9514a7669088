//! `CONNECT`.

use pretty_assertions::assert_eq;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bench::{Bench, Origin, local, public, read_all};

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const CONNECTED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

#[tokio::test]
async fn a_tunnel_carries_both_ways_what_came_early_too() {
    let origin = Origin::new("ping", "pong").await;
    let bench = Bench::new(local(&["good.test"])).await;
    let mut client = TcpStream::connect(bench.http).await.unwrap();
    let request = format!("CONNECT good.test:{} HTTP/1.1\r\nHost: good.test\r\n\r\npi", origin.port);
    client.write_all(request.as_bytes()).await.unwrap();
    client.write_all(b"ng").await.unwrap();
    let mut answer = vec![0; CONNECTED.len() + 4];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(String::from_utf8(answer).unwrap(), format!("{CONNECTED}pong"));
    client.shutdown().await.unwrap();
    assert_eq!(read_all(&mut client).await, "");
    assert_eq!(origin.sent(), ["ping"]);
}

#[tokio::test]
async fn curl_tunnels() {
    let origin = Origin::new("\r\n\r\n", HELLO).await;
    let bench = Bench::new(local(&["good.test"])).await;
    let url = format!("http://good.test:{}/", origin.port);
    let Some(output) = bench.curl(&["-p", "-x", "http://HTTP", &url]).await else { return };
    assert_eq!(output, "hello");
    let refused = bench.curl(&["-p", "-x", "http://HTTP", "http://other.test:443/"]).await.unwrap();
    assert!(refused.contains("403"), "{refused}");
}

#[tokio::test]
async fn private_and_odd_targets_are_refused() {
    let bench = Bench::new(public(&["*"])).await;
    for (target, status) in [
        ("127.0.0.1:22", "403"),
        ("localhost:22", "403"),
        ("[::1]:22", "403"),
        ("[::ffff:127.0.0.1]:22", "403"),
        ("169.254.169.254:80", "403"),
        ("[fd00::1]:80", "403"),
        ("[64:ff9b::7f00:1]:80", "403"),
        ("[2002:7f00:1::]:80", "403"),
        ("name.test:80", "403"),
        ("2130706433:80", "400"),
        ("0x7f.1:80", "400"),
        ("127.1:80", "400"),
        ("[fe80::1%25lo]:80", "400"),
        ("good.com\u{0}.evil.com:80", "400"),
        ("user@good.com:80", "400"),
        ("good.com:0", "400"),
        ("b\u{fc}cher.test:80", "400"),
    ] {
        let answer = bench.raw(format!("CONNECT {target} HTTP/1.1\r\n\r\n").as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
    }
}

#[tokio::test]
async fn closing_the_proxy_ends_its_connections() {
    let origin = Origin::new("never", "").await;
    let bench = Bench::new(local(&["good.test"])).await;
    let mut client = TcpStream::connect(bench.http).await.unwrap();
    let request = format!("CONNECT good.test:{} HTTP/1.1\r\n\r\n", origin.port);
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; CONNECTED.len()];
    client.read_exact(&mut answer).await.unwrap();
    bench.proxy.close().await;
    assert_eq!(read_all(&mut client).await, "");
    assert!(TcpStream::connect(bench.http).await.is_err());
}
