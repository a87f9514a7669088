//! Lists and checklists in the composer's place: title, rows with their marks, what the keys do.

use ratatui::text::{Line, Span};

use crate::look::Look;
use crate::state::{Check, Checklist, List, Row};
use crate::text::{cut, one_line, plain_width, wrap};

/// Rows of a list that are shown at once.
const ROWS_MAX: usize = 12;

/// The list in at most `max` rows: the rows give way, title and keys stay while there is room.
pub(super) fn list(list: &List, width: u16, max: usize) -> Vec<Line<'static>> {
    let columns = usize::from(width);
    let mut head = vec![rule(columns), title(&list.title, columns)];
    if let Some(note) = &list.note {
        let text = [Look::Dim.span(one_line(note))];
        head.extend(wrap(&text, columns, &Span::raw("  "), &Span::raw("  ")));
    }
    if list.is_typed_into() {
        head.push(typed(&list.filter, columns));
    }
    let shown = list.shown();
    let mut keys = vec![format!("enter {}", list.enter)];
    keys.extend(list.also.iter().map(|(key, does)| format!("{key} {does}")));
    keys.push("esc back".to_owned());
    let foot = hint(&keys.join(" · "), columns);
    let numbered = list.filter.is_empty();
    let names =
        shown.iter().take(200).map(|row| plain_width(&label(row))).max().unwrap_or(0).min(columns / 2);
    let row = |at: usize| {
        let number = if numbered && at < 9 { format!("{}. ", at + 1) } else { "   ".to_owned() };
        list_row(&shown[at], &number, names, at == list.selected(), columns)
    };
    banded(head, shown.len(), list.selected(), foot, max, row)
}

/// The checklist, with a line that shows what the choice will look like.
pub(super) fn checklist(
    list: &Checklist,
    preview: Line<'static>,
    width: u16,
    max: usize,
) -> Vec<Line<'static>> {
    let columns = usize::from(width);
    let mut head = vec![rule(columns), title(list.title, columns)];
    if !list.filter.is_empty() {
        head.push(typed(&list.filter, columns));
    }
    let mut label = vec![Look::Dim.span("  looks like: ")];
    label.extend(preview.spans);
    head.push(Line::from(label));
    let shown = list.shown();
    let names = shown.iter().map(|check| plain_width(check.key)).max().unwrap_or(0).min(columns / 2);
    let foot = hint("space on/off · ←/→ move · enter save · esc cancel", columns);
    let row = |at: usize| check_row(shown[at], names, at == list.selected, columns);
    banded(head, shown.len(), list.selected, foot, max, row)
}

/// Head, a window of rows around the selected one with marks where more is hidden, foot.
fn banded(
    mut head: Vec<Line<'static>>,
    rows: usize,
    selected: usize,
    foot: Line<'static>,
    max: usize,
    row: impl Fn(usize) -> Line<'static>,
) -> Vec<Line<'static>> {
    let max = max.max(1);
    // On a low screen the rule goes first, then what follows the title.
    while head.len() + 3 > max && !head.is_empty() {
        if head.len() > 1 && plain_width(&head[0].to_string()) > 0 && head[0].to_string().starts_with('─') {
            head.remove(0);
        } else {
            head.pop();
        }
    }
    let with_foot = max >= 3;
    let room = (max - head.len() - usize::from(with_foot)).clamp(1, ROWS_MAX);
    let cut_off = rows > room;
    // Marks take a row each where something is hidden.
    let window = if cut_off { room.saturating_sub(2).max(1) } else { room };
    let selected = selected.min(rows.saturating_sub(1));
    let top = selected.saturating_sub(window / 2).min(rows.saturating_sub(window));
    let mut lines = head;
    let marks = cut_off && room >= 3;
    if marks {
        lines.push(if top > 0 { mark("↑", top) } else { Line::default() });
    }
    if rows == 0 {
        lines.push(Line::from(Look::Dim.span("  nothing matches")));
    }
    lines.extend((top..rows.min(top + window)).map(row));
    let below = rows.saturating_sub(top + window);
    if marks {
        lines.push(if below > 0 { mark("↓", below) } else { Line::default() });
    }
    if with_foot {
        lines.push(foot);
    }
    lines.truncate(max);
    lines
}

fn mark(arrow: &str, more: usize) -> Line<'static> {
    Line::from(Look::Dim.span(format!("  {arrow} {more} more")))
}

pub(super) fn rule(columns: usize) -> Line<'static> {
    Line::from(Look::Dim.span("─".repeat(columns)))
}

fn title(text: &str, columns: usize) -> Line<'static> {
    Line::from(vec![Span::raw("  "), Look::Bold.span(cut(&one_line(text), columns.saturating_sub(2)))])
}

fn typed(filter: &str, columns: usize) -> Line<'static> {
    let text = if filter.is_empty() {
        Look::Dim.span("type to search")
    } else {
        Span::raw(cut(&one_line(filter), columns.saturating_sub(4)))
    };
    Line::from(vec![Look::Prompt.span("  / "), text])
}

/// Whole hints only: what does not fit is left out, from the right.
pub(super) fn hint(keys: &str, columns: usize) -> Line<'static> {
    let text = super::footer::words_that_fit(keys, columns.saturating_sub(2));
    Line::from(vec![Span::raw("  "), Look::Dim.span(text)])
}

fn label(row: &Row) -> String {
    match row.mark {
        Some(mark) => format!("{} ({mark})", one_line(&row.name)),
        None => one_line(&row.name),
    }
}

fn list_row(row: &Row, number: &str, names: usize, selected: bool, columns: usize) -> Line<'static> {
    let name = cut(&label(row), columns.saturating_sub(2 + number.len()));
    let purpose = row.disabled.as_deref().unwrap_or(&row.purpose);
    let pad = names.saturating_sub(plain_width(&name)) + 2;
    let room = columns.saturating_sub(2 + number.len() + plain_width(&name) + pad);
    let look = match (&row.disabled, selected) {
        (Some(_), _) => Look::Dim,
        (None, true) => Look::Current,
        (None, false) => Look::Plain,
    };
    let mut spans = vec![
        if selected { Look::Prompt.span("› ") } else { Span::raw("  ") },
        if selected { Look::Current.span(number.to_owned()) } else { Look::Dim.span(number.to_owned()) },
        look.span(name),
    ];
    if room > 4 && !purpose.is_empty() {
        spans.push(Span::raw(" ".repeat(pad)));
        spans.push(Look::Dim.span(cut(&one_line(purpose), room)));
    }
    Line::from(spans)
}

fn check_row(check: &Check, names: usize, selected: bool, columns: usize) -> Line<'static> {
    let tick = if check.on { "[x] " } else { "[ ] " };
    let name = format!("{:<names$}", cut(check.key, columns.saturating_sub(6)));
    let room = columns.saturating_sub(8 + plain_width(&name));
    let look = if selected { Look::Current } else { Look::Plain };
    Line::from(vec![
        if selected { Look::Prompt.span("› ") } else { Span::raw("  ") },
        look.span(tick),
        look.span(name),
        Look::Dim.span(if room > 4 { format!("  {}", cut(check.purpose, room)) } else { String::new() }),
    ])
}
