//! Which keys do what in the composer: the default tables with the person's changes.
//! Invariant: every action has a row; a row may have no key. What an action does is decided elsewhere.

use super::actions::{
    COMPOSER, ComposerAction, EDITOR, EditorAction, FindAction, NormalAction, ObjectAction, OperatorAction,
    Row, VIM_NORMAL, VIM_OPERATOR, VIM_SEARCH, VIM_TEXT_OBJECT,
};
use super::key::{Key, KeyNameError};

/// Keys pressed one after the other; chords have two.
const CHORD_KEYS_MAX: usize = 2;

/// What was wrong with a change to the keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeysError {
    #[error("`tui.keymap.{0}` is not a context of the composer")]
    Context(String),
    #[error("`tui.keymap.{context}` has no action `{action}`")]
    Action { context: String, action: String },
    #[error("tui.keymap.{context}.{action}: {source}")]
    Key { context: String, action: String, source: KeyNameError },
    #[error("tui.keymap.{context}.{action}: `{chord}` is too long; a chord has two keys")]
    Chord { context: String, action: String, chord: String },
}

/// What a sequence of keys means in one context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound<A> {
    Action(A),
    /// The beginning of a chord.
    Begun,
    Nothing,
}

#[derive(Debug, Clone)]
pub(super) struct Bindings<A: 'static> {
    rows: Vec<(A, &'static str, Vec<Vec<Key>>)>,
}

impl<A: Copy + PartialEq> Bindings<A> {
    fn from_table(table: &'static [Row<A>]) -> Self {
        let rows = table.iter().map(|(action, name, keys)| {
            // A test parses every default; a wrong one would only be unbound.
            let chords = keys.iter().filter_map(|chord| parse_chord(chord).ok()).collect();
            (*action, *name, chords)
        });
        Self { rows: rows.collect() }
    }

    pub(super) fn find(&self, pressed: &[Key]) -> Bound<A> {
        let mut begun = false;
        for (action, _, chords) in &self.rows {
            for chord in chords {
                if chord == pressed {
                    return Bound::Action(*action);
                }
                begun |= chord.starts_with(pressed);
            }
        }
        if begun { Bound::Begun } else { Bound::Nothing }
    }

    pub(super) fn one(&self, key: Key) -> Option<A> {
        match self.find(&[key]) {
            Bound::Action(action) => Some(action),
            Bound::Begun | Bound::Nothing => None,
        }
    }

    fn set(&mut self, context: &str, action: &str, keys: &[&str]) -> Result<(), KeysError> {
        let Some(row) = self.rows.iter_mut().find(|row| row.1 == action) else {
            return Err(KeysError::Action { context: context.to_owned(), action: action.to_owned() });
        };
        let mut chords = Vec::new();
        for name in keys {
            let chord = parse_chord(name).map_err(|source| KeysError::Key {
                context: context.to_owned(),
                action: action.to_owned(),
                source,
            })?;
            if chord.len() > CHORD_KEYS_MAX {
                return Err(KeysError::Chord {
                    context: context.to_owned(),
                    action: action.to_owned(),
                    chord: (*name).to_owned(),
                });
            }
            chords.push(chord);
        }
        row.2 = chords;
        Ok(())
    }

    fn rows(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        self.rows.iter().map(|(_, name, chords)| {
            let chords: Vec<String> = chords.iter().map(|chord| chord_name(chord)).collect();
            (*name, chords.join(", "))
        })
    }
}

/// `g g`: keys parted by blanks.
fn parse_chord(name: &str) -> Result<Vec<Key>, KeyNameError> {
    let keys: Vec<Key> = name.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    if keys.is_empty() { name.parse().map(|key| vec![key]) } else { Ok(keys) }
}

fn chord_name(chord: &[Key]) -> String {
    let keys: Vec<String> = chord.iter().map(ToString::to_string).collect();
    keys.join(" ")
}

/// The keys of the composer, by context.
#[derive(Debug, Clone)]
pub(crate) struct ComposerKeys {
    pub(super) composer: Bindings<ComposerAction>,
    pub(super) editor: Bindings<EditorAction>,
    pub(super) vim_normal: Bindings<NormalAction>,
    pub(super) vim_operator: Bindings<OperatorAction>,
    pub(super) vim_text_object: Bindings<ObjectAction>,
    pub(super) vim_search: Bindings<FindAction>,
}

impl Default for ComposerKeys {
    fn default() -> Self {
        Self {
            composer: Bindings::from_table(COMPOSER),
            editor: Bindings::from_table(EDITOR),
            vim_normal: Bindings::from_table(VIM_NORMAL),
            vim_operator: Bindings::from_table(VIM_OPERATOR),
            vim_text_object: Bindings::from_table(VIM_TEXT_OBJECT),
            vim_search: Bindings::from_table(VIM_SEARCH),
        }
    }
}

impl ComposerKeys {
    /// Sets the keys of `tui.keymap.<context>.<action>`; an empty list unbinds it.
    pub(crate) fn set(&mut self, context: &str, action: &str, keys: &[&str]) -> Result<(), KeysError> {
        match context {
            "composer" => self.composer.set(context, action, keys),
            "editor" => self.editor.set(context, action, keys),
            "vim_normal" => self.vim_normal.set(context, action, keys),
            "vim_operator" => self.vim_operator.set(context, action, keys),
            "vim_text_object" => self.vim_text_object.set(context, action, keys),
            "vim_search" => self.vim_search.set(context, action, keys),
            other => Err(KeysError::Context(other.to_owned())),
        }
    }

    /// Every action with its context, name and keys, in the order of the tables.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&'static str, &'static str, String)> + '_ {
        let named = |context: &'static str| move |(action, keys)| (context, action, keys);
        self.composer
            .rows()
            .map(named("composer"))
            .chain(self.editor.rows().map(named("editor")))
            .chain(self.vim_normal.rows().map(named("vim_normal")))
            .chain(self.vim_operator.rows().map(named("vim_operator")))
            .chain(self.vim_text_object.rows().map(named("vim_text_object")))
            .chain(self.vim_search.rows().map(named("vim_search")))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn every_default_key_has_a_name_that_parses() {
        fn check<A>(table: &[Row<A>]) {
            for (_, action, keys) in table {
                for key in *keys {
                    assert!(parse_chord(key).is_ok(), "{action}: {key}");
                }
            }
        }
        check(COMPOSER);
        check(EDITOR);
        check(VIM_NORMAL);
        check(VIM_OPERATOR);
        check(VIM_TEXT_OBJECT);
        check(VIM_SEARCH);
    }

    #[test]
    fn changes_replace_the_default_and_bad_ones_say_where() {
        let mut keys = ComposerKeys::default();
        keys.set("editor", "kill_whole_line", &["ctrl-x k"]).unwrap();
        let kill = keys.rows().find(|row| row.1 == "kill_whole_line").unwrap();
        assert_eq!(kill, ("editor", "kill_whole_line", "ctrl-x k".to_owned()));
        assert_eq!(keys.editor.find(&["ctrl-x".parse().unwrap()]), Bound::Begun);
        for (context, action, key, message) in [
            ("pager", "close", "q", "`tui.keymap.pager` is not a context of the composer"),
            ("editor", "jump", "q", "`tui.keymap.editor` has no action `jump`"),
            (
                "editor",
                "yank",
                "hyper-y",
                "tui.keymap.editor.yank: `hyper-y` is not a key; keys look like `ctrl-a`, `shift-tab`, `page-down`, `f3` or `?`",
            ),
            ("editor", "yank", "a b c", "tui.keymap.editor.yank: `a b c` is too long; a chord has two keys"),
        ] {
            assert_eq!(keys.set(context, action, &[key]).unwrap_err().to_string(), message);
        }
    }
}
