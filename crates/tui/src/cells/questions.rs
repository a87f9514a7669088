//! Questions the person answered: each with its answer and note.

use codex_protocol::{QuestionAnswer, QuestionForm};
use ratatui::text::{Line, Span};

use super::cell::View;
use crate::look::Look;
use crate::text::{clean_text, wrap};

/// The answered form.
#[derive(Debug)]
pub(crate) struct QuestionsCell {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    question: String,
    answer: Option<String>,
    note: Option<String>,
}

impl QuestionsCell {
    /// From the form and its answers, in the form's order.
    pub(crate) fn new(form: &QuestionForm, answers: &[QuestionAnswer]) -> Self {
        let row = |question: &codex_protocol::UserQuestion| {
            let answer = answers.iter().find(|answer| answer.question == question.id);
            Row {
                question: question.question.clone(),
                answer: answer.and_then(|answer| answer.choice.clone()),
                note: answer.and_then(|answer| answer.note.clone()),
            }
        };
        Self { rows: form.questions.iter().map(row).collect() }
    }

    /// The cell's lines.
    pub(crate) fn lines(&self, view: View) -> Vec<Line<'static>> {
        let answered = self.rows.iter().filter(|row| row.answer.is_some()).count();
        let mut lines = vec![Line::from(vec![
            Look::Dim.span("• "),
            Look::Bold.span("Questions"),
            Look::Dim.span(format!(" {answered}/{} answered", self.rows.len())),
        ])];
        let indent = Span::raw("    ");
        let mut put = |text: &str, look: Look, first: Span<'static>| {
            lines.extend(wrap(&[look.span(clean_text(text))], view.columns(), &first, &indent));
        };
        for row in &self.rows {
            put(&row.question, Look::Plain, Look::Dim.span("  • "));
            match &row.answer {
                Some(answer) => put(answer, Look::Accent, Look::Dim.span("    answer: ")),
                None => put("not answered", Look::Dim, Span::raw("    ")),
            }
            if let Some(note) = &row.note {
                put(note, Look::Italic, Look::Dim.span("    note: "));
            }
        }
        lines
    }
}
