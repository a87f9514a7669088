//! Connections: one serves many requests, and a stream nobody wants is closed. The server here is raw TCP,
//! because these tests are about connections and not about answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::lab::{client, completed, play, request, request_saying};

const DONE: &str = "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\"}}\n\n";
const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// Reads one request to the end of its body; `false` when the connection is closed.
async fn read_request(socket: &mut TcpStream) -> bool {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() >= length.parse().unwrap() {
                return true;
            }
        }
        match socket.read(&mut piece).await {
            Ok(0) | Err(_) => return false,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
        }
    }
}

#[tokio::test]
async fn requests_of_a_session_share_one_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&accepted);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            connections.spawn(async move {
                while read_request(&mut socket).await {
                    let answer = format!("{HEAD}{}0\r\n\r\n", chunk(DONE));
                    socket.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    let client = client(&url);
    for _ in 0..5 {
        let turn = client.turn();
        for _ in 0..4 {
            let (events, error) = play(&turn, &request(&client)).await;
            assert!(completed(&events), "{error:?}");
        }
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn dropping_a_stream_closes_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        assert!(read_request(&mut socket).await);
        let begun = format!("{HEAD}{}", chunk("data: {\"type\":\"response.created\"}\n\n"));
        socket.write_all(begun.as_bytes()).await.unwrap();
        // Ends when the client closes.
        assert!(!read_request(&mut socket).await);
    };
    let client = client(&url);
    let wanted = async {
        let mut stream = client.turn().stream(&request(&client)).await.unwrap();
        stream.next().await.unwrap().unwrap();
        drop(stream);
    };
    tokio::time::timeout(Duration::from_secs(20), async { tokio::join!(server, wanted) }).await.unwrap();
}

#[tokio::test]
async fn dropping_the_request_closes_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let client = client(&url);
    let (request, turn) = (request(&client), client.turn());
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        assert!(read_request(&mut socket).await);
        socket
    };
    let both = async {
        tokio::select! {
            result = turn.stream(&request) => panic!("answered: {result:?}"),
            socket = server => socket,
        }
    };
    let closed = async {
        let mut socket = both.await;
        assert!(!read_request(&mut socket).await);
    };
    tokio::time::timeout(Duration::from_secs(20), closed).await.unwrap();
}

/// A refusal may come before the server has read the request: what is left is not sent, and another connection takes
/// the next attempt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_request_is_sent_no_further() {
    // More than the kernel takes in for a server that does not read: a client's usual 4 MiB, and a little here.
    const WORDS_BYTES: usize = 12 << 20;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1 << 16).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(4).unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let client = client(&url);
    let (request, turn) = (request_saying(&client, &"a".repeat(WORDS_BYTES)), client.turn());
    let server = async {
        let (mut first, _) = listener.accept().await.unwrap();
        let refusal = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n";
        first.write_all(refusal.as_bytes()).await.unwrap();
        let (mut second, _) = listener.accept().await.unwrap();
        let mut read = 0;
        let mut piece = vec![0; 1 << 20];
        while let Ok(bytes @ 1..) = first.read(&mut piece).await {
            read += bytes;
        }
        second.read_exact(&mut piece).await.unwrap();
        second.write_all(format!("{HEAD}{}", chunk(DONE)).as_bytes()).await.unwrap();
        // An answer that is no refusal stops nothing.
        let mut rest = piece.len();
        while rest < WORDS_BYTES {
            rest += second.read(&mut piece).await.unwrap();
        }
        read
    };
    let both = async { tokio::join!(server, play(&turn, &request)) };
    let (read, (events, error)) = tokio::time::timeout(Duration::from_secs(60), both).await.unwrap();
    assert!(completed(&events), "{error:?}");
    assert!(read < WORDS_BYTES, "{read} bytes were sent after the refusal");
}
