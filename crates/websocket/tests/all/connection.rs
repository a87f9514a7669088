//! Our two ends against each other, and an end against bytes no peer should send.

use codex_websocket::{Deflate, Message, Role, SocketError, WebSocket};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

const MAX: usize = 4 * 1024 * 1024;
const AGREED: Option<Deflate> = Some(Deflate { forget_received: false, compress: true });

fn pair(buffer: usize, deflate: Option<Deflate>) -> (WebSocket<DuplexStream>, WebSocket<DuplexStream>) {
    let (client, server) = duplex(buffer);
    (WebSocket::new(client, Role::Client, MAX, deflate), WebSocket::new(server, Role::Server, MAX, deflate))
}

/// A client and the raw end of its connection.
fn raw(deflate: Option<Deflate>) -> (WebSocket<DuplexStream>, DuplexStream) {
    let (client, server) = duplex(1 << 20);
    (WebSocket::new(client, Role::Client, 1000, deflate), server)
}

fn text(text: &str) -> Message {
    Message::Text(text.to_owned().into())
}

#[tokio::test]
async fn messages_of_every_length_arrive_both_ways() {
    for deflate in [None, AGREED] {
        // A small buffer cuts frames up anywhere.
        let (mut client, mut server) = pair(1001, deflate);
        for length in [0, 1, 125, 126, 255, 256, 65_535, 65_536, 300_000] {
            let words =
                "Ünder the same sky ".repeat(length / 19 + 1).chars().take(length).collect::<String>();
            let (sent, got) = tokio::join!(client.send_text(words.clone()), server.next());
            sent.unwrap();
            assert_eq!(got.unwrap(), text(&words));
            let (sent, got) = tokio::join!(server.send_text(words.clone()), client.next());
            sent.unwrap();
            assert_eq!(got.unwrap(), text(&words));
        }
        let (sent, got) = tokio::join!(client.send_binary(vec![0xff; 70_000]), server.next());
        sent.unwrap();
        assert_eq!(got.unwrap(), Message::Binary(vec![0xff; 70_000].into()));
    }
}

#[tokio::test]
async fn compression_shortens_what_is_sent() {
    let (client, mut server) = duplex(1 << 20);
    let mut client = WebSocket::new(client, Role::Client, MAX, AGREED);
    client.send_text("again and again ".repeat(10_000)).await.unwrap();
    drop(client);
    let mut sent = Vec::new();
    server.read_to_end(&mut sent).await.unwrap();
    assert!(sent.len() < 4000 && sent[0] == 0xC1, "{} {:x}", sent.len(), sent[0]);
}

#[tokio::test]
async fn a_ping_is_answered_while_a_message_is_in_pieces() {
    let (mut client, mut server) = raw(None);
    server.write_all(&[0x01, 3, b'a', b'b', b'c', 0x89, 2, b'h', b'i', 0x80, 1, b'd']).await.unwrap();
    assert_eq!(client.next().await.unwrap(), text("abcd"));
    let mut pong = [0; 8];
    // The answer leaves with the next look at the connection.
    tokio::select! {
        message = client.next() => panic!("{message:?}"),
        read = server.read_exact(&mut pong) => drop(read.unwrap()),
    }
    assert_eq!(pong[..2], [0x8A, 0x82]);
    let unmasked: Vec<u8> = pong[6..].iter().zip(&pong[2..]).map(|(byte, key)| byte ^ key).collect();
    assert_eq!(unmasked, b"hi");
}

#[tokio::test]
async fn a_flood_of_pings_costs_nothing() {
    let (client, mut server) = duplex(64);
    let mut client = WebSocket::new(client, Role::Client, 1000, None);
    let flood = async {
        for _ in 0..10_000 {
            server.write_all(&[0x89, 0]).await.unwrap();
        }
        server.write_all(&[0x81, 1, b'x']).await.unwrap();
        // Never reads one pong.
        server
    };
    let (message, _server) = tokio::join!(client.next(), flood);
    assert_eq!(message.unwrap(), text("x"));
}

#[tokio::test]
async fn a_farewell_is_told_once_and_answered() {
    let (mut client, mut server) = raw(None);
    server.write_all(&[0x88, 5, 0x03, 0xE8, b'b', b'y', b'e']).await.unwrap();
    assert_eq!(client.next().await.unwrap(), Message::Close(Some(1000), "bye".to_owned()));
    assert!(matches!(client.next().await, Err(SocketError::Closed)));
    assert!(matches!(client.send_text("x".to_owned()).await, Err(SocketError::Closed)));
    let mut answer = [0; 8];
    server.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer[..2], [0x88, 0x82]);
}

#[tokio::test]
async fn a_wait_that_is_given_up_loses_nothing() {
    let (mut client, mut server) = raw(AGREED);
    for byte in [0x81, 4, b'a', b'b', b'c', b'd'] {
        server.write_all(&[byte]).await.unwrap();
        if byte != b'd' {
            let nothing = tokio::select! {
                biased;
                message = client.next() => Some(message),
                () = tokio::task::yield_now() => None,
            };
            assert!(nothing.is_none(), "{nothing:?}");
        }
    }
    assert_eq!(client.next().await.unwrap(), text("abcd"));
}

#[tokio::test]
async fn what_breaks_the_protocol_or_the_limit_ends_the_connection() {
    let check = async |bytes: &[u8], deflate, words: &str| {
        let (mut client, mut server) = raw(deflate);
        server.write_all(bytes).await.unwrap();
        drop(server);
        let error = client.next().await.unwrap_err().to_string();
        assert!(error.contains(words), "{bytes:x?}: {error}");
    };
    check(&[], None, "without a close frame").await;
    check(&[0x81], None, "without a close frame").await;
    check(&[0x81, 0x80, 0, 0, 0, 0], None, "masked").await;
    check(&[0x80, 0], None, "without having begun").await;
    check(&[0x01, 0, 0x01, 0], None, "within a message").await;
    check(&[0xC1, 1, 0], None, "not agreed on").await;
    check(&[0x41, 0, 0xC0, 0], AGREED, "within a message").await;
    check(&[0x81, 2, 0xC3, 0x28], None, "not UTF-8").await;
    check(&[0x88, 1, 3], None, "half a close code").await;
    check(&[0x81, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], None, "more than 1000 bytes").await;
    check(&[&[0x01, 126, 3, 0xE8][..], &[b'x'; 1000], &[0x80, 1, b'x']].concat(), None, "more than 1000")
        .await;
    check(&[0xC1, 3, 0xFF, 0xFF, 0xFF], AGREED, "broken").await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_bytes_panic_or_hang(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut client, mut server) = raw(AGREED);
            server.write_all(&bytes).await.unwrap();
            drop(server);
            while client.next().await.is_ok() {}
        });
    }
}
