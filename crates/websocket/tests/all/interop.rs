//! Against another implementation, which knows no compression: frames and handshakes are the standard's, not ours.

use codex_websocket::{HandshakeError, Message, Role, WebSocket, accept_key, handshake};
use futures_util::{SinkExt, StreamExt};
use http::Request;
use pretty_assertions::assert_eq;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::protocol::Role as TheirRole;

const MAX: usize = 1 << 20;

fn request() -> Request<()> {
    Request::get("ws://a.test/v1?x=1").header("host", "a.test").header("x-own", "1").body(()).unwrap()
}

#[tokio::test]
async fn their_server_accepts_our_client() {
    let (ours, theirs) = duplex(4096);
    let (opened, accepted) =
        tokio::join!(handshake(ours, request(), MAX), tokio_tungstenite::accept_async(theirs));
    let (mut client, mut server) = (opened.unwrap().socket, accepted.unwrap());
    let long = "long ".repeat(30_000);
    let sent = async {
        client.send_text(long.clone()).await.unwrap();
        let pong = client.next().await.unwrap();
        client.close(Some(1000), "done").await.unwrap();
        pong
    };
    let heard = async {
        let heard = server.next().await.unwrap().unwrap();
        server.send(tungstenite::Message::Ping("p".into())).await.unwrap();
        server.send(tungstenite::Message::text("answer")).await.unwrap();
        let pong = server.next().await.unwrap().unwrap();
        let close = server.next().await.unwrap().unwrap();
        (heard, pong, close)
    };
    let (answer, (heard, pong, close)) = tokio::join!(sent, heard);
    assert_eq!(heard, tungstenite::Message::text(long));
    assert_eq!(answer, Message::Text("answer".into()));
    assert_eq!(pong, tungstenite::Message::Pong("p".into()));
    assert!(matches!(close, tungstenite::Message::Close(Some(frame)) if frame.reason == "done"));
}

#[tokio::test]
async fn their_client_understands_our_server() {
    let (ours, theirs) = duplex(4096);
    let mut server = WebSocket::new(ours, Role::Server, MAX, None);
    let mut client =
        tokio_tungstenite::WebSocketStream::from_raw_socket(theirs, TheirRole::Client, None).await;
    let (_, heard) = tokio::join!(client.send(tungstenite::Message::text("question")), server.next());
    assert_eq!(heard.unwrap(), Message::Text("question".into()));
    let long = "x".repeat(100_000);
    let (sent, heard) = tokio::join!(server.send_text(long.clone()), client.next());
    sent.unwrap();
    assert_eq!(heard.unwrap().unwrap(), tungstenite::Message::text(long));
}

/// What a server that answers with this head and body makes of our handshake, and the request it saw.
async fn answered(
    answer: impl FnOnce(&str) -> String,
) -> (Result<WebSocket<DuplexStream>, HandshakeError>, String) {
    let (ours, mut theirs) = duplex(1 << 16);
    let serve = async {
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(theirs.read_u8().await.unwrap());
        }
        let asked = String::from_utf8(asked).unwrap();
        let key = asked.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).unwrap();
        theirs.write_all(answer(&accept_key(key.as_bytes())).as_bytes()).await.unwrap();
        drop(theirs);
        asked
    };
    let (opened, asked) = tokio::join!(handshake(ours, request(), MAX), serve);
    (opened.map(|opened| opened.socket), asked)
}

fn switching(accept: &str, more: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{more}\r\n"
    )
}

#[tokio::test]
async fn the_request_is_whole_and_messages_may_come_with_the_answer() {
    let (socket, asked) = answered(|accept| switching(accept, "") + "\u{81}\u{2}hi").await;
    // The two bytes above were written as UTF-8; a real frame follows below.
    drop(socket);
    assert!(asked.starts_with("GET /v1?x=1 HTTP/1.1\r\nhost: a.test\r\n"), "{asked}");
    assert!(
        asked.contains("sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n"),
        "{asked}"
    );
    let (mut socket, _) = {
        let (ours, mut theirs) = duplex(1 << 16);
        let serve = async {
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                asked.push(theirs.read_u8().await.unwrap());
            }
            let asked = String::from_utf8(asked).unwrap();
            let key = asked.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).unwrap();
            let extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
            let mut answer = switching(&accept_key(key.as_bytes()), extension).into_bytes();
            answer.extend([0xC1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
            theirs.write_all(&answer).await.unwrap();
            theirs
        };
        let (opened, theirs) = tokio::join!(handshake(ours, request(), MAX), serve);
        (opened.unwrap().socket, theirs)
    };
    assert_eq!(socket.next().await.unwrap(), Message::Text("Hello".into()));
}

#[tokio::test]
async fn a_refusal_brings_its_words() {
    let length =
        |_: &str| "HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\nx-why: y\r\n\r\nno!!more".to_owned();
    let chunks = |_: &str| {
        "HTTP/1.1 403 Forbidden\r\nx-why: y\r\ntransfer-encoding: chunked\r\n\r\n3\r\nno!\r\n1\r\n!\r\n0\r\n\r\n".to_owned()
    };
    let to_the_end = |_: &str| "HTTP/1.0 403 Forbidden\r\nx-why: y\r\n\r\nno!!".to_owned();
    let answers: [fn(&str) -> String; 3] = [length, chunks, to_the_end];
    for answer in answers {
        match answered(answer).await.0 {
            Err(HandshakeError::Refused(refused)) => {
                assert_eq!((refused.status.as_u16(), refused.body.as_slice()), (403, &b"no!!"[..]));
                assert_eq!(refused.headers["x-why"], "y");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_that_proves_nothing_is_none() {
    let check = async |answer: fn(&str) -> String, words: &str| {
        let error = answered(answer).await.0.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    check(|_| switching("AAAA", ""), "sec-websocket-accept").await;
    check(|accept| switching(accept, "").replace("WebSocket\r\n", "h2c\r\n"), "upgrade").await;
    check(|accept| switching(accept, "Sec-WebSocket-Extensions: x-other\r\n"), "x-other").await;
    check(|accept| switching(accept, "Sec-WebSocket-Protocol: p\r\n"), "subprotocol").await;
    check(|_| "SSH-2.0-OpenSSH\r\n".to_owned(), "no HTTP").await;
    check(|_| String::new(), "ended before").await;
}
