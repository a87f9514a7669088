//! The model's plan.

use codex_protocol::{PlanStep, PlanStepStatus};
use ratatui::text::{Line, Span};

use super::cell::View;
use crate::look::Look;
use crate::text::{clean_text, wrap};

/// The plan as it was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanCell {
    pub(crate) explanation: Option<String>,
    pub(crate) steps: Vec<PlanStep>,
}

impl PlanCell {
    /// Steps done and steps in all.
    pub(crate) fn progress(&self) -> (usize, usize) {
        (self.steps.iter().filter(|step| step.status == PlanStepStatus::Completed).count(), self.steps.len())
    }

    /// The cell's lines.
    pub(crate) fn lines(&self, view: View) -> Vec<Line<'static>> {
        let mut lines = vec![Line::from(vec![Look::Dim.span("• "), Look::Bold.span("Updated plan")])];
        let explanation = self.explanation.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let mut first = true;
        let mut lead = || if std::mem::take(&mut first) { "  └ " } else { "    " };
        if let Some(text) = explanation {
            let lead = Look::Dim.span(lead());
            lines.extend(wrap(
                &[Look::Italic.span(clean_text(text))],
                view.columns(),
                &lead,
                &Span::raw("    "),
            ));
        }
        for step in &self.steps {
            let (mark, look) = match step.status {
                PlanStepStatus::Completed => ("✔ ", Look::Done),
                PlanStepStatus::InProgress => ("▸ ", Look::Current),
                PlanStepStatus::Pending => ("□ ", Look::Plain),
            };
            let lead = Look::Dim.span(format!("{}{mark}", lead()));
            let text = look.span(clean_text(&step.step));
            lines.extend(wrap(&[text], view.columns(), &lead, &Span::raw("      ")));
        }
        if self.steps.is_empty() {
            lines.push(Line::from(Look::Dim.span("  └ (no steps)")));
        }
        lines
    }
}
