//! `request_user_input`: the model puts one to three questions to the person and waits (`tools.md §2`, `tui.md §10`).
//! Invariant: only where a person is expected to answer, and a form whose asker is gone is no longer asked.

use std::collections::BTreeMap;

use codex_protocol::{
    CallKind, CollaborationMode, QuestionAnswer, QuestionForm, QuestionOption, QuestionsId, UserQuestion,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::arguments::parse_arguments;
use crate::spec::{Param, function, object, plain};
use crate::{OfferCx, Parallel, Questions, ToolCall, ToolCx, ToolDef, ToolOutcome};

const IN_PLANS: &str = "Puts one to three short questions with options to the user and waits for the answers. Only \
     available in Plan mode.";
const ALWAYS: &str = "Puts one to three short questions with options to the user and waits for the answers. For what only \
     the user can decide; decide the rest yourself.";
/// What stands before a person's own words in an answer.
const NOTE_PREFIX: &str = "user_note: ";

pub(crate) const TOOL: ToolDef = ToolDef {
    name: "request_user_input",
    kind: CallKind::Function,
    parallel: Parallel::No,
    offered: |offer| offer.request_user_input,
    spec,
    run: |call, cx| Box::pin(async move { run(&call, &cx).await.unwrap_or_else(|refused| refused) }),
};

/// A form on its way to a person.
#[derive(Debug)]
pub struct FormQuestion {
    /// The form.
    pub form: QuestionForm,
    /// Where the answers go. Dropping it says that nobody will answer.
    pub answer: oneshot::Sender<Vec<QuestionAnswer>>,
}

#[derive(Deserialize)]
struct Input {
    questions: Vec<InputQuestion>,
}

#[derive(Deserialize)]
struct InputQuestion {
    id: String,
    header: String,
    question: String,
    #[serde(default)]
    options: Vec<InputOption>,
}

#[derive(Deserialize)]
struct InputOption {
    label: String,
    #[serde(default)]
    description: String,
}

fn spec(offer: &OfferCx) -> Value {
    let option = object(vec![
        Param::required("label", plain("string", "One to five words; what the user chooses.")),
        Param::required("description", plain("string", "One sentence: what follows from choosing it.")),
    ]);
    let options = json!({
        "type": "array",
        "description": "Two or three options that exclude each other, the one you recommend first and marked \
                        \"(Recommended)\". Do not add one for anything else: the user is offered that anyway.",
        "items": option,
    });
    let question = object(vec![
        Param::required("id", plain("string", "A short snake_case name for the answer.")),
        Param::required("header", plain("string", "A heading of at most 12 characters.")),
        Param::required("question", plain("string", "The question, one sentence.")),
        Param::required("options", options),
    ]);
    let questions = json!({"type": "array", "description": "One to three questions.", "items": question});
    function(
        "request_user_input",
        match offer.questions {
            Questions::InPlans => IN_PLANS,
            Questions::Always => ALWAYS,
        },
        vec![Param::required("questions", questions)],
    )
}

async fn run(call: &ToolCall, cx: &ToolCx) -> Result<ToolOutcome, ToolOutcome> {
    let Input { questions } = parse_arguments(call)?;
    if cx.turn.questions == Questions::InPlans && cx.turn.collaboration != CollaborationMode::Plan {
        return Err(ToolOutcome::failed("request_user_input is unavailable in Default mode"));
    }
    if questions.is_empty() || questions.len() > 3 {
        return Err(ToolOutcome::failed("request_user_input takes one to three questions"));
    }
    if questions.iter().any(|question| question.options.is_empty()) {
        return Err(ToolOutcome::failed("request_user_input requires non-empty options for every question"));
    }
    let form = QuestionForm {
        id: QuestionsId::new_v7(),
        call_id: call.call_id.clone(),
        questions: questions.into_iter().map(asked).collect(),
    };
    let ids: Vec<String> = form.questions.iter().map(|question| question.id.clone()).collect();
    let (answer, answered) = oneshot::channel();
    if cx.forms.send(FormQuestion { form, answer }).await.is_err() {
        return Err(ToolOutcome::failed("aborted"));
    }
    let answers = tokio::select! {
        answers = answered => answers.ok(),
        () = cx.cancel.cancelled() => None,
    };
    match answers {
        Some(answers) => Ok(ToolOutcome::done(told(&ids, &answers).to_string())),
        None => Err(ToolOutcome::failed("aborted")),
    }
}

fn asked(question: InputQuestion) -> UserQuestion {
    let option =
        |option: InputOption| QuestionOption { label: option.label, description: option.description };
    UserQuestion {
        id: question.id,
        header: question.header,
        question: question.question,
        options: question.options.into_iter().map(option).collect(),
    }
}

/// The answers as the model reads them: each question that was asked, with the label chosen and the note.
fn told(ids: &[String], answers: &[QuestionAnswer]) -> Value {
    let mut told = BTreeMap::new();
    for id in ids {
        let mut words = Vec::new();
        for answer in answers.iter().filter(|answer| answer.question == *id) {
            words.extend(answer.choice.clone());
            let note = answer.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
            words.extend(note.map(|note| format!("{NOTE_PREFIX}{note}")));
        }
        told.insert(id.clone(), json!({"answers": words}));
    }
    json!({"answers": told})
}
