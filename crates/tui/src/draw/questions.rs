//! A form of questions in the composer's place: the question at hand, its options, the note, what the keys do.

use codex_protocol::NONE_OF_THE_ABOVE;
use ratatui::layout::Position;
use ratatui::text::{Line, Span};

use super::bottom::Bottom;
use super::list::{hint, rule};
use crate::look::Look;
use crate::state::Answering;
use crate::text::{clean_text, cut, one_line, plain_width, wrap};

/// The form in at most `max` rows; the question gives way before the options.
pub(super) fn questions(open: &Answering, width: u16, max: usize) -> Bottom {
    let columns = usize::from(width);
    let Some((question, draft)) = open.current() else { return Bottom::default() };
    let count = open.form.questions.len();
    let head = format!("  Question {}/{count} ({} unanswered)", open.at + 1, open.unanswered());
    let header = one_line(&question.header);
    let head = if header.is_empty() { head } else { format!("{head} · {header}") };
    let mut top = vec![rule(columns), Line::from(Look::Dim.span(cut(&head, columns)))];
    let text = [Look::Bold.span(clean_text(&question.question))];
    top.extend(wrap(&text, columns, &Span::raw("  "), &Span::raw("  ")));
    let labels =
        question.options.iter().map(|option| (one_line(&option.label), one_line(&option.description)));
    let none = (NONE_OF_THE_ABOVE.to_owned(), "tab: say what instead".to_owned());
    let rows: Vec<(String, String)> = labels.chain(std::iter::once(none)).collect();
    let names = rows.iter().map(|(label, _)| plain_width(label)).max().unwrap_or(0).min(columns / 2);
    let mut options: Vec<Line<'static>> = Vec::new();
    let mut selected_row = 0;
    for (at, (label, description)) in rows.iter().enumerate() {
        let selected = at == draft.selected;
        if selected {
            selected_row = options.len();
        }
        let tick = if draft.chosen == Some(at) { "✔ " } else { "" };
        let name = cut(&format!("{}. {tick}{label}", at + 1), columns.saturating_sub(2));
        let pad = (names + 6).saturating_sub(plain_width(&name)).max(2);
        let room = columns.saturating_sub(2 + plain_width(&name) + pad);
        options.push(Line::from(vec![
            if selected { Look::Prompt.span("› ") } else { Span::raw("  ") },
            if selected { Look::Current.span(name) } else { Span::raw(name) },
            Span::raw(" ".repeat(pad)),
            Look::Dim.span(if room > 4 { cut(description, room) } else { String::new() }),
        ]));
    }
    let mut foot = Vec::new();
    let mut note_width = 0;
    let typing = draft.noting || !draft.note.is_empty();
    if typing {
        let shown = tail(&one_line(&draft.note), columns.saturating_sub(6));
        note_width = plain_width(&shown);
        let text = if shown.is_empty() { Look::Dim.span("add a note") } else { Span::raw(shown) };
        foot.push(Line::from(vec![Look::Prompt.span("  › "), text]));
    }
    let send = if open.at + 1 == count { "enter send all" } else { "enter next" };
    foot.push(match draft.noting {
        true => hint(&format!("{send} · tab keep the note · esc drop it"), columns),
        false => {
            hint(&format!("{send} · tab note · ←/→ question · ctrl+] skip · esc stop the turn"), columns)
        }
    });
    fit(&mut top, &mut options, selected_row, max.saturating_sub(foot.len()).max(1));
    let mut lines = top;
    lines.append(&mut options);
    let note_row = lines.len();
    lines.append(&mut foot);
    lines.truncate(max.max(1));
    let cursor = (draft.noting && note_row < lines.len()).then(|| {
        let x = u16::try_from(note_width + 4).unwrap_or(u16::MAX).min(width.saturating_sub(1));
        Position::new(x, u16::try_from(note_row).unwrap_or(u16::MAX))
    });
    Bottom { lines, cursor }
}

/// The end of a text that is too wide.
fn tail(text: &str, columns: usize) -> String {
    let mut start = 0;
    while plain_width(&text[start..]) > columns {
        start += text[start..].chars().next().map_or(1, char::len_utf8);
    }
    text[start..].to_owned()
}

/// The options keep the room they need for the selected one; the question keeps the rest.
fn fit(top: &mut Vec<Line<'static>>, options: &mut Vec<Line<'static>>, selected: usize, room: usize) {
    const OPTIONS_MIN: usize = 3;
    if top.len() + options.len() > room && top.len() > 1 {
        top.remove(0);
    }
    let for_options = options.len().min(room.saturating_sub(top.len()).max(OPTIONS_MIN)).min(room);
    top.truncate(room - for_options);
    if options.len() > for_options {
        let first = (selected + 1).saturating_sub(for_options);
        options.drain(..first);
        options.truncate(for_options);
    }
}
