//! The linear search finds what a plain one finds, and passes go from exact to loose.

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_first_match_is_found(
        lines in prop::collection::vec("[ab]", 0..24),
        pattern in prop::collection::vec("[ab]", 1..6),
        from in 0..8_usize,
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let pattern: Vec<&str> = pattern.iter().map(String::as_str).collect();
        let plain = (from..lines.len()).find(|at| lines[*at..].starts_with(&pattern));
        prop_assert_eq!(find(&lines, &pattern, from, ChunkEnd::Anywhere), plain);
        let at_end = lines.len().checked_sub(pattern.len());
        let at_end = at_end.filter(|at| *at >= from && lines[*at..] == pattern);
        prop_assert_eq!(find(&lines, &pattern, from, ChunkEnd::EndOfFile), at_end);
    }
}

#[test]
fn a_stricter_match_further_down_wins() {
    let lines = [" \u{2013} ", " - ", "- ", "-", "-"];
    for (from, expected) in [(0, Some(3)), (4, Some(4)), (5, None)] {
        assert_eq!(find(&lines, &["-"], from, ChunkEnd::Anywhere), expected);
    }
    assert_eq!(find(&lines[..3], &["-"], 0, ChunkEnd::Anywhere), Some(2));
    assert_eq!(find(&lines[..2], &["-"], 0, ChunkEnd::Anywhere), Some(1));
    assert_eq!(find(&lines[..1], &["-"], 0, ChunkEnd::Anywhere), Some(0));
}
