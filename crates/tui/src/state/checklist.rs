//! A list whose rows are switched on and off and put in order: the items of the status line and of the title.
//! Invariant: rows that are on stand first, in the order they are shown in. Knows nothing of what the items mean.

use super::update::is;
use crate::keymap::{Key, ListAction};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) key: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) on: bool,
}

/// The list.
#[derive(Debug, Clone)]
pub(crate) struct Checklist {
    pub(crate) title: &'static str,
    checks: Vec<Check>,
    pub(crate) filter: String,
    /// Place among the rows shown.
    pub(crate) selected: usize,
}

/// What a key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ticked {
    Nothing,
    Back,
    /// The rows that are on, in order.
    Saved(Vec<String>),
}

impl Checklist {
    /// All items of the table; those named in `on` first and in that order.
    pub(crate) fn new(
        title: &'static str,
        items: impl Iterator<Item = (&'static str, &'static str)> + Clone,
        on: &[String],
    ) -> Self {
        let find = |name: &String| items.clone().find(|(key, _)| key == name);
        let mut checks: Vec<Check> =
            on.iter().filter_map(find).map(|(key, purpose)| Check { key, purpose, on: true }).collect();
        for (key, purpose) in items.clone() {
            if !checks.iter().any(|check| check.key == key) {
                checks.push(Check { key, purpose, on: false });
            }
        }
        Self { title, checks, filter: String::new(), selected: 0 }
    }

    /// The rows that match what was typed.
    pub(crate) fn shown(&self) -> Vec<&Check> {
        let matches =
            |check: &&Check| check.key.contains(&self.filter) || check.purpose.contains(&self.filter);
        self.checks.iter().filter(matches).collect()
    }

    /// The keys that are on, in order.
    pub(crate) fn on(&self) -> Vec<String> {
        self.checks.iter().filter(|check| check.on).map(|check| check.key.to_owned()).collect()
    }

    /// Takes in a key, and what the key map says it does in a list.
    pub(crate) fn key(&mut self, key: Key, action: Option<ListAction>) -> Ticked {
        let last = self.shown().len().saturating_sub(1);
        self.selected = self.selected.min(last);
        if is(key, "space") {
            self.toggle();
            return Ticked::Nothing;
        }
        // Letters narrow the rows.
        let action = if key.typed().is_some() { None } else { action };
        match action {
            Some(ListAction::Cancel) if !self.filter.is_empty() => self.filter.clear(),
            Some(ListAction::Cancel) => return Ticked::Back,
            _ if is(key, "ctrl-c") => return Ticked::Back,
            Some(ListAction::Accept) => return Ticked::Saved(self.on()),
            Some(ListAction::MoveUp) => self.selected = self.selected.checked_sub(1).unwrap_or(last),
            Some(ListAction::MoveDown) => {
                self.selected = if self.selected == last { 0 } else { self.selected + 1 }
            }
            Some(ListAction::PageUp | ListAction::JumpTop) => self.selected = 0,
            Some(ListAction::PageDown | ListAction::JumpBottom) => self.selected = last,
            Some(ListAction::MoveLeft) => self.shift(-1),
            Some(ListAction::MoveRight) => self.shift(1),
            None if is(key, "backspace") => drop(self.filter.pop()),
            None => {
                if let Some(c) = key.typed() {
                    self.filter.push(c);
                    self.selected = 0;
                }
            }
        }
        Ticked::Nothing
    }

    /// Switches the row at this place among those shown.
    pub(crate) fn toggle_at(&mut self, at: usize) {
        if at < self.shown().len() {
            self.selected = at;
            self.toggle();
        }
    }

    fn place(&self) -> Option<usize> {
        let key = self.shown().get(self.selected)?.key;
        self.checks.iter().position(|check| check.key == key)
    }

    fn follow(&mut self, key: &str) {
        self.selected = self.shown().iter().position(|check| check.key == key).unwrap_or(0);
    }

    /// On: to the end of those that are on; off: behind them.
    fn toggle(&mut self) {
        let Some(at) = self.place() else { return };
        let mut check = self.checks.remove(at);
        check.on = !check.on;
        let key = check.key;
        let end = self.checks.iter().filter(|check| check.on).count();
        self.checks.insert(end, check);
        self.follow(key);
    }

    /// Among those that are on.
    fn shift(&mut self, by: isize) {
        let Some(at) = self.place() else { return };
        let on = self.checks.iter().filter(|check| check.on).count();
        let Some(to) = at.checked_add_signed(by).filter(|to| *to < on && at < on) else { return };
        self.checks.swap(at, to);
        let key = self.checks[to].key;
        self.follow(key);
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const ITEMS: [(&str, &str); 4] = [("a", "one"), ("b", "two"), ("c", "three"), ("d", "four")];

    fn list() -> Checklist {
        Checklist::new("t", ITEMS.into_iter(), &["c".to_owned(), "gone".to_owned(), "a".to_owned()])
    }

    fn press(list: &mut Checklist, names: &str) -> Ticked {
        let mut last = Ticked::Nothing;
        for name in names.split(' ') {
            let key = name.parse().unwrap();
            last = list.key(key, crate::keymap::Keys::default().list.one(key));
        }
        last
    }

    #[test]
    fn rows_are_switched_and_ordered() {
        let mut all = list();
        assert_eq!(all.on(), ["c", "a"]);
        assert_eq!(press(&mut all, "right enter"), Ticked::Saved(vec!["a".to_owned(), "c".to_owned()]));
        press(&mut all, "end space left left left");
        assert_eq!(all.on(), ["d", "a", "c"]);
        press(&mut all, "space");
        assert_eq!(all.on(), ["a", "c"]);
        assert_eq!(all.shown()[2].key, "d");
        press(&mut all, "o n e space");
        assert_eq!(all.on(), ["c"]);
        assert_eq!(press(&mut all, "esc"), Ticked::Nothing);
        assert_eq!(press(&mut all, "esc"), Ticked::Back);
    }
}
