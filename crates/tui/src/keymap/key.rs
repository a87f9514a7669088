//! One key press and its name, `ctrl-shift-a`, as in `tui.keymap` (tui.md §13).
//! Invariant: one press has one form. Shift is part of the character where the character shows it: `A`, not
//! shift-a; with Ctrl, Alt or Super letters are lower case and Shift is kept.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) code: KeyCode,
    pub(crate) mods: KeyModifiers,
}

/// A name that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key; keys look like `ctrl-a`, `shift-tab`, `page-down`, `f3` or `?`")]
pub(crate) struct KeyNameError(String);

const NAMES: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("esc", KeyCode::Esc),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("page-up", KeyCode::PageUp),
    ("page-down", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
];

const MODIFIERS: &[(&str, KeyModifiers)] = &[
    ("ctrl-", KeyModifiers::CONTROL),
    ("alt-", KeyModifiers::ALT),
    ("shift-", KeyModifiers::SHIFT),
    ("super-", KeyModifiers::SUPER),
];

/// Ctrl, Alt and Super: with one of these a character is a command and not text.
const COMMAND: KeyModifiers = KeyModifiers::CONTROL.union(KeyModifiers::ALT).union(KeyModifiers::SUPER);

impl Key {
    pub(crate) fn new(code: KeyCode, mods: KeyModifiers) -> Self {
        let mut mods = mods & (COMMAND | KeyModifiers::SHIFT);
        let code = match code {
            KeyCode::BackTab => {
                mods |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            KeyCode::Char('\r' | '\n') => KeyCode::Enter,
            KeyCode::Char('\t') => KeyCode::Tab,
            KeyCode::Char(' ') => KeyCode::Char(' '),
            KeyCode::Char(c) if mods.intersects(COMMAND) => {
                if c.is_ascii_uppercase() {
                    mods |= KeyModifiers::SHIFT;
                }
                KeyCode::Char(c.to_ascii_lowercase())
            }
            KeyCode::Char(c) => {
                let shifted = mods.contains(KeyModifiers::SHIFT) && c.is_ascii_lowercase();
                mods.remove(KeyModifiers::SHIFT);
                KeyCode::Char(if shifted { c.to_ascii_uppercase() } else { c })
            }
            code => code,
        };
        Self { code, mods }
    }

    /// A character typed without modifiers.
    pub(crate) fn char(c: char) -> Self {
        Self::new(KeyCode::Char(c), KeyModifiers::NONE)
    }

    /// The press behind a terminal event; none for releases and for modifiers alone.
    pub(crate) fn from_event(event: &KeyEvent) -> Option<Self> {
        let lone = matches!(event.code, KeyCode::Modifier(_) | KeyCode::Null);
        (event.kind != KeyEventKind::Release && !lone).then(|| Self::new(event.code, event.modifiers))
    }

    /// The character that this press types, if it is one.
    pub(crate) fn typed(self) -> Option<char> {
        // AltGr arrives as Ctrl+Alt on Windows and stands for a character there, never for a command letter.
        let alt_gr = self.mods.contains(KeyModifiers::CONTROL | KeyModifiers::ALT)
            && matches!(self.code, KeyCode::Char(c) if !c.is_ascii_alphanumeric() && c != ' ');
        match self.code {
            KeyCode::Char(c) if (!self.mods.intersects(COMMAND) || alt_gr) && !c.is_control() => Some(c),
            _ => None,
        }
    }
}

impl FromStr for Key {
    type Err = KeyNameError;

    fn from_str(name: &str) -> Result<Self, KeyNameError> {
        let mut rest = name;
        let mut mods = KeyModifiers::NONE;
        while let Some((tail, modifier)) =
            MODIFIERS.iter().find_map(|(prefix, modifier)| Some((rest.strip_prefix(prefix)?, *modifier)))
        {
            rest = tail;
            mods |= modifier;
        }
        let code = match NAMES.iter().find(|(name, _)| *name == rest) {
            Some((_, code)) => Some(*code),
            None => character(rest).or_else(|| function_key(rest)),
        };
        code.map(|code| Self::new(code, mods)).ok_or_else(|| KeyNameError(name.to_owned()))
    }
}

fn character(name: &str) -> Option<KeyCode> {
    let mut chars = name.chars();
    let c = chars.next()?;
    (chars.next().is_none() && !c.is_control()).then_some(KeyCode::Char(c))
}

fn function_key(name: &str) -> Option<KeyCode> {
    let number = name.strip_prefix('f')?.parse().ok()?;
    (1..=24).contains(&number).then_some(KeyCode::F(number))
}

impl Key {
    /// As hints show it: `ctrl+a`, `A`, `↑`.
    pub(crate) fn hint(self) -> String {
        let mut out = String::new();
        for (prefix, modifier) in MODIFIERS {
            if self.mods.contains(*modifier) {
                out.push_str(prefix.trim_end_matches('-'));
                out.push('+');
            }
        }
        match self.code {
            KeyCode::Left => out.push('←'),
            KeyCode::Right => out.push('→'),
            KeyCode::Up => out.push('↑'),
            KeyCode::Down => out.push('↓'),
            KeyCode::Char(c) if c != ' ' => out.push(c),
            _ => out.push_str(&Self { mods: KeyModifiers::NONE, ..self }.to_string()),
        }
        out
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (prefix, modifier) in MODIFIERS {
            if self.mods.contains(*modifier) {
                f.write_str(prefix)?;
            }
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) if c.is_ascii_uppercase() => write!(f, "shift-{}", c.to_ascii_lowercase()),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(number) => write!(f, "f{number}"),
            other => write!(f, "{other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn names_go_both_ways() {
        for name in [
            "ctrl-a",
            "alt-,",
            "ctrl-shift-backspace",
            "page-down",
            "f3",
            "space",
            "shift-a",
            "$",
            "super-left",
            "ctrl-/",
            "-",
        ] {
            let key: Key = name.parse().unwrap();
            assert_eq!(key.to_string(), name);
        }
        assert!("hyper-a".parse::<Key>().is_err());
        assert!("".parse::<Key>().is_err());
        assert!("f99".parse::<Key>().is_err());
    }

    #[test]
    fn one_press_has_one_form() {
        let key = |code, mods| Key::new(code, mods);
        let (shift, ctrl) = (KeyModifiers::SHIFT, KeyModifiers::CONTROL);
        assert_eq!(key(KeyCode::Char('A'), shift), Key::char('A'));
        assert_eq!(key(KeyCode::Char('a'), shift), Key::char('A'));
        assert_eq!(key(KeyCode::Char('?'), shift), "shift-?".parse().unwrap());
        assert_eq!(key(KeyCode::Char('A'), ctrl), "ctrl-shift-a".parse().unwrap());
        assert_eq!(key(KeyCode::BackTab, KeyModifiers::NONE), "shift-tab".parse().unwrap());
        assert_eq!(Key::char('x').typed(), Some('x'));
        assert_eq!("alt-x".parse::<Key>().unwrap().typed(), None);
        assert_eq!("ctrl-alt-@".parse::<Key>().unwrap().typed(), Some('@'));
    }
}
