//! Looking for text in the list, also in what is not shown of a cell.

use ratatui::text::Line;

use super::list::Transcript;
use super::marks::Spot;
use crate::cells::{Cell, Detail, View};
use crate::text::Needle;

/// Which way to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Towards {
    Older,
    Newer,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    /// In the lines of `detail`.
    pub(crate) spot: Spot,
    /// What has to be shown to see it.
    pub(crate) detail: Detail,
}

impl Transcript {
    /// The next match from a place on, which is not looked at itself; from the end of the list without one.
    pub(crate) fn find(&self, needle: &Needle, from: Option<Spot>, towards: Towards) -> Option<Hit> {
        let last = self.len().checked_sub(1)?;
        let start = from.map_or(last, |spot| spot.entry.min(last));
        match towards {
            Towards::Older => (0..=start).rev().find_map(|entry| self.find_in(entry, needle, from, towards)),
            Towards::Newer => (start..=last).find_map(|entry| self.find_in(entry, needle, from, towards)),
        }
    }

    fn find_in(&self, entry: usize, needle: &Needle, from: Option<Spot>, towards: Towards) -> Option<Hit> {
        let found = self.get(entry)?;
        if !found.cell().may_hold(needle) {
            return None;
        }
        let view = self.view();
        let keeps = found.keeps_lines();
        let shown = found.with_lines(view, |lines| matching_lines(needle, lines));
        if !keeps {
            // A search goes through the whole list; it leaves no lines behind.
            found.forget_lines();
        }
        let here = from.filter(|spot| spot.entry == entry);
        let full = match view.detail {
            Detail::Compact
                if here.is_none() && !matches!(found.cell(), Cell::Reply(_) | Cell::Said { .. }) =>
            {
                matching_lines(needle, &found.cell().lines(View { detail: Detail::Full, ..view }))
            }
            Detail::Compact | Detail::Full | Detail::Raw => Vec::new(),
        };
        let (lines, detail) =
            if full.len() > shown.len() { (full, Detail::Full) } else { (shown, view.detail) };
        let line = match (here, towards) {
            (None, Towards::Older) => lines.last().copied(),
            (None, Towards::Newer) => lines.first().copied(),
            (Some(spot), Towards::Older) => lines.into_iter().rev().find(|line| *line < spot.line),
            (Some(spot), Towards::Newer) => lines.into_iter().find(|line| *line > spot.line),
        };
        line.map(|line| Hit { spot: Spot { entry, line }, detail })
    }

    /// The next cell from a place on for which `wanted` says so.
    pub(crate) fn next_entry(
        &self,
        from: usize,
        towards: Towards,
        wanted: impl Fn(&Cell) -> bool,
    ) -> Option<usize> {
        let is_wanted = |at: &usize| self.get(*at).is_some_and(|entry| wanted(entry.cell()));
        match towards {
            Towards::Older => (0..from.min(self.len())).rev().find(is_wanted),
            Towards::Newer => (from + 1..self.len()).find(is_wanted),
        }
    }
}

/// Lines in which a match begins. Words are found over the ends of lines, as they were before they were wrapped.
fn matching_lines(needle: &Needle, lines: &[Line<'static>]) -> Vec<usize> {
    let mut text = String::new();
    let mut starts = Vec::with_capacity(lines.len());
    for line in lines {
        starts.push(text.len());
        let plain: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
        text.push_str(plain.trim());
        text.push(' ');
    }
    let line_of = |at: usize| starts.partition_point(|start| *start <= at).saturating_sub(1);
    let mut found: Vec<usize> = needle.ranges(&text).into_iter().map(|range| line_of(range.start)).collect();
    found.dedup();
    found
}
