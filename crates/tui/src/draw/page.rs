//! A page of text over the whole screen: title, body, what is looked for, keys.

use ratatui::layout::Position;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::frame::Frame;
use super::list::hint;
use crate::look::Look;
use crate::state::{Page, page_body_height};
use crate::text::{cut, one_line, plain_width};

/// Draws the page.
pub(super) fn page(page: &Page, frame: &mut Frame) {
    let width = frame.width();
    let columns = usize::from(width);
    let body = page_body_height(frame.height());
    let head = cut(&one_line(&page.title), columns.saturating_sub(4));
    let fill = "─".repeat(columns.saturating_sub(plain_width(&head) + 4));
    let head = vec![Look::Dim.span("── "), Look::Bold.span(head), Look::Dim.span(format!(" {fill}"))];
    frame.put(0, &[Line::from(head)]);
    let words = page.find.as_ref().map(|find| find.words.to_lowercase()).filter(|words| !words.is_empty());
    let rows = page.visible(width, body);
    let lines: Vec<Line<'static>> =
        rows.into_iter().map(|(look, text)| row(look, text, words.as_deref())).collect();
    frame.put(1, &lines);
    frame.cursor = None;
    let last = frame.height().saturating_sub(1);
    if last == 0 {
        return;
    }
    let Some(find) = &page.find else {
        let keys = format!("{}% · esc close · ↑/↓ scroll · / find · home/end", page.percent(width, body));
        return frame.put(last, &[hint(&keys, columns)]);
    };
    let found = match find.found {
        Some((at, all)) => format!("  {} of {all}", at + 1),
        None if find.words.is_empty() => String::new(),
        None => "  not found".to_owned(),
    };
    let keys = if find.typing { "  enter keep · esc drop" } else { "  n/N next and before · esc drop" };
    let text = cut(&one_line(&find.words), columns.saturating_sub(4));
    let at = u16::try_from(plain_width(&text) + 4).unwrap_or(u16::MAX).min(width.saturating_sub(1));
    let rest = cut(&format!("{found}{keys}"), columns.saturating_sub(plain_width(&text) + 5));
    let line = Line::from(vec![Look::Prompt.span("  / "), Span::raw(text), Look::Dim.span(rest)]);
    frame.put(last, &[line]);
    if find.typing {
        frame.cursor = Some(Position::new(at, last));
    }
}

/// A row with what is looked for underlined. Text whose length changes with its case is left as it is.
fn row(look: Look, text: String, words: Option<&str>) -> Line<'static> {
    let lower = text.to_lowercase();
    let Some(words) = words.filter(|words| lower.len() == text.len() && lower.contains(*words)) else {
        return Line::from(look.span(text));
    };
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find(words) {
        let (start, end) = (from + at, from + at + words.len());
        if !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            break;
        }
        spans.push(look.span(&text[from..start]));
        let style = look.style().add_modifier(Modifier::REVERSED);
        spans.push(Span::styled(text[start..end].to_owned(), style));
        from = end;
    }
    spans.push(look.span(&text[from..]));
    Line::from(spans)
}
