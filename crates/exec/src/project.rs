//! Events to JSON lines (`exec.md §5`): pure, one exhaustive match.
//! Invariant: `item_N` counts up without gaps in order of first appearance, and an item keeps its number.

use std::collections::HashMap;

use codex_protocol::{
    CommandExecutionItem, Event, FileChange, FileChangeItem, ItemId, ItemStatus, PlanStep, PlanStepStatus,
    Reconnect, TokenUsage, TurnItem,
};

use crate::json_event::{
    JsonChangeKind, JsonError, JsonEvent, JsonFileChange, JsonItem, JsonItemBody, JsonStatus, JsonTodo,
    JsonUsage,
};

/// What the lines so far have said. Settings about what people see do not touch them.
#[derive(Debug, Default)]
pub(crate) struct JsonProjection {
    numbers_given: u64,
    numbers: HashMap<ItemId, String>,
    todo: Option<(String, Vec<JsonTodo>)>,
}

impl JsonProjection {
    /// The lines one event gives.
    pub(crate) fn push(&mut self, event: &Event) -> Vec<JsonEvent> {
        match event {
            Event::ThreadStarted(info) => {
                vec![JsonEvent::ThreadStarted { thread_id: info.thread_id.to_string() }]
            }
            Event::TurnStarted { .. } => vec![JsonEvent::TurnStarted],
            Event::ItemStarted { item, .. } => self.started(item).into_iter().collect(),
            Event::ItemCompleted { item, .. } => self.completed(item).into_iter().collect(),
            Event::PlanUpdated { plan, .. } => vec![self.plan(plan)],
            Event::Warning { message } => vec![self.warning(message)],
            Event::Reconnecting { attempt, reason, .. } => {
                vec![JsonEvent::Error { message: reconnecting(*attempt, reason) }]
            }
            Event::TurnCompleted { usage, .. } => {
                let mut lines: Vec<_> = self.plan_ended().into_iter().collect();
                lines.push(JsonEvent::TurnCompleted { usage: json_usage(usage) });
                lines
            }
            Event::TurnFailed { error, .. } => {
                let mut lines = vec![JsonEvent::Error { message: error.message.clone() }];
                lines.extend(self.plan_ended());
                lines.push(JsonEvent::TurnFailed { error: JsonError { message: error.message.clone() } });
                lines
            }
            // An interrupted run ends without a closing line (`exec.md §5`).
            Event::TurnAborted { .. } | Event::ThreadClosed => Vec::new(),
            // Nobody asks for these here, and nobody is there to answer.
            Event::QuestionsAsked { .. }
            | Event::QuestionsResolved { .. }
            | Event::SettingsChanged(_)
            // What a reviewer decides shows in the items: a command that ran, or one that was declined.
            | Event::ApprovalReviewStarted { .. }
            | Event::ApprovalReviewed { .. }
            | Event::Rewound { .. }
            | Event::Renamed { .. }
            | Event::RefusalLifted { .. }
            | Event::RateLimits(_)
            | Event::ContextReported(_)
            | Event::Terminals(_)
            | Event::Refused { .. }
            | Event::PlanDelta { .. }
            | Event::AgentMessageDelta { .. }
            | Event::ReasoningDelta { .. }
            | Event::CommandOutputDelta { .. }
            | Event::ApprovalRequested { .. }
            | Event::ApprovalResolved { .. }
            | Event::TokensUsed { .. } => Vec::new(),
        }
    }

    fn started(&mut self, item: &TurnItem) -> Option<JsonEvent> {
        let body = match item {
            TurnItem::CommandExecution(command) => JsonItemBody::CommandExecution {
                command: command_line(command),
                aggregated_output: String::new(),
                exit_code: None,
                status: JsonStatus::InProgress,
            },
            TurnItem::FileChange(change) => {
                JsonItemBody::FileChange { changes: changes(change), status: JsonStatus::InProgress }
            }
            TurnItem::WebSearch(_) => self.body(item)?,
            TurnItem::UserMessage(_)
            | TurnItem::AgentMessage(_)
            | TurnItem::Reasoning(_)
            | TurnItem::Plan(_)
            | TurnItem::ImageView(_)
            | TurnItem::EnteredReviewMode(_)
            | TurnItem::ExitedReviewMode(_)
            | TurnItem::ContextCompaction(_) => return None,
        };
        let id = self.number(item.id());
        Some(JsonEvent::ItemStarted { item: JsonItem { id, body } })
    }

    fn completed(&mut self, item: &TurnItem) -> Option<JsonEvent> {
        let body = self.body(item)?;
        let id = self.number(item.id());
        // Servers reuse ids in later responses; a finished item's number must not be given again.
        self.numbers.remove(item.id());
        Some(JsonEvent::ItemCompleted { item: JsonItem { id, body } })
    }

    fn body(&self, item: &TurnItem) -> Option<JsonItemBody> {
        match item {
            TurnItem::AgentMessage(message) => Some(JsonItemBody::AgentMessage { text: message.text() }),
            TurnItem::Reasoning(reasoning) => {
                let text = reasoning.summary_text.join("\n");
                (!text.is_empty()).then_some(JsonItemBody::Reasoning { text })
            }
            TurnItem::CommandExecution(command) => Some(JsonItemBody::CommandExecution {
                command: command_line(command),
                aggregated_output: command.aggregated_output.clone(),
                exit_code: command.exit_code,
                status: status(command.status),
            }),
            TurnItem::FileChange(change) => Some(JsonItemBody::FileChange {
                changes: changes(change),
                status: patch_status(change.status),
            }),
            TurnItem::WebSearch(search) => Some(JsonItemBody::WebSearch {
                id: search.id.to_string(),
                query: search.query.clone(),
                action: search.action.clone(),
            }),
            TurnItem::Plan(plan) => Some(JsonItemBody::AgentMessage { text: plan.text.clone() }),
            TurnItem::UserMessage(_)
            | TurnItem::ImageView(_)
            | TurnItem::EnteredReviewMode(_)
            | TurnItem::ExitedReviewMode(_)
            | TurnItem::ContextCompaction(_) => None,
        }
    }

    fn plan(&mut self, plan: &[PlanStep]) -> JsonEvent {
        let items: Vec<JsonTodo> = plan
            .iter()
            .map(|step| JsonTodo {
                text: step.step.clone(),
                completed: step.status == PlanStepStatus::Completed,
            })
            .collect();
        let body = JsonItemBody::TodoList { items: items.clone() };
        if let Some((id, known)) = &mut self.todo {
            *known = items;
            return JsonEvent::ItemUpdated { item: JsonItem { id: id.clone(), body } };
        }
        let id = self.next_number();
        self.todo = Some((id.clone(), items));
        JsonEvent::ItemStarted { item: JsonItem { id, body } }
    }

    fn plan_ended(&mut self) -> Option<JsonEvent> {
        let (id, items) = self.todo.take()?;
        Some(JsonEvent::ItemCompleted { item: JsonItem { id, body: JsonItemBody::TodoList { items } } })
    }

    fn warning(&mut self, message: &str) -> JsonEvent {
        let id = self.next_number();
        let body = JsonItemBody::Error { message: message.to_owned() };
        JsonEvent::ItemCompleted { item: JsonItem { id, body } }
    }

    fn number(&mut self, id: &ItemId) -> String {
        if let Some(number) = self.numbers.get(id) {
            return number.clone();
        }
        let number = self.next_number();
        self.numbers.insert(id.clone(), number.clone());
        number
    }

    fn next_number(&mut self) -> String {
        let number = self.numbers_given;
        self.numbers_given += 1;
        format!("item_{number}")
    }
}

/// The notice before another attempt (`responses-wire.md §4`).
pub(crate) fn reconnecting(attempt: Reconnect, reason: &str) -> String {
    match attempt {
        Reconnect::Attempt { n, max } => format!("Reconnecting... {n}/{max} ({reason})"),
        Reconnect::Network => format!("Reconnecting... waiting for network ({reason})"),
    }
}

/// The command as a person would type it.
pub(crate) fn command_line(command: &CommandExecutionItem) -> String {
    let words = command.command.iter().map(String::as_str);
    // Only a NUL cannot be quoted, and no program can be given one.
    shlex::try_join(words).unwrap_or_else(|_| command.command.join(" "))
}

fn changes(item: &FileChangeItem) -> Vec<JsonFileChange> {
    let kind = |change: &FileChange| match change {
        FileChange::Add { .. } => JsonChangeKind::Add,
        FileChange::Delete { .. } => JsonChangeKind::Delete,
        FileChange::Update { .. } => JsonChangeKind::Update,
    };
    let shown = item.changes.iter();
    shown
        .map(|(path, change)| JsonFileChange { path: path.display().to_string(), kind: kind(change) })
        .collect()
}

/// A patch that was declined has failed (`exec.md §5`).
fn patch_status(status_of_patch: ItemStatus) -> JsonStatus {
    match status_of_patch {
        ItemStatus::Declined => JsonStatus::Failed,
        other => status(other),
    }
}

fn status(status: ItemStatus) -> JsonStatus {
    match status {
        ItemStatus::InProgress => JsonStatus::InProgress,
        ItemStatus::Completed => JsonStatus::Completed,
        ItemStatus::Failed => JsonStatus::Failed,
        ItemStatus::Declined => JsonStatus::Declined,
    }
}

fn json_usage(usage: &TokenUsage) -> JsonUsage {
    JsonUsage {
        input_tokens: usage.input_tokens,
        cached_input_tokens: usage.cached_input_tokens,
        cache_write_input_tokens: usage.cache_write_input_tokens,
        output_tokens: usage.output_tokens,
        reasoning_output_tokens: usage.reasoning_output_tokens,
    }
}

#[cfg(test)]
#[path = "project_tests.rs"]
mod tests;
