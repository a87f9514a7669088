//! Streaming gives what the whole text gives, and does each piece of work once.

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::markdown_tests::document;
use super::*;

fn streamed(deltas: &[&str], width: u16) -> StreamingMarkdown {
    let mut markdown = StreamingMarkdown::new(Layout::of_width(width));
    for delta in deltas {
        markdown.push(delta);
        markdown.update();
    }
    markdown
}

fn plain(markdown: &StreamingMarkdown) -> Vec<String> {
    markdown.lines().map(MdLine::plain).collect()
}

/// Cuts a text at characters.
fn cut(text: &str, cuts: &[prop::sample::Index]) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(chars.len() + 1)).collect();
    places.extend([0, chars.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| chars[pair[0]..pair[1]].iter().collect()).collect()
}

// covers: tui 34
#[test]
fn what_came_is_shown_before_its_line_ends() {
    let mut markdown = streamed(&["Hel", "lo **wo"], 40);
    assert_eq!(plain(&markdown), ["Hello **wo"]);
    markdown.push("rld**\n\n- a\n- b");
    markdown.update();
    assert_eq!(plain(&markdown), ["Hello world", "", "- a", "- b"]);
    assert_eq!(markdown.finished().len(), 1, "the last complete line may still go on");
    markdown.push("\n- c");
    markdown.update();
    assert_eq!(markdown.finished().iter().map(MdLine::plain).collect::<Vec<_>>(), ["Hello world", "", "- a"]);
    markdown.finish();
    assert_eq!(plain(&markdown), ["Hello world", "", "- a", "- b", "- c"]);
    assert_eq!((markdown.open().len(), markdown.generation()), (0, 0));
}

#[test]
fn code_grows_by_lines() {
    let mut markdown = streamed(&["x\n\n```rust\nfn a", "() {\n}\n", "``"], 40);
    assert_eq!(plain(&markdown), ["x", "", "  fn a() {", "  }"]);
    markdown.push("`\nafter");
    markdown.update();
    assert_eq!(plain(&markdown), ["x", "", "  fn a() {", "  }", "", "after"]);
    assert_eq!(markdown.finished().len(), 4);
}

#[test]
fn a_late_address_renders_its_links_again() {
    let mut markdown = streamed(&["[a] and [b]\n\nmore\n\n", "[a]: https://a.org\n\nend\n"], 60);
    assert_eq!(plain(&markdown)[0], "a (https://a.org) and [b]");
    assert_eq!(markdown.generation(), 1);
    markdown.push("\n[b]: https://b.org");
    markdown.finish();
    assert_eq!(plain(&markdown), ["a (https://a.org) and b (https://b.org)", "", "more", "", "end"]);
}

#[test]
fn finished_chunks_are_rendered_once() {
    let items: String = (0..2_000).map(|n| format!("- item number {n} of the list\n")).collect();
    let code: String = (0..2_000).map(|n| format!("let line_{n} = {n};\n")).collect();
    let prose = "A paragraph of some words.\n\n".repeat(2_000);
    let mut shapes = vec![items, format!("```rust\n{code}```\n"), prose];
    shapes.push(shapes.concat());
    for text in shapes {
        let chars: Vec<char> = text.chars().collect();
        let mut markdown = StreamingMarkdown::new(Layout::of_width(60));
        for delta in chars.chunks(7) {
            markdown.push(&delta.iter().collect::<String>());
            markdown.update();
        }
        markdown.finish();
        let work = markdown.work();
        assert!(work.bytes < text.len() * 8, "{} of {} bytes", work.bytes, text.len());
        assert!(work.chunks <= chars.len() / 7 * 2 + 7_000, "{}", work.chunks);
    }
}

#[test]
fn another_width_lays_out_everything_again() {
    let text = "one two three\n\n```\ncode line\nmore";
    let mut markdown = streamed(&[text], 40);
    markdown.set_width(9);
    assert_eq!(plain(&markdown), plain(&streamed(&[text], 9)));
    assert_eq!(markdown.generation(), 1);
    markdown.push("\n```\n\nend");
    markdown.finish();
    markdown.set_width(40);
    assert_eq!(plain(&markdown), ["one two three", "", "  code line", "  more", "", "end"]);
}

#[test]
fn a_document_without_an_end_to_its_block_costs_no_square() {
    // One quote of 6,000 lines: only its last lines can be looked at rarely.
    let text = "> a line of a long quote\n".repeat(6_000);
    let mut markdown = StreamingMarkdown::new(Layout::of_width(60));
    markdown.push(&text);
    markdown.finish();
    assert!(markdown.work().bytes <= text.len(), "{}", markdown.work().bytes);
    assert_eq!(markdown.work().chunks, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn cut_anywhere_it_ends_the_same(
        text in document(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        width in 2_u16..50,
    ) {
        let whole = render(&text, &Layout::of_width(width));
        let mut markdown = StreamingMarkdown::new(Layout::of_width(width));
        for delta in cut(&text, &cuts) {
            markdown.push(&delta);
            markdown.update();
        }
        markdown.finish();
        prop_assert_eq!(markdown.finished(), &whole[..], "{:?}", text);
    }

    /// What was finished stays, character by character.
    #[test]
    fn finished_lines_stay(text in document()) {
        let mut markdown = StreamingMarkdown::new(Layout::of_width(30));
        let mut finished: Vec<MdLine> = Vec::new();
        let mut generation = 0;
        for c in text.chars() {
            markdown.push(c.encode_utf8(&mut [0; 4]));
            markdown.update();
            if markdown.generation() == generation {
                prop_assert!(markdown.finished().starts_with(&finished), "{:?}", text);
            }
            generation = markdown.generation();
            finished = markdown.finished().to_vec();
        }
        markdown.finish();
        prop_assert_eq!(markdown.finished(), &render(&text, &Layout::of_width(30))[..]);
    }

    #[test]
    fn widths_can_change_at_any_time(text in document(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let mut markdown = StreamingMarkdown::new(Layout::of_width(20));
        for (index, delta) in cut(&text, &cuts).iter().enumerate() {
            markdown.push(delta);
            markdown.update();
            markdown.set_width(if index % 2 == 0 { 9 } else { 33 });
        }
        markdown.set_width(25);
        markdown.finish();
        prop_assert_eq!(markdown.finished(), &render(&text, &Layout::of_width(25))[..], "{:?}", text);
    }

    /// Splitting changes blank lines at most: the text is that of the document rendered in one piece.
    #[test]
    fn chunks_say_what_the_whole_says(text in document()) {
        let layout = Layout::of_width(40);
        // Definitions reach across chunks in another way; they have tests of their own.
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace("]:", "] ");
        let mut writer = super::writer::Writer::new(&layout, None);
        for event in pulldown_cmark::Parser::new_ext(&text, super::writer::options()) {
            writer.event(event);
        }
        let filled = |lines: &[MdLine]| {
            // A blank line of a quote keeps its mark.
            let is_blank = |line: &String| line.trim_matches([' ', '>']).is_empty();
            lines.iter().map(MdLine::plain).filter(|line| !is_blank(line)).collect::<Vec<_>>()
        };
        prop_assert_eq!(filled(&render(&text, &layout)), filled(&writer.finish()), "{:?}", text);
    }
}
