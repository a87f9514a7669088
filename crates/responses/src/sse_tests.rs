//! The parser against every cut of hand-made streams, and against arbitrary bytes.

use bytes::Bytes;
use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::{EventTooLarge, SseParser};

fn parse(chunks: &[&[u8]], bytes_max: usize) -> Result<Vec<Vec<u8>>, EventTooLarge> {
    let mut parser = SseParser::new(bytes_max);
    let mut events = Vec::new();
    for chunk in chunks {
        parser.push(Bytes::copy_from_slice(chunk));
        while let Some(event) = parser.next_event() {
            events.push(event?.to_vec());
        }
    }
    Ok(events)
}

fn whole(text: &str) -> Vec<String> {
    parse(&[text.as_bytes()], 1 << 20)
        .unwrap()
        .into_iter()
        .map(|data| String::from_utf8(data).unwrap())
        .collect()
}

#[test]
fn events_end_at_blank_lines_and_only_data_counts() {
    let check = |stream: &str, events: &[&str]| assert_eq!(whole(stream), events, "{stream:?}");
    check("data: a\n\ndata: b\n\n", &["a", "b"]);
    check("event: x\nid: 1\nretry: 5\ndata: a\n\n", &["a"]);
    check(": ping\n\n: ping\n\ndata:a\n\n", &["a"]);
    check("data: a\r\n\r\ndata: b\r\n\r\n", &["a", "b"]);
    check("data: a\r\rdata: b\r\r", &["a", "b"]);
    check("data: a\ndata: b\ndata:\ndata\ndata:  c\n\n", &["a\nb\n\n\n c"]);
    check("\u{feff}data: a\n\n", &["a"]);
    check("\n\n\nevent: only\n\ndatax: no\n\n", &[]);
    check("data: unfinished\n", &[]);
}

#[test]
fn every_cut_gives_the_same_events() {
    let stream = "\u{feff}: hi\r\n\r\nevent: e\r\ndata: {\"a\":\"ü\"}\r\n\r\ndata: 1\ndata: 2\n\ndata: x\r\rdata: end\n\n";
    let expected = parse(&[stream.as_bytes()], 1 << 20);
    assert_eq!(expected.as_ref().unwrap().len(), 4);
    for first in 0..=stream.len() {
        for second in first..=stream.len() {
            let bytes = stream.as_bytes();
            let cut = parse(&[&bytes[..first], &bytes[first..second], &bytes[second..]], 1 << 20);
            assert_eq!(cut, expected, "cut at {first} and {second}");
        }
    }
    let single: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
    assert_eq!(parse(&single, 1 << 20), expected);
}

#[test]
fn an_event_within_one_chunk_is_not_copied() {
    let chunk = Bytes::from_static(b"data: {\"type\":\"x\"}\n\n");
    let range = chunk.as_ptr_range();
    let mut parser = SseParser::new(1 << 20);
    parser.push(chunk);
    let event = parser.next_event().unwrap().unwrap();
    assert!(range.contains(&event.as_ptr()));
}

#[test]
fn an_oversized_event_is_refused_without_its_end() {
    let limit = Err(EventTooLarge { bytes_max: 10 });
    assert_eq!(parse(&[b"data: 12345678\n\n"], 10), limit, "one line");
    assert_eq!(parse(&[b"data: 1", b"2345", b"6789"], 10), limit, "a line that does not end");
    assert_eq!(parse(&[b"data: 1234\ndata: 5678\n\n"], 10), limit, "many short lines");
    assert_eq!(parse(&[b": a long comment\n\n"], 10), limit, "a comment");
    assert_eq!(parse(&[b"data: 12\n\ndata: 34\n\n"], 10).unwrap().len(), 2, "events are counted one by one");
}

proptest! {
    #[test]
    fn arbitrary_bytes_parse_alike_under_any_chunking(
        pieces in prop::collection::vec(
            prop_oneof![
                Just(b"data: ".to_vec()), Just(b"\n".to_vec()), Just(b"\r".to_vec()), Just(b"\r\n".to_vec()),
                Just(b":".to_vec()), Just(b"\xEF\xBB\xBF".to_vec()), prop::collection::vec(any::<u8>(), 0..6)
            ],
            0..40,
        ),
        size in 1usize..9,
    ) {
        let bytes = pieces.concat();
        let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
        prop_assert_eq!(parse(&chunks, 1 << 20), parse(&[&bytes], 1 << 20));
    }
}
