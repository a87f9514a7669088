//! Vim keys: text with a cursor, keys, text with a cursor.

use pretty_assertions::assert_eq;

use super::composer_tests::{press, shown};
use super::*;
use crate::composer::vim::VimStatus;
use crate::keymap::Keys;

/// A composer in Normal mode with the cursor at `|`.
fn vim(text: &str) -> Composer {
    let at = text.find('|').unwrap();
    let mut composer = Composer::new(Keys::default());
    composer.insert(&text.replace('|', ""));
    composer.set_editing(Editing::Vim);
    composer.buffer.move_to(at);
    composer
}

#[test]
fn normal_mode_commands() {
    for (before, keys, after) in [
        // Motions.
        ("|one two", "'w'", "one |two"),
        ("one |two", "'b'", "|one two"),
        ("|one two", "'e'", "on|e two"),
        ("|one two", "'ee'", "one tw|o"),
        ("one t|wo", "'0'", "|one two"),
        ("|one two", "'$'", "one tw|o"),
        ("a\nb\n|c", "'gg'", "|a\nb\nc"),
        ("|a\nb\nc", "'G'", "a\nb\n|c"),
        ("|a\nb\nc", "'2G'", "a\n|b\nc"),
        ("|one two three", "'2w'", "one two |three"),
        ("|abcabc", "'fc'", "ab|cabc"),
        ("|abcabc", "'2fc'", "abcab|c"),
        ("|abcabc", "'tc'", "a|bcabc"),
        ("abcab|c", "'Fa'", "abc|abc"),
        ("abcab|c", "'Ta'", "abca|bc"),
        ("|abc", "'fz'", "|abc"),
        ("ab|c", "'l'", "ab|c"),
        ("ab\n|c", "'h'", "ab\n|c"),
        ("ab|c\nx", "'j'", "abc\n|x"),
        ("abc\nx|yz", "'k'", "a|bc\nxyz"),
        // Deleting.
        ("a|bc", "'x'", "a|c"),
        ("ab|c", "'x'", "a|b"),
        ("a|bcd", "'2x'", "a|d"),
        ("|one two", "'dw'", "|two"),
        ("one |two\nx", "'dw'", "one| \nx"),
        ("|one two three", "'d2w'", "|three"),
        ("|one two three", "'2dw'", "|three"),
        ("one t|wo", "'db'", "one |wo"),
        ("|one two", "'de'", "| two"),
        ("one t|wo", "'d0'", "|wo"),
        ("one| two", "'d$'", "on|e"),
        ("one| two", "'D'", "on|e"),
        ("a\n|b\nc", "'dd'", "a\n|c"),
        ("a\nb\n|c", "'dd'", "a\n|b"),
        ("|a", "'dd'", "|"),
        ("|a\nb\nc", "'2dd'", "|c"),
        ("a\n|b\nc", "'dk'", "|c"),
        ("a\n|b\nc", "'dj'", "|a"),
        ("a\n|b\nc", "'dgg'", "|c"),
        ("a\n|b\nc", "'dG'", "|a"),
        ("|abcabc", "'dtc'", "|cabc"),
        ("|abcabc", "'dfc'", "|abc"),
        ("|abc", "'dfz'", "|abc"),
        ("|abc", "d esc 'x'", "|bc"),
        // Changing.
        ("|one two", "'cwx' esc", "|x two"),
        ("o|ne two", "'ciwx' esc", "|x two"),
        ("|a b", "'cwxy' esc", "x|y b"),
        ("a\n|b\nc", "'ccx' esc", "a\n|x\nc"),
        ("one| two", "'Cx' esc", "one|x"),
        ("|abc", "'sx' esc", "|xbc"),
        ("|abc", "'rz'", "|zbc"),
        ("|abc", "'3rz'", "zz|z"),
        ("|abc", "'4rz'", "|abc"),
        ("|abc", "'Rxy' esc", "x|yc"),
        ("ab|c", "'Rxyz' esc", "abxy|z"),
        // Inserting.
        ("a|b", "'ix' esc", "a|xb"),
        ("|ab", "'ax' esc", "a|xb"),
        ("|ab", "'Ax' esc", "ab|x"),
        ("  a|b", "'Ix' esc", "  |xab"),
        ("|a\nb", "'ox' esc", "a\n|x\nb"),
        ("a\n|b", "'Ox' esc", "a\n|x\nb"),
        // Text objects.
        ("one t|wo three", "'diw'", "one | three"),
        ("one t|wo three", "'daw'", "one |three"),
        ("one t|wo", "'daw'", "on|e"),
        ("a-b c|-d", "'diW'", "a-b| "),
        ("f(a, |b)", "'di('", "f(|)"),
        ("f(a, |b)", "'dab'", "|f"),
        ("f([a], g(|b))", "'di['", "f([a], g(|b))"),
        ("f(a(b), |c)", "'di('", "f(|)"),
        ("x = \"a |b\";", "'di\"'", "x = \"|\";"),
        ("x = |\"a b\";", "'da\"'", "x = |;"),
        ("x {\n  |y\n}", "'di{'", "x {|}"),
        // Register.
        ("|one two", "'dwp'", "tone| wo"),
        ("|one two", "'ywP'", "one| one two"),
        ("|a\nb", "'yyp'", "a\n|a\nb"),
        ("|a\nb", "'ddp'", "b\n|a"),
        ("a\n|b", "'yyP'", "a\n|b\nb"),
        ("|ab", "'x3p'", "baa|a"),
        ("|a\nb", "'Yjp'", "a\nb\n|a"),
        // Undo and repeat.
        ("|one two three", "'dw.'", "|three"),
        ("|one two three", "'dwdwuu'", "|one two three"),
        ("|one two three", "'dwdwuu' ctrl-r", "|two three"),
        ("|one two", "'ciwx' esc 'w.'", "x |x"),
        ("|one two", "'ciwxyz' esc 'u'", "|one two"),
        ("|a", "'Ab' esc '..'", "abb|b"),
        ("|a", "'Ab' esc '.u'", "a|b"),
        // Searching.
        ("|one two one", "'/one' enter", "one two |one"),
        ("|one two one", "'/o' enter 'nn'", "|one two one"),
        ("one two |one", "'?tw' enter", "one |two one"),
        ("|abc b", "'/b' enter 'N'", "abc |b"),
    ] {
        let mut composer = vim(before);
        press(&mut composer, keys);
        assert_eq!(shown(&composer), after, "{before:?} and {keys}");
    }
}

// covers: tui 74
#[test]
fn deleting_a_word_can_be_undone() {
    let mut composer = Composer::new(Keys::default());
    composer.set_editing(Editing::Vim);
    press(&mut composer, "'ihello' esc '0dw'");
    assert_eq!(composer.text(), "");
    press(&mut composer, "'u'");
    assert_eq!(composer.text(), "hello");
    assert!(composer.clear_to_history());
    assert_eq!(composer.vim().unwrap().mode, VimMode::Normal);
    press(&mut composer, "'i'");
    assert!(!composer.clear_to_history());
    assert_eq!(composer.vim().unwrap().mode, VimMode::Insert);
}

#[test]
fn modes_and_pending_keys_are_shown() {
    let mut composer = vim("|abc");
    for (keys, mode, pending) in [
        ("'2d'", VimMode::Normal, "2d"),
        ("'i'", VimMode::Normal, "2di"),
        ("esc", VimMode::Normal, ""),
        ("'R'", VimMode::Replace, ""),
        ("esc 'i'", VimMode::Insert, ""),
    ] {
        press(&mut composer, keys);
        assert_eq!(composer.vim(), Some(VimStatus { mode, pending: pending.to_owned() }), "{keys}");
    }
}

#[test]
fn an_empty_draft_in_normal_mode() {
    let mut composer = vim("|");
    assert_eq!(press(&mut composer, "esc"), Outcome::Ignored);
    assert_eq!(press(&mut composer, "enter"), Outcome::Ignored);
    assert_eq!(press(&mut composer, "?"), Outcome::ToggleShortcuts);
    assert_eq!(press(&mut composer, "/"), Outcome::Changed);
    assert_eq!((shown(&composer).as_str(), composer.vim().unwrap().mode), ("/|", VimMode::Insert));
}

#[test]
fn enter_sends_in_both_modes_and_history_is_reachable() {
    let mut composer = vim("hi|");
    assert!(matches!(press(&mut composer, "enter"), Outcome::Submit(_)));
    press(&mut composer, "'k'");
    assert_eq!(shown(&composer), "h|i");
    press(&mut composer, "'A!'");
    assert!(matches!(press(&mut composer, "enter"), Outcome::Submit(sent) if sent.text == "hi!"));
    assert_eq!(composer.vim().unwrap().mode, VimMode::Insert);
    press(&mut composer, "'a b' esc 'u'");
    assert_eq!(composer.text(), "");
}

#[test]
fn a_paste_goes_to_the_cursor_in_normal_mode() {
    let mut composer = vim("a|b");
    composer.paste("xy");
    assert_eq!(shown(&composer), "axy|b");
}
