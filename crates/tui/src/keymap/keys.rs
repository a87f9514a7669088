//! All bindings: the default tables with the person's changes, and what is wrong with those.
//! Invariant: the tables are the only place that knows a configurable key. What an action does is decided elsewhere.

use super::bindings::{Bindings, PlainRow};
use super::chord::{Chord, ChordError};
use super::editing::{
    COMPOSER, ComposerAction, EDITOR, EditorAction, FindAction, NormalAction, ObjectAction, OperatorAction,
    VIM_NORMAL, VIM_OPERATOR, VIM_SEARCH, VIM_TEXT_OBJECT,
};
use super::key::Key;
use super::screens::{
    APPROVAL, Action, ApprovalAction, CHAT, ELSEWHERE, GLOBAL, LIST, ListAction, PAGER, PagerAction,
};

const LEADER: &str = "leader";
const LEADER_DEFAULT: &str = "ctrl-x";

/// Contexts whose keys are live together while a message is written.
const WRITING: &[&str] = &["global", "chat", "composer", "editor"];

/// What was wrong with a change to the keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeysError {
    #[error("`tui.keymap.{0}` is not a context of keys; /keymap lists them")]
    Context(String),
    #[error("`tui.keymap.{context}` has no action `{action}`; /keymap lists them")]
    Action { context: String, action: String },
    #[error("tui.keymap.{context}.{action}: {source}")]
    Chord { context: String, action: String, source: ChordError },
    #[error("tui.keymap.global.leader: the leader is single keys, not a chord")]
    Leader,
}

/// One action as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRow {
    pub(crate) context: &'static str,
    pub(crate) action: &'static str,
    pub(crate) chords: Vec<Chord>,
    /// The person chose these keys.
    pub(crate) changed: bool,
}

impl KeyRow {
    /// Names of the keys, as a config file has them.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.chords.iter().map(ToString::to_string).collect()
    }
}

/// Every binding of the program, by context.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    leader: Vec<Key>,
    leader_changed: bool,
    pub(crate) global: Bindings<Action>,
    pub(crate) chat: Bindings<Action>,
    pub(crate) composer: Bindings<ComposerAction>,
    pub(crate) editor: Bindings<EditorAction>,
    pub(crate) vim_normal: Bindings<NormalAction>,
    pub(crate) vim_operator: Bindings<OperatorAction>,
    pub(crate) vim_text_object: Bindings<ObjectAction>,
    pub(crate) vim_search: Bindings<FindAction>,
    pub(crate) pager: Bindings<PagerAction>,
    pub(crate) list: Bindings<ListAction>,
    pub(crate) approval: Bindings<ApprovalAction>,
}

impl Default for Keys {
    fn default() -> Self {
        let mut keys = Self {
            leader: Vec::new(),
            leader_changed: false,
            global: Bindings::from_table(GLOBAL),
            chat: Bindings::from_table(CHAT),
            composer: Bindings::from_table(COMPOSER),
            editor: Bindings::from_table(EDITOR),
            vim_normal: Bindings::from_table(VIM_NORMAL),
            vim_operator: Bindings::from_table(VIM_OPERATOR),
            vim_text_object: Bindings::from_table(VIM_TEXT_OBJECT),
            vim_search: Bindings::from_table(VIM_SEARCH),
            pager: Bindings::from_table(PAGER),
            list: Bindings::from_table(LIST),
            approval: Bindings::from_table(APPROVAL),
        };
        keys.set_leader(LEADER_DEFAULT.parse().ok().into_iter().collect());
        keys
    }
}

impl Keys {
    /// Sets the keys of `tui.keymap.<context>.<action>`; an empty list unbinds it.
    pub(crate) fn set(&mut self, context: &str, action: &str, names: &[&str]) -> Result<(), KeysError> {
        let wrong =
            |source| KeysError::Chord { context: context.to_owned(), action: action.to_owned(), source };
        if (context, action) == ("global", LEADER) {
            let leader = names.iter().map(|name| name.parse()).collect::<Result<Vec<Key>, _>>();
            self.set_leader(leader.map_err(|_| KeysError::Leader)?);
            self.leader_changed = true;
            return Ok(());
        }
        let chords = names.iter().map(|name| name.parse().map_err(wrong)).collect::<Result<_, _>>()?;
        self.put(context, action, Some(chords))
    }

    /// Gives an action its default keys back.
    pub(crate) fn reset(&mut self, context: &str, action: &str) -> Result<(), KeysError> {
        if (context, action) == ("global", LEADER) {
            self.set_leader(LEADER_DEFAULT.parse().ok().into_iter().collect());
            self.leader_changed = false;
            return Ok(());
        }
        self.put(context, action, None)
    }

    fn put(&mut self, context: &str, action: &str, chords: Option<Vec<Chord>>) -> Result<(), KeysError> {
        let set = match context {
            "global" => self.global.set(action, chords),
            "chat" => self.chat.set(action, chords),
            "composer" => self.composer.set(action, chords),
            "editor" => self.editor.set(action, chords),
            "vim_normal" => self.vim_normal.set(action, chords),
            "vim_operator" => self.vim_operator.set(action, chords),
            "vim_text_object" => self.vim_text_object.set(action, chords),
            "vim_search" => self.vim_search.set(action, chords),
            "pager" => self.pager.set(action, chords),
            "list" => self.list.set(action, chords),
            "approval" => self.approval.set(action, chords),
            _ => false,
        };
        if set || ELSEWHERE.iter().any(|(other, names)| *other == context && names.contains(&action)) {
            return Ok(());
        }
        let known = self.rows().any(|row| row.context == context)
            || ELSEWHERE.iter().any(|(other, _)| *other == context);
        Err(match known {
            true => KeysError::Action { context: context.to_owned(), action: action.to_owned() },
            false => KeysError::Context(context.to_owned()),
        })
    }

    /// Whether the key begins chords.
    pub(crate) fn is_leader(&self, key: Key) -> bool {
        self.leader.contains(&key)
    }

    fn set_leader(&mut self, leader: Vec<Key>) {
        self.global.set_leader(&leader);
        self.chat.set_leader(&leader);
        self.composer.set_leader(&leader);
        self.editor.set_leader(&leader);
        self.vim_normal.set_leader(&leader);
        self.vim_operator.set_leader(&leader);
        self.vim_text_object.set_leader(&leader);
        self.vim_search.set_leader(&leader);
        self.pager.set_leader(&leader);
        self.list.set_leader(&leader);
        self.approval.set_leader(&leader);
        self.leader = leader;
    }

    /// Every action with its context, name and keys, in the order of the tables.
    pub(crate) fn rows(&self) -> impl Iterator<Item = KeyRow> + '_ {
        let named = |context: &'static str| {
            move |row: PlainRow| KeyRow {
                context,
                action: row.name,
                chords: row.chords,
                changed: row.changed,
            }
        };
        let leader = KeyRow {
            context: "global",
            action: LEADER,
            chords: self.leader.iter().map(|key| Chord::from(vec![*key])).collect(),
            changed: self.leader_changed,
        };
        std::iter::once(leader)
            .chain(self.global.rows().map(named("global")))
            .chain(self.chat.rows().map(named("chat")))
            .chain(self.composer.rows().map(named("composer")))
            .chain(self.editor.rows().map(named("editor")))
            .chain(self.vim_normal.rows().map(named("vim_normal")))
            .chain(self.vim_operator.rows().map(named("vim_operator")))
            .chain(self.vim_text_object.rows().map(named("vim_text_object")))
            .chain(self.vim_search.rows().map(named("vim_search")))
            .chain(self.pager.rows().map(named("pager")))
            .chain(self.list.rows().map(named("list")))
            .chain(self.approval.rows().map(named("approval")))
    }

    /// Changed keys that another action has too, one sentence each: who gets the key, and who does not.
    pub(crate) fn conflicts(&self) -> Vec<String> {
        let rows: Vec<KeyRow> = self.rows().filter(|row| row.action != LEADER).collect();
        let mut found = Vec::new();
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.changed) {
            for (other_at, other) in rows.iter().enumerate() {
                // Two changed rows are told once.
                if at == other_at || (other.changed && other_at < at) || !live_together(row, other) {
                    continue;
                }
                for chord in &row.chords {
                    let chord = chord.resolved(&self.leader);
                    let clash = other.chords.iter().map(|other| other.resolved(&self.leader));
                    if clash.into_iter().any(|other| chord.clashes(&other)) {
                        found.push(format!(
                            "tui.keymap.{}.{}: `{chord}` is also a key of tui.keymap.{}.{}; only one of them can have it",
                            row.context, row.action, other.context, other.action
                        ));
                    }
                }
            }
        }
        found
    }
}

fn live_together(one: &KeyRow, other: &KeyRow) -> bool {
    let both = |name: &str| name == one.context || name == other.context;
    // Enter sends and breaks a line by default: which of the two is decided by where it comes first.
    let layered = both("composer") && both("editor");
    one.context == other.context
        || (!layered && WRITING.contains(&one.context) && WRITING.contains(&other.context))
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
