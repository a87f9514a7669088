//! How much a model thinks: the client's effort in the two forms the Messages API has had for it. Pure.

use serde::Serialize;

use codex_model_provider::{MessagesThinking, ModelInfo};

use crate::dialogue::{Block, Dialogue, KeptReasoning, Turn};

/// The service takes no smaller budget.
const BUDGET_MIN: u64 = 1024;

/// `thinking`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Thinking {
    Enabled { budget_tokens: u64 },
    Adaptive { display: &'static str },
}

/// `output_config`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct OutputConfig {
    pub(super) effort: &'static str,
}

/// What a request asks for.
pub(super) type Asked = (Option<Thinking>, Option<OutputConfig>);

/// The fields for an effort; without one nothing is asked for.
pub(super) fn asked(model: &ModelInfo, effort: Option<&str>, max_tokens: u64, dialogue: &Dialogue) -> Asked {
    let Some(effort) = effort.filter(|effort| *effort != "none") else { return (None, None) };
    match model.messages_thinking.unwrap_or_else(|| form_of(&model.slug)) {
        MessagesThinking::None => (None, None),
        MessagesThinking::Adaptive => {
            let effort = match effort {
                "minimal" | "low" => "low",
                "medium" => "medium",
                "xhigh" | "max" => "max",
                _ => "high",
            };
            (Some(Thinking::Adaptive { display: "summarized" }), Some(OutputConfig { effort }))
        }
        MessagesThinking::Budget => {
            let wanted = match effort {
                "minimal" => BUDGET_MIN,
                "low" => 4096,
                "medium" => 10_240,
                "xhigh" | "max" => 32_768,
                _ => 20_480,
            };
            // The budget is part of `max_tokens`: some of it must be left to say something.
            let budget_tokens = wanted.min(max_tokens / 4 * 3);
            let thinks = budget_tokens >= BUDGET_MIN && may_think(dialogue);
            (thinks.then_some(Thinking::Enabled { budget_tokens }), None)
        }
    }
}

/// The service refuses to begin thinking in the middle of an answer that began without: one that another wire or
/// another effort began.
fn may_think(dialogue: &Dialogue) -> bool {
    let first = dialogue.turns.get(dialogue.last_user_turn() + 1);
    match first {
        Some(Turn::Step(step)) => matches!(
            step.blocks.first(),
            Some(Block::Reasoning(KeptReasoning::Thinking { .. } | KeptReasoning::Redacted { .. }))
        ),
        Some(Turn::User(_)) | None => true,
    }
}

/// The form a model takes, by its name: Claude 4.6 and newer decide themselves how much to think.
fn form_of(slug: &str) -> MessagesThinking {
    let Some((_, rest)) = slug.rsplit_once("claude-") else { return MessagesThinking::Budget };
    let mut parts = rest.split(['-', '.', '@', ':']).skip_while(|part| part.starts_with(char::is_alphabetic));
    // A part of eight digits is a date.
    let mut number =
        || parts.next().and_then(|part| part.parse::<u64>().ok()).filter(|number| *number < 1000);
    let version = (number().unwrap_or(0), number().unwrap_or(0));
    if rest.starts_with(char::is_alphabetic) && version >= (4, 6) {
        MessagesThinking::Adaptive
    } else {
        MessagesThinking::Budget
    }
}

#[cfg(test)]
mod tests {
    use codex_model_provider::{MessagesThinking, ModelInfo};
    use pretty_assertions::assert_eq;

    use super::{OutputConfig, Thinking, asked, form_of};
    use crate::dialogue::{Block, Call, Dialogue, Part, Step, Turn};

    #[test]
    fn newer_models_take_an_effort_and_others_a_budget() {
        for slug in
            ["claude-opus-4-6", "claude-sonnet-4.6", "anthropic/claude-opus-5-20270101", "claude-haiku-10-1"]
        {
            assert_eq!(form_of(slug), MessagesThinking::Adaptive, "{slug}");
        }
        for slug in
            ["claude-3-7-sonnet-20250219", "claude-sonnet-4-20250514", "claude-haiku-4-5", "claude-", "glm-5"]
        {
            assert_eq!(form_of(slug), MessagesThinking::Budget, "{slug}");
        }
    }

    #[test]
    fn an_effort_becomes_what_the_model_takes() {
        let check = |slug: &str, effort, max_tokens, thinking, config| {
            let asked = asked(&ModelInfo::fallback(slug), effort, max_tokens, &Dialogue::default());
            assert_eq!(asked, (thinking, config), "{slug} {effort:?}");
        };
        check("claude-opus-4-5", None, 32_000, None, None);
        check("claude-opus-4-5", Some("none"), 32_000, None, None);
        check(
            "claude-opus-4-5",
            Some("medium"),
            32_000,
            Some(Thinking::Enabled { budget_tokens: 10_240 }),
            None,
        );
        check(
            "claude-opus-4-5",
            Some("xhigh"),
            32_000,
            Some(Thinking::Enabled { budget_tokens: 24_000 }),
            None,
        );
        check("claude-opus-4-5", Some("high"), 1000, None, None);
        let adaptive = Some(Thinking::Adaptive { display: "summarized" });
        check("claude-opus-4-6", Some("xhigh"), 32_000, adaptive, Some(OutputConfig { effort: "max" }));
    }

    #[test]
    fn an_answer_that_began_without_thinking_goes_on_without() {
        let call = Call { id: "a".to_owned(), name: "f".to_owned(), arguments: "{}".to_owned() };
        let dialogue = Dialogue {
            instructions: vec![],
            turns: vec![
                Turn::User(vec![Part::Text("hi".to_owned())]),
                Turn::Step(Step { blocks: vec![Block::Call(call)], answers: vec![] }),
            ],
        };
        let model = ModelInfo::fallback("claude-opus-4-5");
        assert_eq!(asked(&model, Some("high"), 32_000, &dialogue), (None, None));
    }
}
