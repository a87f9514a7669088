//! What Markdown looks like, and that no input gets past the width or to the terminal.

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::flow::columns;
use super::*;
use crate::look::CodeLook;
use crate::markdown::inline::LinkUrls;
use crate::markdown::look::{MdLook, MdSpan, Role};
use crate::text::is_unsafe;

pub(super) fn shown(text: &str, width: u16) -> String {
    let lines = render(text, &Layout::of_width(width));
    lines.iter().map(MdLine::plain).collect::<Vec<_>>().join("\n")
}

fn spans(text: &str) -> Vec<MdSpan> {
    render(text, &Layout::of_width(60)).into_iter().flat_map(|line| line.spans).collect()
}

#[track_caller]
fn check(text: &str, width: u16, expected: &str) {
    let expected = expected.strip_prefix('\n').unwrap_or(expected);
    assert_eq!(shown(text, width), expected, "{text:?} at {width}");
}

#[test]
fn paragraphs_wrap_at_words() {
    check("one two\nthree  four\n\nfive", 12, "one two\nthree  four\n\nfive");
    check("a b  \nc\\\nd", 20, "a b\nc\nd");
    check("日本語の文章です", 8, "日本語の\n文章です");
    check("averyveryverylongword x", 10, "averyveryv\nerylongwor\nd x");
}

// covers: tui 48
#[test]
fn marks_are_looks_and_not_text() {
    assert_eq!(shown("# A\n\n**b** *c* ~~d~~ `e`", 20), "A\n\nb c d e");
    let looks: Vec<(String, MdLook)> =
        spans("**b *c*** ~~d~~ `e`").into_iter().map(|span| (span.text, span.look)).collect();
    let bold = MdLook { bold: true, ..MdLook::default() };
    assert_eq!(
        looks,
        [
            ("b ".into(), bold),
            ("c".into(), MdLook { italic: true, ..bold }),
            (" ".into(), MdLook::default()),
            ("d".into(), MdLook { strike: true, ..MdLook::default() }),
            (" ".into(), MdLook::default()),
            ("e".into(), MdLook::of(Role::Code)),
        ]
    );
    let roles: Vec<Role> = spans("# a\n## b\n### c").into_iter().map(|span| span.look.role).collect();
    assert_eq!(roles, [Role::Title, Role::Section, Role::Heading]);
}

#[test]
fn lists() {
    check(
        "intro\n- one two three\n  - deep\n    1. deeper\n- next\n\n3. three\n4. four\n",
        14,
        "
intro

- one two
  three
  - deep
    1. deeper
- next

3. three
4. four",
    );
    check("- a\n\n- b\n\n  more\n\n- c", 20, "- a\n\n- b\n\n  more\n\n- c");
    check("- [x] done\n- [ ] open", 20, "- [x] done\n- [ ] open");
    check("-\n- b", 20, "-\n- b");
    check("- a\n  > q\n- ```\n  code\n  ```\n", 20, "- a\n  > q\n-   code");
    check("9. a\n10. b", 20, "9. a\n10. b");
}

#[test]
fn quotes_rules_and_html() {
    check("> a\n> b\n>\n> c\n\n---\nx", 20, "> a b\n>\n> c\n\n———\n\nx");
    check("> > deep", 20, "> > deep");
    check("> a long quote here", 9, "> a long\n> quote\n> here");
    check("a<br>b <b>c</b>", 20, "a\nb <b>c</b>");
    check("<div>\nx\n</div>\n\ny", 20, "<div>\nx\n</div>\n\ny");
}

#[test]
fn code_keeps_its_blanks() {
    check("```rust\nfn a() {\n\n    b  c\n}\n```\nx", 20, "  fn a() {\n\n      b  c\n  }\n\nx");
    check("```\nabcdefghijklmnop\n```", 12, "  abcdefghij\n  klmnop");
    check("    indented\n    code", 20, "  indented\n  code");
    check("~~~~\n~~~\n```\n~~~~", 20, "  ~~~\n  ```");
    check("```\nopen", 20, "  open");
    check("  ```\n   a\n b\n  ```", 20, "   a\n  b");
}

#[test]
fn links_carry_their_address() {
    check("[docs](https://x.org/a) <https://y.org>", 60, "docs (https://x.org/a) https://y.org");
    let link = &spans("see [docs](https://x.org/a)")[1];
    assert_eq!((link.text.as_str(), link.link.as_deref()), ("docs", Some("https://x.org/a")));
    check(
        "[a] and [b]\n\n[a]: https://a.org\n\n[B]: https://b.org",
        60,
        "a (https://a.org) and b (https://b.org)",
    );
    check("[no such]", 20, "[no such]");
    check("![alt](pic.png) ![](pic.png)", 40, "alt (pic.png) pic.png");
    let hidden = Layout { urls: LinkUrls::Hidden, ..Layout::of_width(40) };
    assert_eq!(render("[docs](https://x.org)", &hidden)[0].plain(), "docs");
}

#[test]
fn tables_fit_their_columns() {
    check(
        "| Name | Qty |\n|---|--:|\n| apple | 3 |\n| kiwi | 12 |\n",
        40,
        "
 Name     Qty
━━━━━━━  ━━━━━
 apple      3
───────  ─────
 kiwi      12",
    );
    check(
        "| Key | What it does |\n|---|---|\n| a | a long text that has to be broken |\n",
        24,
        "
 Key    What it does
━━━━━  ━━━━━━━━━━━━━━━━━
 a      a long text
        that has to be
        broken",
    );
    check("| A |\n|---|", 20, " A\n━━━");
    check("| A | B |\n|:-:|---|\n| x<br>yyy | z |\n", 20, "  A     B\n━━━━━  ━━━\n  x     z\n yyy");
}

// covers: tui 49
#[test]
fn a_table_that_does_not_fit_becomes_records() {
    check(
        "| Name | Description | Default |\n|---|---|---|\n| width | how wide it is | eighty |\n| x | | y |\n",
        16,
        "
Name: width
Description:
  how wide it is
Default:
  eighty
───
Name: x
Default: y",
    );
}

#[test]
fn deep_nesting_leaves_room_for_text() {
    let deep = shown(&format!("{}text", "> ".repeat(50)), 20);
    assert_eq!(deep, format!("{}text", "> ".repeat(5)));
    check("100000000. a b c", 8, "10000000\n0. a b c");
    assert!(!shown(&"- ".repeat(3_000), 30).is_empty());
    assert!(shown(&format!("{}x", "> ".repeat(20_000)), 30).ends_with('x'));
}

#[test]
fn nothing_raw_reaches_the_terminal() {
    let evil = "a\u{1b}]52;c;aGk=\u{7} &#27;[2J `\u{9b}1m` [x](https://e.org/&#27;]8) \u{202e}b\n\n```\u{1b}\n\u{1b}[31m\n```\n";
    let lines = render(evil, &Layout::of_width(80));
    assert_eq!(
        lines[0].plain(),
        "a\\x1b]52;c;aGk=\\x07 \\x1b[2J \\x9b1m x (https://e.org/\\x1b]8) \\u{202e}b"
    );
    assert_eq!(lines[2].plain(), "  \\x1b[31m");
}

#[test]
fn code_is_highlighted() {
    let lines =
        render("```rust\nlet a\u{1b} = 1;\n```\n\n```c\na\n```\n\n```\nlet\n```", &Layout::of_width(40));
    let plain: Vec<String> = lines.iter().map(MdLine::plain).collect();
    assert_eq!(plain, ["  let a\\x1b = 1;", "", "  a", "", "  let"]);
    assert_eq!(lines[0].spans[1].look.role, Role::Syntax(CodeLook::Keyword));
    assert_eq!(lines[0].to_line(&MdTheme::ansi()).spans[1].style, CodeLook::Keyword.style());
    assert_eq!(lines[4].spans[1].look.role, Role::CodeBlock);
}

#[test]
fn the_plain_theme_has_no_colour() {
    let text = "# a\n> `b` [c](d)\n\n- [x] e\n\n| a |\n|---|\n\n---\n```\nx\n```";
    for line in render(text, &Layout::of_width(40)) {
        for span in line.to_line(&MdTheme::plain()).spans {
            assert_eq!((span.style.fg, span.style.bg), (None, None), "{span:?}");
        }
    }
}

/// Documents made of the pieces that matter, in any order.
pub(super) fn document() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "- ",
        "* ",
        "1. ",
        "2) ",
        "> ",
        "# ",
        "### ",
        "```",
        "```rust\n",
        "~~~\n",
        "|",
        " | ",
        "|---|:-:|\n",
        "| a | b |\n",
        "\n",
        "\n",
        "\n\n",
        "\n\n",
        "  ",
        "   ",
        "    ",
        "\t",
        "---\n",
        "===\n",
        "***",
        "**b**",
        "*",
        "_",
        "~~",
        "`",
        "[a]",
        "[a](u)",
        "[a]: /u\n",
        "[b]:\n",
        "\"t\"\n",
        "<div>\n",
        "</div>\n",
        "<br>",
        "<!--",
        "-->",
        "word",
        "two words ",
        "long-word-that-needs-space",
        "日本語",
        "👨‍👩‍👧",
        "e\u{301}",
        "\\",
        "\\\n",
        "&amp;",
        "&#27;",
        "\u{1b}[2J",
        "\u{202e}",
        "\r\n",
        "\r",
        "[x] ",
        "[ ] ",
        "+",
        "-",
        "=",
        "10. ",
        "!",
        ":",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn lines_fit_and_are_safe(text in document(), width in 2_u16..50) {
        for line in render(&text, &Layout::of_width(width)) {
            let plain = line.plain();
            prop_assert!(!plain.chars().any(is_unsafe), "{plain:?}");
            let used: usize = line.spans.iter().map(|span| columns(&span.text)).sum();
            prop_assert!(used <= usize::from(width), "{used} of {width}: {plain:?}\n{text}");
        }
    }

    #[test]
    fn any_text_at_any_width(text in any::<String>(), width in 0_u16..5) {
        render(&text, &Layout::of_width(width));
    }
}
