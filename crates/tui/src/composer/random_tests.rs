//! Any keys and pastes in any order: nothing panics, and what must hold holds after each.

use crossterm::event::{KeyCode, KeyModifiers};
use proptest::prelude::*;

use super::*;
use crate::keymap::{Key, Keys};
use crate::text::is_unsafe;

#[derive(Debug, Clone)]
enum Step {
    Key(Key),
    Paste(String),
    Image,
    Width(u16),
    Editing(Editing),
    Clear,
    Complete(usize, usize, String),
}

fn key() -> impl Strategy<Value = Key> {
    let code = prop_oneof![
        8 => prop::sample::select("abcdefghijklmnoprstuwxyzABCDGIOPRTY0$23.,/?()[]{}'\"` \u{301}日👍\u{200d}".chars().collect::<Vec<_>>())
            .prop_map(KeyCode::Char),
        4 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Tab, KeyCode::Esc, KeyCode::Backspace, KeyCode::Delete, KeyCode::Left,
            KeyCode::Right, KeyCode::Up, KeyCode::Down, KeyCode::Home, KeyCode::End, KeyCode::F(3),
        ]),
    ];
    let mods = prop_oneof![
        6 => Just(KeyModifiers::NONE),
        2 => Just(KeyModifiers::CONTROL),
        2 => Just(KeyModifiers::ALT),
        1 => Just(KeyModifiers::SHIFT),
    ];
    (code, mods).prop_map(|(code, mods)| Key::new(code, mods))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => key().prop_map(Step::Key),
        2 => "[a-z(\"日\u{301}\u{1b}\t\r\n]{0,12}".prop_map(Step::Paste),
        1 => any::<String>().prop_map(Step::Paste),
        1 => Just(Step::Paste("long ".repeat(300))),
        1 => Just(Step::Image),
        1 => (0_u16..30).prop_map(Step::Width),
        1 => prop::sample::select(vec![Editing::Emacs, Editing::Vim]).prop_map(Step::Editing),
        1 => Just(Step::Clear),
        1 => (0_usize..20, 0_usize..20, "[a@]{0,3}").prop_map(|(a, b, new)| Step::Complete(a, b, new)),
    ]
}

fn check(composer: &Composer, width: u16) -> Result<(), TestCaseError> {
    let cursor = composer.buffer.cursor();
    prop_assert_eq!(composer.buffer.stop_at_or_after(cursor), cursor);
    for token in &composer.buffer.piece().tokens {
        let label = composer.text().get(token.range.clone());
        prop_assert!(label.is_some_and(|label| label.starts_with('[')), "{label:?}");
    }
    let view = composer.layout();
    let (x, y) = view.cursor;
    prop_assert!(x < width.max(1), "cursor {x} of {width}");
    prop_assert!(usize::from(y) < view.lines.len());
    for span in view.lines.iter().flat_map(|line| &line.spans) {
        prop_assert!(!span.text.chars().any(is_unsafe), "{:?}", span.text);
    }
    for (height, top) in [(1, 0), (3, 9)] {
        let window = composer.window(height, top);
        prop_assert!(window.view.lines.len() <= usize::from(height));
        prop_assert!(usize::from(window.view.cursor.1) < window.view.lines.len());
        prop_assert_eq!(window.below, window.top + window.view.lines.len() < view.lines.len());
    }
    let (text, images) = composer.buffer.piece().expand();
    prop_assert!(text.matches("[Image #").count() >= images.len());
    Ok(())
}

proptest! {
    #[test]
    fn any_keys_in_any_order(steps in prop::collection::vec(step(), 0..80)) {
        let mut composer = Composer::new(Keys::default());
        composer.set_history(vec!["one".into(), "two\nthree".into(), "日本 [x]".into()]);
        let mut width = 80;
        for step in steps {
            match step {
                Step::Key(key) => {
                    if let Outcome::Submit(sent) | Outcome::Queue(sent) = composer.handle(key) {
                        prop_assert!(composer.is_empty());
                        prop_assert!(!sent.text.trim().is_empty());
                        if sent.text.len() % 3 == 0 {
                            composer.restore(sent);
                        }
                    }
                }
                Step::Paste(text) => { composer.paste(&text); }
                Step::Image => composer.attach_image("a.png".into()),
                Step::Width(new) => {
                    width = new;
                    composer.set_width(new);
                }
                Step::Editing(editing) => composer.set_editing(editing),
                Step::Clear => { composer.clear_to_history(); }
                Step::Complete(from, to, text) => composer.complete(from..to, &text),
            }
            check(&composer, width)?;
        }
    }
}
