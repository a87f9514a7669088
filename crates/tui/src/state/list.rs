//! A list to choose one row from: filtered by what is typed, chosen by Enter or by its number.
//! Invariant: a disabled row is shown with its reason and never chosen. Knows nothing of what a choice does.

use crate::keymap::{Key, ListAction};
use crate::text::one_line;

use super::update::is;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// What the choice is known by.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) purpose: String,
    /// `current`, `default`.
    pub(crate) mark: Option<&'static str>,
    /// Why it cannot be chosen.
    pub(crate) disabled: Option<String>,
}

impl Row {
    /// A row that can be chosen.
    pub(crate) fn new(key: impl Into<String>, name: impl Into<String>, purpose: impl Into<String>) -> Self {
        Self { key: key.into(), name: name.into(), purpose: purpose.into(), mark: None, disabled: None }
    }

    /// With a mark.
    pub(crate) fn marked(mut self, mark: Option<&'static str>) -> Self {
        self.mark = mark;
        self
    }
}

/// What typing does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typing {
    /// Letters are keys of their own.
    Nothing,
    /// Narrows the rows.
    Filters,
    /// Narrows the rows, and what is typed can be chosen as it stands.
    FiltersAndOffers,
}

/// The list.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) title: String,
    /// What is to be known before choosing.
    pub(crate) note: Option<String>,
    rows: Vec<Row>,
    typing: Typing,
    pub(crate) filter: String,
    selected: usize,
    /// Keys that choose as Enter does, but otherwise, and what the hint says of them.
    pub(crate) also: &'static [(&'static str, &'static str)],
    /// What the hint says Enter does.
    pub(crate) enter: &'static str,
}

/// What a key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pressed {
    Nothing,
    /// Another row is selected.
    Moved,
    Back,
    /// Chosen by Enter or its number.
    Chosen(String),
    /// Chosen by one of the other keys.
    Also(&'static str, String),
}

impl List {
    /// A list whose first row that can be chosen, or the current one, is selected.
    pub(crate) fn new(title: impl Into<String>, rows: Vec<Row>) -> Self {
        let current = rows.iter().position(|row| row.mark == Some("current"));
        let first = rows.iter().position(|row| row.disabled.is_none());
        Self {
            title: title.into(),
            note: None,
            rows,
            typing: Typing::Nothing,
            filter: String::new(),
            selected: current.or(first).unwrap_or(0),
            also: &[],
            enter: "select",
        }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    pub(crate) fn typing(mut self, typing: Typing) -> Self {
        self.typing = typing;
        self
    }

    pub(crate) fn enter(mut self, does: &'static str) -> Self {
        self.enter = does;
        self
    }

    pub(crate) fn also(mut self, also: &'static [(&'static str, &'static str)]) -> Self {
        self.also = also;
        self
    }

    /// Selects the row of this key, if there is one.
    pub(crate) fn select(mut self, key: &str) -> Self {
        if let Some(at) = self.rows.iter().position(|row| row.key == key) {
            self.selected = at;
        }
        self
    }

    /// Whether typing narrows the rows.
    pub(crate) fn is_typed_into(&self) -> bool {
        self.typing != Typing::Nothing
    }

    /// Chooses the row at this place among those shown.
    pub(crate) fn choose_at(&mut self, at: usize) -> Pressed {
        let Some(key) = self.choose(at) else { return Pressed::Nothing };
        self.selected = at;
        Pressed::Chosen(key)
    }

    /// Other words that narrow the rows.
    pub(crate) fn set_filter(&mut self, words: &str) {
        self.filter = words.to_owned();
        self.narrowed();
    }

    /// The rows that match what was typed; what was typed itself last, where that is offered.
    pub(crate) fn shown(&self) -> Vec<Row> {
        let words: Vec<String> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let matches = |row: &&Row| {
            let text = format!("{} {} {}", row.key, row.name, row.purpose).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        };
        let mut rows: Vec<Row> = self.rows.iter().filter(matches).cloned().collect();
        let typed = self.filter.trim();
        if self.typing == Typing::FiltersAndOffers
            && !typed.is_empty()
            && !self.rows.iter().any(|row| row.key == typed)
        {
            rows.push(Row::new(typed, one_line(typed), "use this name as it is"));
        }
        rows
    }

    /// Place of the selected row among those shown.
    pub(crate) fn selected(&self) -> usize {
        self.selected
    }

    /// The selected row.
    pub(crate) fn at(&self) -> Option<Row> {
        self.shown().into_iter().nth(self.selected)
    }

    /// Takes in a key, and what the key map says it does in a list.
    pub(crate) fn key(&mut self, key: Key, action: Option<ListAction>) -> Pressed {
        if let Some((name, _)) = self.also.iter().find(|(name, _)| is(key, name)) {
            return self.choose(self.selected).map_or(Pressed::Nothing, |key| Pressed::Also(name, key));
        }
        // Letters narrow the rows where they can.
        let action = if self.typing != Typing::Nothing && key.typed().is_some() { None } else { action };
        let quits = is(key, "ctrl-c");
        match action {
            Some(ListAction::Cancel) if !self.filter.is_empty() && !quits => {
                self.filter.clear();
                self.narrowed()
            }
            _ if quits => Pressed::Back,
            Some(ListAction::Cancel) => Pressed::Back,
            Some(ListAction::MoveLeft) if self.typing == Typing::Nothing => Pressed::Back,
            Some(ListAction::Accept) => self.choose(self.selected).map_or(Pressed::Nothing, Pressed::Chosen),
            Some(ListAction::MoveUp) => self.step(-1),
            Some(ListAction::MoveDown) => self.step(1),
            Some(ListAction::PageUp) => self.leap(-8),
            Some(ListAction::PageDown) => self.leap(8),
            Some(ListAction::JumpTop) => self.leap(isize::MIN),
            Some(ListAction::JumpBottom) => self.leap(isize::MAX),
            Some(ListAction::MoveLeft | ListAction::MoveRight) | None => self.typed(key),
        }
    }

    fn typed(&mut self, key: Key) -> Pressed {
        if is(key, "backspace") && self.filter.pop().is_some() {
            return self.narrowed();
        }
        if is(key, "ctrl-u") && !self.filter.is_empty() {
            self.filter.clear();
            return self.narrowed();
        }
        let Some(c) = key.typed() else { return Pressed::Nothing };
        let number = c.to_digit(10).and_then(|digit| usize::try_from(digit).ok()?.checked_sub(1));
        if let Some(at) = number.filter(|_| self.filter.is_empty())
            && let Some(key) = self.choose(at)
        {
            self.selected = at;
            return Pressed::Chosen(key);
        }
        if self.typing == Typing::Nothing {
            return Pressed::Nothing;
        }
        self.filter.push(c);
        self.narrowed()
    }

    /// Adds pasted text to what is typed.
    pub(crate) fn paste(&mut self, text: &str) {
        if self.typing != Typing::Nothing {
            self.filter.push_str(&one_line(text));
            self.narrowed();
        }
    }

    fn narrowed(&mut self) -> Pressed {
        let shown = self.shown();
        self.selected = shown.iter().position(|row| row.disabled.is_none()).unwrap_or(0);
        Pressed::Moved
    }

    fn choose(&self, at: usize) -> Option<String> {
        let row = self.shown().into_iter().nth(at)?;
        row.disabled.is_none().then_some(row.key)
    }

    /// One row on, round the ends, past rows that cannot be chosen.
    fn step(&mut self, by: isize) -> Pressed {
        let shown = self.shown();
        let Ok(len) = isize::try_from(shown.len()) else { return Pressed::Nothing };
        let mut at = isize::try_from(self.selected).unwrap_or(0);
        for _ in 0..len {
            at = (at + by).rem_euclid(len);
            let index = at.unsigned_abs();
            if shown.get(index).is_some_and(|row| row.disabled.is_none()) {
                self.selected = index;
                return Pressed::Moved;
            }
        }
        Pressed::Nothing
    }

    /// Some rows on, up to the ends.
    pub(crate) fn leap(&mut self, by: isize) -> Pressed {
        let shown = self.shown();
        let last = shown.len().saturating_sub(1);
        let at = self.selected.min(last).saturating_add_signed(by).min(last);
        let free = |at: &usize| shown.get(*at).is_some_and(|row| row.disabled.is_none());
        let found = (at..=last).find(free).or_else(|| (0..at).rev().find(free));
        if let Some(at) = found {
            self.selected = at;
        }
        Pressed::Moved
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn press(list: &mut List, name: &str) -> Pressed {
        let key = name.parse().unwrap();
        list.key(key, crate::keymap::Keys::default().list.one(key))
    }

    fn rows() -> Vec<Row> {
        let mut rows = vec![Row::new("a", "Alpha", "first"), Row::new("b", "Beta", "second")];
        rows.push(Row { disabled: Some("not now".to_owned()), ..Row::new("c", "Gamma", "third") });
        rows.push(Row::new("d", "Delta", "fourth").marked(Some("current")));
        rows
    }

    #[test]
    fn keys_move_round_past_what_is_disabled() {
        let mut list = List::new("t", rows());
        assert_eq!(list.selected(), 3);
        assert_eq!(press(&mut list, "up"), Pressed::Moved);
        assert_eq!(list.at().map(|row| row.key), Some("b".to_owned()));
        press(&mut list, "down");
        press(&mut list, "down");
        assert_eq!(press(&mut list, "enter"), Pressed::Chosen("a".to_owned()));
        assert_eq!(press(&mut list, "3"), Pressed::Nothing);
        assert_eq!(press(&mut list, "2"), Pressed::Chosen("b".to_owned()));
        assert_eq!(press(&mut list, "end"), Pressed::Moved);
        assert_eq!(list.selected(), 3);
        assert_eq!(press(&mut list, "esc"), Pressed::Back);
    }

    #[test]
    fn typing_narrows_and_offers_what_is_typed() {
        let mut list = List::new("t", rows()).typing(Typing::FiltersAndOffers);
        for c in ["b", "e", "t", "5"] {
            press(&mut list, c);
        }
        let keys = |list: &List| list.shown().into_iter().map(|row| row.key).collect::<Vec<_>>();
        assert_eq!(keys(&list), ["bet5"]);
        assert_eq!(press(&mut list, "enter"), Pressed::Chosen("bet5".to_owned()));
        press(&mut list, "backspace");
        assert_eq!(keys(&list), ["b", "bet"]);
        assert_eq!(press(&mut list, "esc"), Pressed::Moved);
        assert_eq!(keys(&list).len(), 4);
        let mut none = List::new("t", Vec::new());
        for key in ["up", "down", "enter", "1", "end", "page-up"] {
            press(&mut none, key);
        }
        assert_eq!(none.selected(), 0);
    }
}
