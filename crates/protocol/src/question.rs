//! Questions a model puts to a person in the middle of a turn, and their answers (`tools.md §2 request_user_input`).

use crate::{CallId, QuestionsId};

/// One form: one to three questions, answered together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionForm {
    /// Names the form in its answer.
    pub id: QuestionsId,
    /// The tool call that waits.
    pub call_id: CallId,
    /// The questions, in the model's order.
    pub questions: Vec<UserQuestion>,
}

/// One question. A person may also choose none of the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserQuestion {
    /// The model's name for it; names its answer.
    pub id: String,
    /// A word or two.
    pub header: String,
    /// The question.
    pub question: String,
    /// What may be chosen; never empty.
    pub options: Vec<QuestionOption>,
}

/// One option of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionOption {
    /// What is chosen; goes back to the model.
    pub label: String,
    /// What it means.
    pub description: String,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionAnswer {
    /// [`UserQuestion::id`].
    pub question: String,
    /// The label chosen; `None`: unanswered.
    pub choice: Option<String>,
    /// The person's own words.
    pub note: Option<String>,
}

/// The last option of every question, offered beside the model's own: its label as the model reads it.
pub const NONE_OF_THE_ABOVE: &str = "None of the above";
