//! The draft: stops, changes, and the way back.

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

fn typed(text: &str) -> Buffer {
    let mut buffer = Buffer::default();
    for c in text.chars() {
        buffer.insert(&Piece::plain(&c.to_string()), Edit::Type);
    }
    buffer
}

// covers: tui 30
#[test]
fn stops_are_whole_graphemes() {
    for cluster in ["👨‍👩‍👧‍👦", "🇩🇪", "e\u{301}", "日", "👍🏽", "a"] {
        let mut buffer = Buffer::default();
        buffer.insert(&Piece::plain(&format!("x{cluster}")), Edit::Whole);
        assert_eq!(buffer.cursor(), 1 + cluster.len());
        assert_eq!(buffer.previous(buffer.cursor()), 1, "{cluster}");
        assert_eq!(buffer.next(1), 1 + cluster.len(), "{cluster}");
    }
}

#[test]
fn a_mark_typed_after_its_letter_leaves_the_cursor_behind_both() {
    let mut buffer = typed("e");
    buffer.insert(&Piece::plain("\u{301}"), Edit::Type);
    assert_eq!(buffer.cursor(), 3);
    assert_eq!(buffer.previous(3), 0);
    // A letter put before a lone mark joins with it: the cursor goes behind the mark.
    let mut buffer = typed("\u{301}");
    buffer.move_to(0);
    buffer.insert(&Piece::plain("o"), Edit::Type);
    assert_eq!(buffer.cursor(), 3);
}

#[test]
fn words_typed_are_undone_one_by_one() {
    let mut buffer = typed("one two");
    assert!(buffer.undo());
    assert_eq!(buffer.text(), "one ");
    assert!(buffer.undo());
    assert_eq!(buffer.text(), "");
    assert!(!buffer.undo());
    assert!(buffer.redo() && buffer.redo());
    assert_eq!((buffer.text(), buffer.cursor()), ("one two", 7));
    assert!(!buffer.redo());
}

#[test]
fn a_change_forgets_what_was_undone() {
    let mut buffer = typed("one");
    buffer.undo();
    buffer.insert(&Piece::plain("x"), Edit::Type);
    assert!(!buffer.redo());
    assert_eq!(buffer.text(), "x");
}

#[test]
fn squash_makes_one_step() {
    let mut buffer = typed("a");
    let mark = buffer.mark();
    buffer.insert(&Piece::plain("b"), Edit::Whole);
    buffer.insert(&Piece::plain("c"), Edit::Whole);
    buffer.squash(mark);
    buffer.undo();
    assert_eq!(buffer.text(), "a");
    buffer.redo();
    assert_eq!(buffer.text(), "abc");
}

#[test]
fn a_token_is_one_stop() {
    let mut buffer = typed("ab");
    buffer.move_to(1);
    buffer.insert(&Piece::token("[x y]".to_owned(), TokenKind::Paste("z".into())), Edit::Whole);
    assert_eq!(buffer.text(), "a[x y]b");
    assert_eq!((buffer.previous(6), buffer.next(1), buffer.stop_at_or_after(3)), (1, 6, 6));
    let removed = buffer.replace(1..6, &Piece::default(), Edit::Backspace);
    assert_eq!(removed.tokens.len(), 1);
    buffer.undo();
    assert_eq!(buffer.piece().tokens.len(), 1);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c \n]{0,4}",
        prop::sample::select(vec![
            "👨‍👩‍👧",
            "🇩🇪",
            "🇫",
            "\u{301}",
            "\u{200d}",
            "日本",
            "\u{1b}",
            "\r\n",
            "\u{202e}"
        ])
        .prop_map(str::to_owned),
    ]
}

#[derive(Debug, Clone)]
enum Op {
    Insert(String),
    Token(String),
    Replace(usize, usize, String),
    Move(usize),
    Undo,
    Redo,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => text().prop_map(Op::Insert),
        1 => text().prop_map(Op::Token),
        2 => (0_usize..40, 0_usize..40, text()).prop_map(|(a, b, new)| Op::Replace(a, b, new)),
        2 => (0_usize..40).prop_map(Op::Move),
        1 => Just(Op::Undo),
        1 => Just(Op::Redo),
    ]
}

proptest! {
    #[test]
    fn the_cursor_is_always_on_a_stop_and_undo_leads_back_to_nothing(ops in prop::collection::vec(op(), 0..40)) {
        let mut buffer = Buffer::default();
        for op in ops {
            match op {
                Op::Insert(new) => buffer.insert(&Piece::plain(&new), Edit::Type),
                Op::Token(label) => {
                    buffer.insert(&Piece::token(label, TokenKind::Paste("p".into())), Edit::Whole);
                }
                Op::Replace(a, b, new) => {
                    buffer.replace(a.min(b)..a.max(b), &Piece::plain(&new), Edit::Whole);
                }
                Op::Move(at) => buffer.move_to(at),
                Op::Undo => { buffer.undo(); }
                Op::Redo => { buffer.redo(); }
            }
            let cursor = buffer.cursor();
            prop_assert_eq!(buffer.stop_at_or_after(cursor), cursor);
            let mut at = 0;
            let mut stops = vec![0];
            while at < buffer.text().len() {
                let next = buffer.next(at);
                prop_assert!(next > at);
                prop_assert_eq!(buffer.previous(next), at, "{:?}", buffer.text());
                at = next;
                stops.push(at);
            }
            prop_assert!(stops.contains(&cursor), "{cursor} {:?}", buffer.piece());
        }
        let last = buffer.piece().clone();
        let mut steps = 0;
        while buffer.undo() { steps += 1; }
        prop_assert_eq!(buffer.text(), "");
        for _ in 0..steps { prop_assert!(buffer.redo()); }
        prop_assert_eq!(buffer.piece(), &last);
    }
}
