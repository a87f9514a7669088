//! The list of saved threads over the whole screen: choices, search, rows, the end of the chosen one, place, keys.

use std::time::SystemTime;

use codex_config::SessionPickerView;
use codex_core::{SavedShelf, SavedSort};
use ratatui::layout::Position;
use ratatui::text::{Line, Span};

use super::frame::Frame;
use super::list::hint;
use crate::look::Look;
use crate::state::{Focus, Picker, Rows, Scope, Speaker, age, title};
use crate::text::{clean_text, cut, one_line, plain_width, wrap};

/// Rows of the end of a thread, unless it is expanded.
const PREVIEW_ROWS: usize = 6;
/// Lower screens show no end.
const PREVIEW_HEIGHT_MIN: u16 = 16;

/// Draws the list.
pub(super) fn picker(picker: &Picker, now: SystemTime, frame: &mut Frame) {
    let columns = usize::from(frame.width());
    let height = usize::from(frame.height());
    let head = "Go on with a saved conversation";
    let bold = Look::Bold.span(cut(head, columns.saturating_sub(1)));
    let mut lines = vec![Line::from(vec![Span::raw(" "), bold])];
    lines.extend(choices(picker, columns));
    let search_row = lines.len();
    lines.push(search(picker, columns));
    lines.push(Line::default());
    let preview = preview(picker, columns, frame.height());
    let room = height.saturating_sub(lines.len() + preview.len() + 2).max(1);
    let mut body = rows(picker, now, columns, room);
    body.resize(room, Line::default());
    lines.append(&mut body);
    lines.extend(preview);
    lines.push(position(picker, columns));
    let archive = match picker.listing.shelf {
        SavedShelf::Active => "^a archive",
        SavedShelf::Archived => "^a take back",
    };
    let keys = format!(
        "enter open · esc back · tab choices · ←/→ change · {archive} · ^t read · ^e expand · ^o view · alt+f fork"
    );
    lines.push(match &picker.remark {
        Some(remark) => {
            Line::from(vec![Span::raw("  "), Look::Warn.span(cut(remark, columns.saturating_sub(2)))])
        }
        None => hint(&keys, columns),
    });
    // On a very low screen the rows are what counts.
    if lines.len() > height {
        let surplus = lines.len() - height;
        lines.drain(..surplus.min(search_row));
    }
    frame.put(0, &lines);
    let typed = plain_width(&one_line(&picker.filter)).min(columns.saturating_sub(4));
    let y = u16::try_from(search_row).unwrap_or(0);
    let x = u16::try_from(typed + 3).unwrap_or(0).min(frame.width().saturating_sub(1));
    frame.cursor = (y < frame.height()).then(|| Position::new(x, y));
}

/// The three choices, on one row where there is room for them.
fn choices(picker: &Picker, columns: usize) -> Vec<Line<'static>> {
    let listing = picker.listing;
    let group = |name: &str, focus: Focus, options: [(&str, bool); 2]| {
        let look = if picker.focus == focus { Look::Accent } else { Look::Dim };
        let mut spans = vec![look.span(format!(" {name} "))];
        for (text, on) in options {
            spans.push(match (on, picker.focus == focus) {
                (true, true) => Look::Selected.span(format!(" {text} ")),
                (true, false) => Look::Bold.span(format!(" {text} ")),
                (false, _) => Look::Dim.span(format!(" {text} ")),
            });
        }
        spans
    };
    let groups = [
        group(
            "Filter:",
            Focus::Scope,
            [("Cwd", listing.scope == Scope::ThisFolder), ("All", listing.scope == Scope::AllFolders)],
        ),
        group(
            "Status:",
            Focus::Shelf,
            [
                ("Active", listing.shelf == SavedShelf::Active),
                ("Archived", listing.shelf == SavedShelf::Archived),
            ],
        ),
        group(
            "Sort:",
            Focus::Sort,
            [
                ("Updated", listing.sort == SavedSort::Updated),
                ("Created", listing.sort == SavedSort::Created),
            ],
        ),
    ];
    let width = |spans: &[Span<'static>]| spans.iter().map(|span| plain_width(&span.content)).sum::<usize>();
    if groups.iter().map(|group| width(group) + 2).sum::<usize>() <= columns {
        let spans = groups.into_iter().flat_map(|mut group| {
            group.push(Span::raw("  "));
            group
        });
        return vec![Line::from(spans.collect::<Vec<_>>())];
    }
    // Only the one that can be changed now.
    let at = match picker.focus {
        Focus::Rows | Focus::Scope => 0,
        Focus::Shelf => 1,
        Focus::Sort => 2,
    };
    groups.into_iter().nth(at).map(Line::from).into_iter().collect()
}

fn search(picker: &Picker, columns: usize) -> Line<'static> {
    let text = if picker.filter.is_empty() {
        Look::Dim.span("Type to search")
    } else {
        Span::raw(cut(&one_line(&picker.filter), columns.saturating_sub(4)))
    };
    Line::from(vec![Look::Prompt.span(" › "), text])
}

fn rows(picker: &Picker, now: SystemTime, columns: usize, room: usize) -> Vec<Line<'static>> {
    let say = |text: &str, look: Look| {
        vec![Line::from(vec![Span::raw("   "), look.span(cut(&one_line(text), columns.saturating_sub(3)))])]
    };
    match &picker.rows {
        Rows::Loading => return say("Looking for conversations …", Look::Dim),
        Rows::Failed(error) => return say(error, Look::Bad),
        Rows::Ready { more: true, .. } if picker.count() == 0 => {
            return say("Nothing among the newest; older ones are being read …", Look::Dim);
        }
        Rows::Ready { .. } if picker.count() == 0 => return say("Nothing here", Look::Dim),
        Rows::Ready { .. } => {}
    }
    let tall = match picker.view {
        SessionPickerView::Dense => 1,
        SessionPickerView::Comfortable => 3,
    };
    let fit = (room / tall).max(1);
    let top = (picker.selected + 1).saturating_sub(fit);
    let mut lines = Vec::new();
    for (at, thread) in picker.shown(top, fit) {
        let moment = match picker.listing.sort {
            SavedSort::Updated => thread.modified,
            SavedSort::Created => thread.created,
        };
        let age = format!("{:>8}  ", age(moment, now));
        let name = cut(&one_line(&title(thread)), columns.saturating_sub(3 + age.len()));
        let branch = thread.branch.as_deref().map(one_line).unwrap_or_default();
        let selected = at == picker.selected;
        let mut spans = vec![
            if selected { Look::Prompt.span(" › ") } else { Span::raw("   ") },
            Look::Dim.span(age.clone()),
            if selected { Look::Current.span(name.clone()) } else { Span::raw(name.clone()) },
        ];
        let room = columns.saturating_sub(3 + age.len() + plain_width(&name) + 2);
        if tall == 1 && room > 3 && !branch.is_empty() {
            spans.push(Look::Dim.span(format!("  {}", cut(&branch, room))));
        }
        lines.push(Line::from(spans));
        if tall > 1 {
            let first = thread.first_prompt.as_deref().filter(|_| thread.name.is_some()).map(one_line);
            let place = one_line(&thread.cwd.display().to_string());
            let facts = [Some(place), Some(branch).filter(|branch| !branch.is_empty()), first];
            let text = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
            let indent = " ".repeat(13);
            lines.push(Line::from(
                Look::Dim.span(format!("{indent}{}", cut(&text, columns.saturating_sub(13)))),
            ));
            lines.push(Line::default());
        }
    }
    lines.truncate(room);
    lines
}

/// The end of the chosen thread, under a rule.
fn preview(picker: &Picker, columns: usize, height: u16) -> Vec<Line<'static>> {
    if height < PREVIEW_HEIGHT_MIN {
        return Vec::new();
    }
    let Some(chosen) = picker.chosen() else { return Vec::new() };
    let room =
        if picker.expanded { usize::from(height) / 2 } else { PREVIEW_ROWS.min(usize::from(height) / 4) };
    let mut lines = Vec::new();
    match picker.preview.as_ref().filter(|preview| preview.id == chosen.id) {
        None => lines.push(Line::from(Look::Dim.span("   …"))),
        Some(preview) => {
            for (who, text) in &preview.said {
                let text = clean_text(text);
                let (mark, look) = match who {
                    Speaker::Person => (Look::Prompt.span("   › "), Look::Said),
                    Speaker::Model => (Look::Dim.span("   • "), Look::Plain),
                    Speaker::Deed => (Look::Dim.span("   $ "), Look::Dim),
                };
                let text = if picker.expanded { text } else { one_line(&text) };
                lines.extend(wrap(&[look.span(text)], columns, &mark, &Span::raw("     ")));
            }
        }
    }
    // The end says what it is about now.
    let skip = lines.len().saturating_sub(room);
    lines.drain(..skip);
    lines.resize(room, Line::default());
    lines.insert(0, Line::from(Look::Dim.span("─".repeat(columns))));
    lines
}

fn position(picker: &Picker, columns: usize) -> Line<'static> {
    let count = picker.count();
    let at = if count == 0 { 0 } else { picker.selected + 1 };
    let percent = (at * 100).checked_div(count).unwrap_or(100);
    let more = if matches!(picker.rows, Rows::Ready { more: true, .. }) { "+" } else { "" };
    let text = format!(" {at} / {count}{more} · {percent}% ─");
    let fill = "─".repeat(columns.saturating_sub(plain_width(&text)));
    Line::from(Look::Dim.span(cut(&format!("{fill}{text}"), columns)))
}
