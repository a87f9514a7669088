//! Text over the whole screen, with scrolling and find: `/diff`, the details of a question.
//! Invariant: every row is clean, and a row of any length can be read to its end.

use std::cell::RefCell;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::layers::scrolled;
use super::msg::Cmd;
use super::overlay::Overlay;
use super::ui_state::State;
use super::update::is;
use crate::keymap::{Key, PagerAction};
use crate::look::Look;
use crate::text::{clean_text, one_line};

/// One row of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageRow {
    pub(crate) look: Look,
    pub(crate) text: String,
}

impl PageRow {
    /// A row whose text is made safe.
    pub(crate) fn new(look: Look, text: &str) -> Self {
        Self { look, text: clean_text(text).replace('\n', " ") }
    }
}

/// A piece of a row that fits into the screen: row, first and last byte.
pub(crate) type Piece = (usize, usize, usize);

/// The page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) title: String,
    rows: Vec<PageRow>,
    /// First visible piece.
    top: usize,
    /// What is looked for, while it is typed or after.
    pub(crate) find: Option<Find>,
    /// The rows cut for one width.
    pieces: RefCell<(u16, Vec<Piece>)>,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Find {
    pub(crate) words: String,
    pub(crate) typing: bool,
    /// Place of the match at hand among the matching rows, and how many there are.
    pub(crate) found: Option<(usize, usize)>,
}

impl Page {
    /// A page at its beginning.
    pub(crate) fn new(title: impl Into<String>, rows: Vec<PageRow>) -> Self {
        Self { title: title.into(), rows, top: 0, find: None, pieces: RefCell::new((0, Vec::new())) }
    }

    /// Other rows under another title; the page begins anew.
    pub(crate) fn fill(&mut self, title: impl Into<String>, rows: Vec<PageRow>) {
        *self = Self::new(title, rows);
    }

    /// Makes the pieces for this width.
    fn cut(&self, width: u16) {
        let mut pieces = self.pieces.borrow_mut();
        if pieces.0 == width && (self.rows.is_empty() || !pieces.1.is_empty()) {
            return;
        }
        let columns = usize::from(width).max(2);
        let mut out = Vec::with_capacity(self.rows.len());
        for (at, row) in self.rows.iter().enumerate() {
            let text = row.text.as_str();
            if text.len() <= columns {
                out.push((at, 0, text.len()));
                continue;
            }
            let (mut start, mut used) = (0, 0);
            for (place, grapheme) in text.grapheme_indices(true) {
                let wide = grapheme.width();
                if used + wide > columns {
                    out.push((at, start, place));
                    (start, used) = (place, 0);
                }
                used += wide;
            }
            out.push((at, start, text.len()));
        }
        *pieces = (width, out);
    }

    fn last_top(&self, width: u16, height: usize) -> usize {
        self.cut(width);
        self.pieces.borrow().1.len().saturating_sub(height.max(1))
    }

    /// Every row's text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| row.text.as_str())
    }

    /// The visible pieces: look and text of each.
    pub(crate) fn visible(&self, width: u16, height: usize) -> Vec<(Look, String)> {
        let top = self.top.min(self.last_top(width, height));
        let pieces = self.pieces.borrow();
        let shown = pieces.1.iter().skip(top).take(height);
        shown
            .map(|(row, from, to)| {
                let row = &self.rows[*row];
                (row.look, row.text[*from..*to].to_owned())
            })
            .collect()
    }

    /// How far down the page is, in percent.
    pub(crate) fn percent(&self, width: u16, height: usize) -> usize {
        let last = self.last_top(width, height);
        (self.top.min(last) * 100).checked_div(last).unwrap_or(100)
    }

    /// Scrolls by rows of the screen.
    pub(crate) fn scroll(&mut self, by: isize, width: u16, height: usize) {
        let last = self.last_top(width, height);
        self.top = self.top.min(last).saturating_add_signed(by).min(last);
    }

    /// Goes to the next matching row below the one at hand, or above.
    fn seek(&mut self, by: isize, width: u16, height: usize) {
        self.cut(width);
        let last = self.last_top(width, height);
        let Some(find) = &mut self.find else { return };
        let words = find.words.to_lowercase();
        if words.is_empty() {
            find.found = None;
            return;
        }
        let rows = self.rows.iter().enumerate();
        let matching: Vec<usize> =
            rows.filter(|(_, row)| row.text.to_lowercase().contains(&words)).map(|(at, _)| at).collect();
        let Ok(all) = isize::try_from(matching.len()) else { return };
        if all == 0 {
            find.found = None;
            return;
        }
        let before = find.found.and_then(|(at, _)| isize::try_from(at).ok());
        let next = match before {
            Some(at) => (at + by).rem_euclid(all).unsigned_abs(),
            None => 0,
        };
        find.found = Some((next, matching.len()));
        let pieces = self.pieces.borrow();
        let place = pieces.1.iter().position(|(row, _, _)| *row == matching[next]).unwrap_or(0);
        drop(pieces);
        self.top = place.saturating_sub(height / 3).min(last);
    }
}

/// Rows of the body on a screen of this height.
pub(crate) fn body_height(height: u16) -> usize {
    usize::from(height.saturating_sub(2).max(1))
}

/// A key while a page is open.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    let (width, height) = (state.width, body_height(state.height));
    let named = |names: &[&str]| names.iter().any(|name| is(key, name));
    let action = state.keys.pager.one(key);
    let Some(Overlay::Page(page)) = state.overlays.last_mut() else { return Vec::new() };
    if let Some(find) = &mut page.find
        && find.typing
    {
        if named(&["esc", "ctrl-c"]) {
            page.find = None;
        } else if named(&["enter"]) {
            find.typing = false;
            page.seek(0, width, height);
        } else if named(&["backspace"]) {
            find.words.pop();
            find.found = None;
            page.seek(0, width, height);
        } else if let Some(c) = key.typed() {
            find.words.push(c);
            find.found = None;
            page.seek(0, width, height);
        }
        return Vec::new();
    }
    let begins = named(&["/", "f3"]) || action == Some(PagerAction::Find);
    if begins && !(named(&["f3"]) && page.find.is_some()) {
        page.find = Some(Find { words: String::new(), typing: true, found: None });
    } else if named(&["n", "f3"]) {
        page.seek(1, width, height);
    } else if named(&["N", "shift-f3"]) {
        page.seek(-1, width, height);
    } else if let Some(rows) = action.and_then(|action| scrolled(action, height)) {
        page.scroll(rows, width, height);
    } else if action == Some(PagerAction::JumpTop) {
        page.top = 0;
    } else if action == Some(PagerAction::JumpBottom) {
        page.scroll(isize::MAX, width, height);
    } else if named(&["esc"]) && page.find.is_some() {
        page.find = None;
    } else if named(&["esc", "ctrl-a"]) || action == Some(PagerAction::Close) {
        state.overlays.pop();
    }
    Vec::new()
}

/// Pasted text goes to what is looked for.
pub(super) fn paste(page: &mut Page, text: &str) {
    if let Some(find) = page.find.as_mut().filter(|find| find.typing) {
        find.words.push_str(&one_line(text));
    }
}

/// A unified diff as rows, coloured by their sign.
pub(crate) fn diff_rows(text: &str) -> Vec<PageRow> {
    let mut in_hunk = false;
    text.lines()
        .map(|line| {
            if line.starts_with("diff --git ") {
                in_hunk = false;
            } else if line.starts_with("@@") {
                in_hunk = true;
            }
            let look = match (in_hunk, line.as_bytes().first()) {
                (true, Some(b'+')) => Look::Added,
                (true, Some(b'-')) => Look::Removed,
                (_, Some(b'@')) => Look::Accent,
                (false, _) => Look::Bold,
                _ => Look::Plain,
            };
            PageRow::new(look, line)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn long_rows_can_be_read_to_their_end() {
        let mut page = Page::new(
            "t",
            vec![PageRow::new(Look::Plain, &"ab".repeat(50)), PageRow::new(Look::Bold, "你好")],
        );
        let texts = |page: &Page| page.visible(7, 5).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts(&page)[0], "abababa");
        page.scroll(isize::MAX, 7, 5);
        // 15 pieces of the long row, then the short one.
        assert_eq!(texts(&page)[3..], ["ab", "你好"]);
        assert_eq!(page.percent(7, 5), 100);
    }

    #[test]
    fn signs_colour_only_inside_of_hunks() {
        let looks: Vec<Look> = diff_rows("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n c")
            .into_iter()
            .map(|row| row.look)
            .collect();
        let expected =
            [Look::Bold, Look::Bold, Look::Bold, Look::Accent, Look::Removed, Look::Added, Look::Plain];
        assert_eq!(looks, expected);
    }
}
