//! Heads as clients and hosts write them, and as those who try something do.

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

fn request(head: &str) -> Result<Asked, &'static str> {
    parse_request(head.as_bytes())
}

fn forward(head: &str) -> Forward {
    match request(head) {
        Ok(Asked::Forward(forward)) => forward,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_is_written_anew() {
    let head = "POST HTTP://Good.com:8080/a?b HTTP/1.1\r\nHost: good.com:8080\r\nUser-Agent: x\r\nProxy-Connection: Keep-Alive\r\n\
        Proxy-Authorization: Basic eDp5\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\n";
    let expected = "POST /a?b HTTP/1.1\r\nHost: good.com:8080\r\nUser-Agent: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\n";
    assert_eq!(
        forward(head),
        Forward {
            authority: Authority::parse("good.com:8080", None).unwrap(),
            intent: Intent::Change,
            head: expected.to_owned(),
            body: Framing::Length(3),
            is_head: false,
        }
    );
    let plain = forward("HEAD http://[::1]/ HTTP/1.0\r\n\r\n");
    assert_eq!(
        (plain.head.as_str(), plain.is_head),
        ("HEAD / HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n", true)
    );
}

#[test]
fn a_tunnel_names_its_port() {
    let tunnel = |head: &str| match request(head) {
        Ok(Asked::Tunnel(authority)) => Ok(authority.to_string()),
        Ok(other) => panic!("{other:?}"),
        Err(reason) => Err(reason),
    };
    assert_eq!(
        tunnel("CONNECT good.com:443 HTTP/1.1\r\nHost: good.com\r\n\r\n"),
        Ok("good.com:443".to_owned())
    );
    assert_eq!(
        tunnel("CONNECT good.com:443 HTTP/1.1\r\nHost: GOOD.com.:443\r\n\r\n"),
        Ok("good.com:443".to_owned())
    );
    assert!(tunnel("CONNECT good.com HTTP/1.1\r\n\r\n").is_err());
    assert!(tunnel("CONNECT good.com:443 HTTP/1.1\r\nHost: evil.com:443\r\n\r\n").is_err());
    assert!(tunnel("CONNECT good.com:443 HTTP/1.1\r\nHost: good.com:22\r\n\r\n").is_err());
    assert!(tunnel("CONNECT http://good.com:443 HTTP/1.1\r\n\r\n").is_err());
}

// threat 20
#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let with = |headers: &str| format!("POST http://good.com/ HTTP/1.1\r\n{headers}\r\n");
    for head in [
        with("Host: evil.com\r\n"),
        with("Host: good.com\r\nHost: evil.com\r\n"),
        with("Host: good.com\r\nHost: good.com\r\n"),
        with("Host: user@good.com\r\n"),
        with("Content-Length: 1\r\nContent-Length: 2\r\n"),
        with("Content-Length: 1, 1\r\n"),
        with("Content-Length: +1\r\n"),
        with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
        with("Transfer-Encoding: gzip, chunked\r\n"),
        with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        with("Transfer-Encoding : chunked\r\n"),
        with("A: b\r\n Content-Length: 5\r\n"),
        with("A: b\rX: y\r\n"),
        with("A: \u{0}\r\n"),
        "GET http://good.com/ HTTP/1.1\nHost: good.com\n\n".to_owned(),
        "GET /index.html HTTP/1.1\r\nHost: good.com\r\n\r\n".to_owned(),
        "GET http://good.com/ HTTP/2.0\r\n\r\n".to_owned(),
        "GET http://good.com/\r\n\r\n".to_owned(),
        "GET http://good.com/ x HTTP/1.1\r\n\r\n".to_owned(),
        format!("GET http://good.com/ HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(HEADERS_MAX + 1)),
    ] {
        assert!(request(&head).is_err(), "{head:?}");
    }
}

#[test]
fn an_answer_ends_where_its_head_says() {
    let answer = |head: &str, is_head| {
        parse_answer(head.as_bytes(), is_head).map(|answer| (answer.body, answer.interim))
    };
    assert_eq!(
        answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false),
        Ok((Framing::Length(5), false))
    );
    assert_eq!(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true), Ok((Framing::Length(0), false)));
    assert_eq!(answer("HTTP/1.0 200 OK\r\n\r\n", false), Ok((Framing::UntilClose, false)));
    assert_eq!(
        answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false),
        Ok((Framing::Length(0), false))
    );
    assert_eq!(answer("HTTP/1.1 100 Continue\r\n\r\n", false), Ok((Framing::Length(0), true)));
    assert!(answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", false).is_err());
    let kept = parse_answer(
        b"HTTP/1.1 200 Fine\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nA: b\r\n\r\n",
        false,
    );
    assert_eq!(kept.unwrap().head, "HTTP/1.1 200 Fine\r\nA: b\r\nConnection: close\r\n\r\n");
}

#[tokio::test]
async fn a_head_is_read_whatever_the_pieces_and_no_further() {
    let mut stream = &b"T / HTTP/1.1\r\nA: b\r\n\r\nbody"[..];
    let mut buffer = b"GE".to_vec();
    let head = read_head(&mut stream, &mut buffer).await.unwrap().unwrap();
    assert_eq!((head.as_slice(), buffer.as_slice()), (&b"GET / HTTP/1.1\r\nA: b\r\n\r\n"[..], &b"body"[..]));
    assert!(read_head(&mut tokio::io::empty(), &mut Vec::new()).await.unwrap().is_none());
    assert!(read_head(&mut &b"GET"[..], &mut Vec::new()).await.is_err());
    assert!(read_head(&mut tokio::io::repeat(b'x'), &mut Vec::new()).await.is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,60}") {
        let _ = parse_request(&bytes);
        let _ = parse_answer(&bytes, false);
        let _ = request(&format!("GET http://{text}/ HTTP/1.1\r\nHost: {text}\r\n\r\n"));
    }
}
