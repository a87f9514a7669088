//! Budgets met and missed, byte for byte.

use pretty_assertions::assert_eq;

use super::*;

fn whole(text: &str) -> Printed<'_> {
    Printed { head: text, tail: "", omitted_bytes: 0 }
}

#[test]
fn output_within_the_budget_is_shown_as_it_is() {
    assert_eq!(whole("a\nb").for_model(1), "a\nb");
    assert_eq!(whole("abcd").for_model(1), "abcd");
    assert_eq!(whole("").for_model(0), "");
}

#[test]
fn one_byte_over_is_cut_in_the_middle() {
    assert_eq!(
        whole("abcdefghi").for_model(2),
        "Warning: truncated output (original token count: 3)\nTotal output lines: 1\n\nabcd…1 tokens truncated…fghi"
    );
}

#[test]
fn the_numbers_of_a_long_sequence_are_those_of_the_reference() {
    let text: String = (1..=20_000).map(|n| format!("{n}\n")).collect();
    let shown = whole(&text).for_model(10_000);
    let head = &text[..20_000];
    let tail = &text[text.len() - 20_000..];
    assert_eq!(
        shown,
        format!(
            "Warning: truncated output (original token count: 27224)\nTotal output lines: 20000\n\n\
             {head}…17224 tokens truncated…{tail}"
        )
    );
}

#[test]
fn a_budget_of_nothing_shows_the_marker_alone() {
    assert_eq!(
        whole("abc\ndef\n").for_model(0),
        "Warning: truncated output (original token count: 2)\nTotal output lines: 2\n\n…2 tokens truncated…"
    );
}

#[test]
fn wide_characters_are_never_split() {
    let text = "€".repeat(10);
    assert_eq!(
        whole(&text).for_model(4),
        "Warning: truncated output (original token count: 8)\nTotal output lines: 1\n\n€€…4 tokens truncated…€€"
    );
}

#[test]
fn dropped_bytes_are_named_even_when_the_rest_fits() {
    let printed = Printed { head: "head", tail: "tail", omitted_bytes: 400 };
    assert_eq!(printed.tokens(), 102);
    assert_eq!(
        printed.for_model(101),
        "Warning: truncated output (original token count: 102)\n... 400 bytes omitted ...\n\n\
         headtail…1 tokens truncated…"
    );
}
