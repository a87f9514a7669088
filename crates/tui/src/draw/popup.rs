//! The rows of the popup above the composer: commands, files or skills.

use codex_file_search::{Found, Kind, Match};
use codex_skills::Skill;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::look::Look;
use crate::state::{State, Suggestions, popup, suggestions};
use crate::text::{cut, one_line, plain_width};

const ROWS_MAX: usize = 8;
const KIND_COLUMNS: usize = 8;

/// The open popup, if any.
pub(super) fn popup_rows(state: &State) -> Vec<Line<'static>> {
    match suggestions(state) {
        Some(Suggestions::Files(found)) => files(found, state),
        Some(Suggestions::Skills(listed)) => skills(&listed, state),
        None => commands(state),
    }
}

/// The part of a list that is shown, and which row is chosen.
fn window(len: usize, selected: usize) -> (usize, usize) {
    let selected = selected.min(len.saturating_sub(1));
    (selected, (selected + 1).saturating_sub(ROWS_MAX))
}

fn mark(chosen: bool) -> Span<'static> {
    if chosen { Look::Prompt.span("› ") } else { Span::raw("  ") }
}

fn commands(state: &State) -> Vec<Line<'static>> {
    let commands = popup(state);
    let (selected, top) = window(commands.len(), state.slash_selected);
    let names = commands.iter().map(|command| command.name.len()).max().unwrap_or(0) + 3;
    let columns = usize::from(state.width);
    let rows = commands.iter().enumerate().skip(top).take(ROWS_MAX);
    rows.map(|(at, command)| {
        let name = format!("/{:<names$}", command.name);
        let purpose = cut(command.purpose, columns.saturating_sub(2 + plain_width(&name)));
        let look = if at == selected { Look::Current } else { Look::Plain };
        Line::from(vec![mark(at == selected), look.span(name), Look::Dim.span(purpose)])
    })
    .collect()
}

fn files(found: &Found, state: &State) -> Vec<Line<'static>> {
    let columns = usize::from(state.width);
    if found.matches.is_empty() {
        let text = if found.complete { "no file or folder matches" } else { "looking for files …" };
        return vec![Line::from(Look::Dim.span(cut(&format!("  {text}"), columns)))];
    }
    let (selected, top) = window(found.matches.len(), state.slash_selected);
    let shown: Vec<(usize, &Match)> = found.matches.iter().enumerate().skip(top).take(ROWS_MAX).collect();
    let name_max = shown.iter().map(|(_, found)| plain_width(&one_line(parts(&found.path).1))).max();
    // The name may take half of the row, the folder the rest; the kind goes first when there is no room.
    let names = name_max.unwrap_or(0).min(columns.saturating_sub(2) / 2);
    let kinds = if columns > 40 { KIND_COLUMNS } else { 0 };
    let folders = columns.saturating_sub(2 + names + 2 + kinds);
    let more = found.matches.len() > top + ROWS_MAX;
    let row = |(row, (at, found)): (usize, (usize, &Match))| {
        let (folder, name) = parts(&found.path);
        let chosen = at == selected;
        let first = u32::try_from(folder.graphemes(true).count()).unwrap_or(u32::MAX);
        let look = if chosen { Look::Current } else { Look::Plain };
        let mut spans =
            vec![if more && row + 1 == ROWS_MAX && !chosen { Look::Dim.span("↓ ") } else { mark(chosen) }];
        spans.extend(marked(name, first, &found.marked, names, look));
        spans.push(Span::raw("  "));
        let shown_folder = if folder.is_empty() { "./" } else { folder };
        let marks = if folder.is_empty() { &[] } else { found.marked.as_slice() };
        spans.extend(marked(shown_folder, 0, marks, folders, Look::Dim));
        if kinds > 0 {
            let kind = match found.kind {
                Kind::File => "File",
                Kind::Folder => "Folder",
            };
            spans.push(Look::Dim.span(kind));
        }
        Line::from(spans)
    };
    shown.into_iter().enumerate().map(row).collect()
}

/// Folder with its `/`, and name.
fn parts(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |at| at + 1))
}

/// A text in exactly so many columns, its marked characters underlined. `first` is the place of its first character.
fn marked(text: &str, first: u32, marks: &[u32], columns: usize, look: Look) -> Vec<Span<'static>> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    let whole = plain_width(&one_line(text));
    let room = if whole > columns { columns.saturating_sub(1) } else { columns };
    for (at, grapheme) in (first..).zip(text.graphemes(true)) {
        let shown = one_line(grapheme);
        let width = plain_width(&shown);
        if used + width > room {
            break;
        }
        used += width;
        let style = match marks.contains(&at) {
            true => Look::Accent.style().add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
            false => look.style(),
        };
        match spans.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push_str(&shown),
            _ => spans.push(Span::styled(shown, style)),
        }
    }
    if whole > columns && columns > 0 {
        spans.push(Look::Dim.span("…"));
        used += 1;
    }
    spans.push(Span::raw(" ".repeat(columns.saturating_sub(used))));
    spans
}

fn skills(listed: &[&Skill], state: &State) -> Vec<Line<'static>> {
    let (selected, top) = window(listed.len(), state.slash_selected);
    let columns = usize::from(state.width);
    let shown: Vec<(usize, &&Skill)> = listed.iter().enumerate().skip(top).take(ROWS_MAX).collect();
    let widest = shown.iter().map(|(_, skill)| plain_width(&skill.name)).max().unwrap_or(0);
    let names = widest.min(columns.saturating_sub(2) / 2);
    let row = |(at, skill): (usize, &&Skill)| {
        let name = cut(&skill.name, names);
        let pad = " ".repeat(names.saturating_sub(plain_width(&name)) + 3);
        let purpose = skill.short_description.as_deref().unwrap_or(&skill.description);
        let purpose = cut(&one_line(&format!("[Skill] {purpose}")), columns.saturating_sub(2 + names + 3));
        let look = if at == selected { Look::Current } else { Look::Plain };
        Line::from(vec![mark(at == selected), look.span(name), Span::raw(pad), Look::Dim.span(purpose)])
    };
    shown.into_iter().map(row).collect()
}
