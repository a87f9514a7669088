//! SOCKS5 datagrams.

use std::net::SocketAddr;
use std::time::Duration;

use pretty_assertions::assert_eq;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use crate::bench::{Bench, PATIENCE, local, public, until};

async fn associate(bench: &Bench) -> (TcpStream, SocketAddr) {
    let mut client = TcpStream::connect(bench.socks).await.unwrap();
    client.write_all(&[5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
    let mut reply = [0; 12];
    client.read_exact(&mut reply).await.unwrap();
    let [5, 0, 5, 0, 0, 1, a, b, c, d, high, low] = reply else { unreachable!("{reply:?}") };
    (client, SocketAddr::from(([a, b, c, d], u16::from_be_bytes([high, low]))))
}

fn wrapped(name: &str, port: u16, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap();
    [&[0, 0, 0, 3, length], name.as_bytes(), &port.to_be_bytes(), payload].concat()
}

/// Answers each datagram in capitals.
async fn echo() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            socket.send_to(&buffer[..length].to_ascii_uppercase(), from).await.unwrap();
        }
    });
    port
}

#[tokio::test]
async fn datagrams_go_out_and_answers_come_back() {
    let port = echo().await;
    let bench = Bench::new(local(&["good.test"])).await;
    let (_open, relay) = associate(&bench).await;
    let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut buffer = [0; 2048];
    for word in ["one", "two"] {
        client.send_to(&wrapped("good.test", port, word.as_bytes()), relay).await.unwrap();
        let (length, from) = timeout(PATIENCE, client.recv_from(&mut buffer)).await.unwrap().unwrap();
        assert_eq!(from, relay);
        assert_eq!(buffer[..length], wrapped("good.test", port, word.to_uppercase().as_bytes()));
    }
    let expected = [format!("asked good.test:{port} socks5_udp"), "opened good.test at 127.0.0.1".to_owned()];
    assert_eq!(bench.log(), expected);
}

#[tokio::test]
async fn what_is_not_allowed_and_what_nobody_opened_is_lost() {
    let port = echo().await;
    let bench = Bench::new(public(&["good.test"])).await;
    let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (open, relay) = associate(&bench).await;
    client.send_to(&wrapped("other.test", port, b"x"), relay).await.unwrap();
    client
        .send_to(&[&[0, 0, 0, 1, 127, 0, 0, 1], &port.to_be_bytes()[..], b"x"].concat(), relay)
        .await
        .unwrap();
    until("both are blocked", || bench.log().iter().filter(|line| *line == "told").count() == 2).await;
    let mut blocked: Vec<String> =
        bench.log().into_iter().filter(|line| line.starts_with("blocked")).collect();
    blocked.sort();
    assert_eq!(blocked, ["blocked 127.0.0.1 not_allowed_local", "blocked other.test not_allowed"]);
    drop(open);
    assert!(timeout(Duration::from_millis(1), client.recv(&mut [0; 8])).await.is_err());
}
