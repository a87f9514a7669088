//! Code as spans in the looks of the table.

use ratatui::text::Span;

use crate::code::Highlighter;

/// The next line of code, which is clean.
pub(super) fn code_spans(highlighter: &mut Highlighter, line: &str) -> Vec<Span<'static>> {
    let runs = highlighter.line(line).into_iter();
    runs.map(|run| Span::styled(line[run.bytes].to_owned(), run.look.style())).collect()
}

/// A clean script of a shell, lines parted by line feeds inside of the spans.
pub(super) fn shell_spans(script: &str) -> Vec<Span<'static>> {
    let Some(mut highlighter) = Highlighter::of_name("sh") else {
        return vec![Span::raw(script.to_owned())];
    };
    let mut spans = Vec::new();
    for (at, line) in script.split('\n').enumerate() {
        if at > 0 {
            spans.push(Span::raw("\n"));
        }
        spans.extend(code_spans(&mut highlighter, line));
    }
    spans
}
