//! A step of a first run, in the composer's place.

use ratatui::text::{Line, Span};

use crate::look::Look;
use crate::state::{State, Step, Welcome};
use crate::text::{cut, one_line, plain_width, wrap};

/// The step in at most `max` rows; the choices stand, what explains them gives way.
pub(super) fn welcome(welcome: &Welcome, state: &State, max: usize) -> Vec<Line<'static>> {
    let columns = usize::from(state.width);
    let mut head = vec![Line::from(Look::Dim.span("─".repeat(columns)))];
    let (title, text, hint) = words(welcome);
    head.push(Line::from(vec![
        Look::Accent.span("? "),
        Look::Bold.span(cut(title, columns.saturating_sub(2))),
    ]));
    for paragraph in text {
        head.extend(wrap(&[paragraph], columns, &Span::raw("  "), &Span::raw("  ")));
    }
    let mut foot: Vec<Line<'static>> = Vec::new();
    for (at, choice) in welcome.choices().iter().enumerate() {
        foot.push(row(at, choice.text, choice.more, at == welcome.selected, columns));
    }
    if let Some(problem) = &welcome.problem {
        let text = Look::Bad.span(one_line(problem));
        foot.extend(wrap(&[text], columns, &Span::raw("  "), &Span::raw("  ")));
    }
    foot.push(Line::from(vec![Span::raw("  "), Look::Dim.span(cut(hint, columns.saturating_sub(2)))]));
    head.truncate(max.saturating_sub(foot.len()));
    head.append(&mut foot);
    head.truncate(max.max(1));
    head
}

/// Title, text and keys of a step.
pub(super) fn words(welcome: &Welcome) -> (&'static str, Vec<Span<'static>>, &'static str) {
    match &welcome.step {
        Step::Login => ("How do you want to log in?", Vec::new(), "enter or a number chooses · ctrl+c quits"),
        Step::Key(typed) => {
            let shown = match typed.chars().count() {
                0 => "nothing typed yet".to_owned(),
                count => format!("{count} characters, not shown"),
            };
            let text =
                vec![Span::raw("Type or paste it; it is kept in your Codex home."), Look::Accent.span(shown)];
            ("Your API key", text, "enter saves · esc back")
        }
        Step::Waiting { url: None, .. } => ("One moment", Vec::new(), "esc gives up"),
        Step::Waiting { url: Some(url), code } => {
            let mut text = vec![
                Span::raw("Open this address in a browser and sign in:"),
                Look::Accent.span(one_line(url)),
            ];
            if let Some(code) = code {
                text.push(Span::raw("and type this code there. Never type one that somebody else gave you."));
                text.push(Look::Bold.span(one_line(code)));
            }
            ("Waiting for you to sign in", text, "esc gives up")
        }
        Step::Trust(folder) => {
            let text = vec![
                Look::Bold.span(one_line(&folder.display().to_string())),
                Look::Dim
                    .span("A repository can hold instructions that mislead the agent; trust what you know."),
            ];
            ("Do you trust the files in this folder?", text, "enter or a number chooses · esc not now")
        }
    }
}

fn row(at: usize, text: &'static str, more: &'static str, selected: bool, columns: usize) -> Line<'static> {
    let mark = if selected { Look::Prompt.span("› ") } else { Span::raw("  ") };
    let name = cut(&format!("{}. {text}", at + 1), columns.saturating_sub(2));
    let room = columns.saturating_sub(2 + plain_width(&name) + 2);
    let name = if selected { Look::Current.span(name) } else { Span::raw(name) };
    let mut spans = vec![mark, name];
    if room > 8 && !more.is_empty() {
        spans.push(Look::Dim.span(format!("  {}", cut(more, room))));
    }
    Line::from(spans)
}
