//! Garbage below the events of a WebSocket: frames that break the protocol, compression that is broken. The connection is
//! dropped at once, the request goes over another, and a server that knows nothing better is asked over HTTP.

use codex_model_provider::ProviderInfo;
use codex_responses::ResponsesClient;
use codex_sim::{Handshake, Reply, Script, SimServer};
use pretty_assertions::assert_eq;

use crate::dialogue::{Dialogue, Heard};
use crate::lab::{options, provider};

/// What is wrong, and the bytes.
fn garbage() -> Vec<(&'static str, Vec<u8>)> {
    let oversize = [&[0x81, 127][..], &u64::MAX.to_be_bytes()].concat();
    let too_large = [&[0x81, 127][..], &(1_u64 << 40).to_be_bytes()].concat();
    vec![
        ("an opcode nobody knows", vec![0x83, 0]),
        ("a control opcode nobody knows", vec![0x8B, 0]),
        ("reserved bits", vec![0xB1, 1, b'x']),
        ("a masked frame of a server", vec![0x81, 0x81, 1, 2, 3, 4, b'x']),
        ("a length with its highest bit set", oversize),
        ("a length beyond every limit", too_large),
        ("text that is not UTF-8", vec![0x81, 2, 0xC3, 0x28]),
        ("a long ping", [&[0x89, 126, 0, 200][..], &[b'x'; 200]].concat()),
        ("a ping in pieces", vec![0x09, 1, b'x']),
        ("a piece of nothing", vec![0x80, 1, b'x']),
        ("a message within a message", vec![0x01, 1, b'x', 0x81, 1, b'y']),
        ("half a close code", vec![0x88, 1, 3]),
        ("a close reason that is not UTF-8", vec![0x88, 4, 0x03, 0xE8, 0xC3, 0x28]),
        ("compression nobody agreed on", vec![0xC1, 7, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0]),
        ("the answer of a web server", b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n".to_vec()),
    ]
}

/// The same where compression was agreed on.
fn broken_compression() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("no deflate at all", vec![0xC1, 3, 0xFF, 0xFF, 0xFF]),
        ("deflate that is cut off", vec![0xC1, 4, 0xF2, 0x48, 0xCD, 0xC9]),
        ("a piece that begins compression", vec![0x41, 1, 0xF2, 0xC0, 0]),
    ]
}

/// The server goes on holding its end: only a client that lets go at once gets on.
fn broken(bytes: Vec<u8>) -> Reply {
    Reply::sse().created().message("kept").below_frames(bytes).hold()
}

fn socket_client(server: &SimServer, retries: u64) -> ResponsesClient {
    let provider =
        ProviderInfo { supports_websockets: true, stream_max_retries: retries, ..provider(&server.url()) };
    ResponsesClient::new(options(provider))
}

async fn survives(what: &str, bytes: Vec<u8>, handshake: Handshake) {
    let script = Script::new([broken(bytes), Reply::say("hi")]).further_handshakes(handshake);
    let server = SimServer::start(script).await.unwrap();
    let mut dialogue = Dialogue::warmed(socket_client(&server, 5));
    assert_eq!(dialogue.turn("hello").await, [], "{what}");
    let requests = server.requests();
    assert_eq!(requests.len(), 2, "{what}");
    assert_eq!((server.handshakes().len(), requests[1].previous_response_id()), (2, None), "{what}");
    // What was finished before the garbage is part of the conversation.
    assert_eq!(requests[1].input_texts("assistant"), ["kept"], "{what}");
    server.verify().unwrap();
}

#[tokio::test]
async fn broken_frames_end_a_connection_at_once() {
    for (what, bytes) in garbage() {
        survives(what, bytes, Handshake::accept()).await;
    }
}

#[tokio::test]
async fn broken_compression_ends_a_connection_at_once() {
    for (what, bytes) in broken_compression() {
        survives(what, bytes, Handshake::accept().deflate()).await;
    }
}

#[tokio::test]
async fn a_server_that_only_frames_garbage_is_asked_over_http() {
    for (what, bytes) in garbage() {
        let made = bytes.clone();
        let answer = move |request: &codex_sim::RecordedRequest| match request.method() {
            "POST" => Reply::say("hi"),
            _ => Reply::sse().created().below_frames(made.clone()).hold(),
        };
        let script = Script::new([Reply::computed(answer)]).repeat_last();
        let server = SimServer::start(script).await.unwrap();
        let mut dialogue = Dialogue::warmed(socket_client(&server, 1));
        let heard = dialogue.turn("hello").await;
        assert!(matches!(&heard[..], [Heard::FallBack(_)]), "{what}: {heard:?}");
        assert_eq!(
            server.requests().last().map(|request| request.method().to_owned()).as_deref(),
            Some("POST")
        );
        server.verify().unwrap();
    }
}
