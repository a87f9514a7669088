//! The composer driven by keys: editing, pastes, history, search and what it looks like.

use pretty_assertions::assert_eq;

use super::*;
use crate::composer::search::SearchRow;
use crate::composer::view::ViewSpan;
use crate::keymap::{Key, Keys};

fn composer() -> Composer {
    Composer::new(Keys::default())
}

/// Presses keys by name; `'text'` types text.
pub(super) fn press(composer: &mut Composer, script: &str) -> Outcome {
    let mut last = Outcome::Ignored;
    let mut rest = script.trim_start();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let (text, tail) = quoted.split_once('\'').unwrap();
            for c in text.chars() {
                last = composer.handle(Key::char(c));
            }
            rest = tail.trim_start();
        } else {
            let (name, tail) = rest.split_once(' ').unwrap_or((rest, ""));
            last = composer.handle(name.parse().unwrap());
            rest = tail.trim_start();
        }
    }
    last
}

/// The draft with `|` at the cursor.
pub(super) fn shown(composer: &Composer) -> String {
    let mut text = composer.text().to_owned();
    text.insert(composer.buffer.cursor(), '|');
    text
}

#[track_caller]
fn check(script: &str, expected: &str) {
    let mut composer = composer();
    press(&mut composer, script);
    assert_eq!(shown(&composer), expected, "{script}");
}

fn submitted(outcome: Outcome) -> String {
    match outcome {
        Outcome::Submit(submission) => submission.text,
        other => panic!("not submitted: {other:?}"),
    }
}

#[test]
fn emacs_keys() {
    for (script, expected) in [
        ("'abc' ctrl-a 'x'", "x|abc"),
        ("'abc' ctrl-a ctrl-f ctrl-f ctrl-b 'x'", "ax|bc"),
        ("'one two' alt-b 'x'", "one x|two"),
        ("'one two' ctrl-a alt-f 'x'", "onex| two"),
        ("'one.two' alt-b 'x' ctrl-e 'y'", "one.xtwoy|"),
        ("'abc' left left ctrl-d", "a|c"),
        ("'abc' ctrl-h backspace", "a|"),
        ("'one two' ctrl-w ctrl-w", "|"),
        ("'one two' ctrl-a alt-d", "| two"),
        ("'one' ctrl-j 'two' ctrl-a ctrl-k", "one\n|"),
        ("'one' ctrl-j 'two' up ctrl-e ctrl-k", "one|two"),
        ("'one two' left ctrl-u", "|o"),
        ("'a' ctrl-j 'b' ctrl-u ctrl-u ctrl-u", "|"),
        ("'one' alt-z", "|"),
        ("'one two' alt-z alt-z alt-shift-z", "one |"),
    ] {
        check(script, expected);
    }
}

// covers: tui 32
#[test]
fn cuts_come_back_and_grow_together() {
    for (script, expected) in [
        ("'one two' ctrl-w ctrl-y", "one two|"),
        ("'one two' ctrl-w ctrl-w ctrl-y ctrl-y", "one twoone two|"),
        ("'one two' alt-b ctrl-w ctrl-k ctrl-y", "one two|"),
        ("'one' ctrl-u 'two' ctrl-u ctrl-y alt-y", "one|"),
        ("'one' ctrl-u 'two' ctrl-u ctrl-y alt-y alt-y", "two|"),
        ("'one' ctrl-u 'two' ctrl-u ctrl-y alt-y alt-z", "|"),
        ("'one' alt-y", "one|"),
    ] {
        check(script, expected);
    }
}

// covers: tui 13
#[test]
fn line_breaks_do_not_submit() {
    check("'a' ctrl-j 'b' shift-enter 'c' alt-enter 'd'", "a\nb\nc\nd|");
}

// covers: tui 11, tui 12
#[test]
fn enter_submits_once_and_empties() {
    let mut composer = composer();
    assert_eq!(press(&mut composer, "enter"), Outcome::Ignored);
    assert_eq!(press(&mut composer, "'  ' enter"), Outcome::Ignored);
    assert_eq!(submitted(press(&mut composer, "'hi' enter")), "  hi");
    assert!(composer.is_empty());
    assert_eq!(press(&mut composer, "enter"), Outcome::Ignored);
    assert!(matches!(press(&mut composer, "'x' tab"), Outcome::Queue(_)));
    assert_eq!(press(&mut composer, "tab"), Outcome::Ignored);
}

// covers: tui 29
#[test]
fn a_question_mark_is_the_card_only_on_an_empty_draft() {
    let mut composer = composer();
    assert_eq!(press(&mut composer, "?"), Outcome::ToggleShortcuts);
    press(&mut composer, "'a?'");
    assert_eq!(composer.text(), "a?");
}

#[test]
fn keys_without_a_meaning_on_an_empty_draft_are_the_apps() {
    for key in ["left", "ctrl-d", "esc", "ctrl-c", "up", "backspace", "f3", "ctrl-t", "alt-,", "page-up"] {
        assert_eq!(composer().handle(key.parse().unwrap()), Outcome::Ignored, "{key}");
    }
}

// covers: tui 14
#[test]
fn a_paste_is_sent_as_it_came() {
    let mut composer = composer();
    composer.paste("one\r\ntwo\rthree\n");
    assert_eq!(composer.text(), "one\ntwo\nthree\n");
    assert_eq!(submitted(press(&mut composer, "enter")), "one\ntwo\nthree\n");
}

// covers: tui 15
#[test]
fn a_long_paste_is_one_token_and_is_sent_whole() {
    let mut composer = composer();
    composer.paste(&"日".repeat(1_000));
    assert_eq!(composer.text().chars().count(), 1_000);
    composer.set_text("");
    let long = "日\n".repeat(600);
    press(&mut composer, "'see '");
    composer.paste(&long);
    assert_eq!(shown(&composer), "see [Pasted Content 1200 chars]|");
    assert_eq!(submitted(press(&mut composer, "'!' enter")), format!("see {long}!"));
}

// covers: tui 16
#[test]
fn equal_pastes_have_distinct_tokens_that_go_whole() {
    let mut composer = composer();
    let long = |c: &str| c.repeat(1_001);
    composer.paste(&long("a"));
    composer.paste(&long("b"));
    assert_eq!(composer.text(), "[Pasted Content 1001 chars][Pasted Content 1001 chars] #2");
    press(&mut composer, "backspace");
    assert_eq!(shown(&composer), "[Pasted Content 1001 chars]|");
    press(&mut composer, "alt-z");
    assert_eq!(composer.expanded(), long("a") + &long("b"));
    press(&mut composer, "left left 'x' ctrl-w ctrl-e ctrl-w ctrl-w");
    assert_eq!(shown(&composer), "|");
    press(&mut composer, "ctrl-y");
    assert_eq!(composer.expanded(), long("a") + &long("b"));
}

// covers: tui 17
#[test]
fn images_are_tokens_with_files() {
    let mut composer = composer();
    press(&mut composer, "'look '");
    composer.attach_image("a.png".into());
    composer.attach_image("b.png".into());
    assert_eq!(composer.text(), "look [Image #1][Image #2]");
    press(&mut composer, "left backspace");
    let Outcome::Submit(sent) = press(&mut composer, "enter") else { panic!("not sent") };
    assert_eq!(sent.text, "look [Image #1]");
    assert_eq!(sent.images, [std::path::PathBuf::from("b.png")]);
    composer.restore(sent);
    assert_eq!(composer.text(), "look [Image #2]");
}

// covers: tui 18
#[test]
fn a_cleared_draft_comes_back_by_up() {
    let mut composer = composer();
    assert!(!composer.clear_to_history());
    press(&mut composer, "'draft'");
    assert!(composer.clear_to_history());
    assert!(composer.is_empty());
    press(&mut composer, "up");
    assert_eq!(shown(&composer), "draft|");
}

// covers: tui 21
#[test]
fn up_and_down_walk_the_history() {
    let mut composer = composer();
    composer.set_history(vec!["one".into(), "two".into(), "two".into(), "two\nlines".into()]);
    for (key, expected) in [
        ("up", "two\nlines|"),
        ("up", "two|"),
        ("up", "one|"),
        ("up", "one|"),
        ("down", "two|"),
        ("down", "two\nlines|"),
        ("down", "|"),
        ("down", "|"),
    ] {
        press(&mut composer, key);
        assert_eq!(shown(&composer), expected);
    }
}

// covers: tui 22
#[test]
fn in_a_draft_up_moves_the_cursor() {
    let mut composer = composer();
    composer.remember("old");
    press(&mut composer, "'one' ctrl-j 'two' up");
    assert_eq!(shown(&composer), "one|\ntwo");
    press(&mut composer, "up");
    assert_eq!(shown(&composer), "|one\ntwo");
    // From the very start it goes on into the history, and the draft waits below.
    press(&mut composer, "up");
    assert_eq!(shown(&composer), "old|");
    press(&mut composer, "down");
    assert_eq!(shown(&composer), "one\ntwo|");
    // An edited old message is a draft.
    press(&mut composer, "ctrl-a up up");
    assert_eq!(shown(&composer), "old|");
    press(&mut composer, "'er' up");
    assert_eq!(shown(&composer), "|older");
}

#[test]
fn up_and_down_keep_the_column_and_follow_wrapped_rows() {
    let mut composer = composer();
    composer.set_width(6);
    press(&mut composer, "'abcdefghij' ctrl-j 'x' ctrl-j 'longer'");
    assert_eq!(composer.layout().cursor, (1, 4));
    press(&mut composer, "left left left left left left right right right right up");
    assert_eq!(shown(&composer), "abcdefghij\nx|\nlonger");
    press(&mut composer, "up");
    assert_eq!(shown(&composer), "abcdefghi|j\nx\nlonger");
    press(&mut composer, "up");
    assert_eq!(shown(&composer), "abcd|efghij\nx\nlonger");
}

// covers: tui 23
#[test]
fn reverse_search() {
    let mut composer = composer();
    composer.set_history(vec!["Fix the build".into(), "write docs".into(), "fix a typo".into()]);
    press(&mut composer, "'draft' ctrl-r");
    assert_eq!(composer.search(), Some(SearchRow { query: "", state: SearchState::Typing }));
    press(&mut composer, "'fix'");
    assert_eq!(shown(&composer), "|fix a typo");
    let view = composer.layout();
    assert_eq!(view.lines[0].spans[0], ViewSpan { text: "fix".into(), kind: SpanKind::Match });
    press(&mut composer, "ctrl-r");
    assert_eq!(shown(&composer), "|Fix the build");
    press(&mut composer, "ctrl-r");
    assert_eq!(composer.search().unwrap().state, SearchState::NoMatch);
    press(&mut composer, "ctrl-s");
    assert_eq!(shown(&composer), "|fix a typo");
    press(&mut composer, "'zzz'");
    assert_eq!((composer.text(), composer.search().unwrap().state), ("draft", SearchState::NoMatch));
    press(&mut composer, "esc");
    assert_eq!((shown(&composer), composer.search()), ("draft|".to_owned(), None));
    press(&mut composer, "ctrl-r 'docs' enter");
    assert_eq!((shown(&composer), composer.search()), ("write docs|".to_owned(), None));
    press(&mut composer, "alt-z");
    assert_eq!(shown(&composer), "draft|");
    // Another key accepts and does what it does.
    press(&mut composer, "ctrl-r 'Fix' ctrl-e '!'");
    assert_eq!(shown(&composer), "Fix the build!|");
}

#[test]
fn the_word_to_complete() {
    for (script, expected) in [
        ("'/mo'", Some(('/', "mo", 0..3))),
        ("'a /mo'", None),
        ("'see @src/ma' left", Some(('@', "src/m", 4..11))),
        ("'$sk'", Some(('$', "sk", 0..3))),
        ("'mail@x'", None),
        ("'@'", Some(('@', "", 0..1))),
        ("'@' left", None),
    ] {
        let mut composer = composer();
        press(&mut composer, script);
        let found = composer.completion();
        assert_eq!(
            found.as_ref().map(|found| (found.sigil, found.query.as_str(), found.range.clone())),
            expected,
            "{script}"
        );
    }
    let mut composer = composer();
    press(&mut composer, "'see @ma now' left left left left");
    let range = composer.completion().unwrap().range;
    composer.complete(range, "src/main.rs");
    assert_eq!(shown(&composer), "see src/main.rs| now");
}

#[test]
fn chords_and_changed_keys() {
    let mut keys = Keys::default();
    keys.set("editor", "kill_whole_line", &["ctrl-x k"]).unwrap();
    keys.set("composer", "submit", &["ctrl-enter"]).unwrap();
    let mut composer = Composer::new(keys);
    press(&mut composer, "'one' enter 'two' ctrl-x k");
    assert_eq!(shown(&composer), "one\n|");
    press(&mut composer, "ctrl-x 'z'");
    assert_eq!(shown(&composer), "one\nz|");
    assert_eq!(submitted(press(&mut composer, "ctrl-enter")), "one\nz");
}

#[test]
fn the_window_moves_only_when_it_must() {
    let mut composer = composer();
    composer.set_width(20);
    for n in 0..9 {
        press(&mut composer, &format!("'{n}' ctrl-j"));
    }
    assert_eq!((composer.desired_height(4), composer.desired_height(50)), (4, 10));
    let window = composer.window(4, 0);
    assert_eq!((window.top, window.above, window.below, window.view.cursor), (6, true, false, (0, 3)));
    press(&mut composer, "up up");
    let window = composer.window(4, 6);
    assert_eq!((window.top, window.above, window.below, window.view.cursor), (6, true, false, (0, 1)));
    press(&mut composer, "up up");
    let window = composer.window(4, 6);
    assert_eq!((window.top, window.below, window.view.cursor), (5, true, (0, 0)));
    assert_eq!(window.view.lines.len(), 4);
}

#[test]
fn nothing_in_a_view_can_drive_a_terminal() {
    let mut composer = composer();
    composer.paste("a\u{1b}[2J\u{202e}b\tc\u{9b}");
    let view = composer.layout();
    let text: String = view.lines[0].spans.iter().map(|span| span.text.as_str()).collect();
    assert_eq!(text, "a\\x1b[2J\\u{202e}b    c\\x9b");
    assert_eq!(view.lines[0].spans[1].kind, SpanKind::Control);
    assert_eq!(usize::from(view.cursor.0), text.len());
    assert_eq!(composer.expanded(), "a\u{1b}[2J\u{202e}b\tc\u{9b}", "what is sent is what was pasted");
}
