//! The state of one open thread: history, counts, what the model knows, and the parts a turn works with.
//! Invariant: an item enters the history only after its line is on disk.

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::Arc;

use codex_config::Config;
use codex_model_provider::{ModelInfo, ModelList};
use codex_protocol::{
    AbortReason, CallKind, ContentPart, Event, EventMsg, ItemId, ItemPassthrough, ItemPrefix, LineMetadata,
    RateLimitSnapshot, ResponseId, ResponseItem, Role, RolloutItem, SessionId, ThreadId, TokenCountInfo,
    TokenUsage, TokenUsageRecord, TurnId, TurnItem, limits,
};
use codex_responses::{RequestMetadata, ResponsesClient, Tape};
use codex_rollout::WindowState;
use codex_tools::{FormQuestion, Question, Registry, ThreadTools, ToolProgress};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::clock::Moment;
use super::configure::Configured;
use super::emitter::Emitter;
use super::recorder::Recorder;
use super::workspace::Workspace;
use crate::error::RecordError;
use crate::history::History;
use crate::settings::Settings;
use crate::stored::stored;
use crate::turn::input::ToolAnswer;
use crate::turn::shell::ShellEnd;

/// Told to the model after a turn was cut short.
const ABORTED_MARKER: &str = "<turn_aborted>\nThe user stopped this turn before it was finished. Commands that ran may have \
     done part of their work; check before repeating them.\n</turn_aborted>";

/// Told to the model after a filter stopped its answer.
const FILTER_GUIDANCE: &str = "<content_filter_guidance>\nA content filter of the server stopped your last answer. This is no fault of the \
     connection: the same answer in other words, in pieces, encoded or through a tool would be stopped again. Say in a \
     sentence or two what you cannot give, offer what you can, and go on with the rest of the work.\n</content_filter_guidance>";

/// Everything one thread owns.
pub(crate) struct Session {
    pub(crate) thread_id: ThreadId,
    pub(crate) session_id: SessionId,
    pub(crate) config: Arc<Config>,
    pub(crate) settings: Settings,
    pub(crate) client: ResponsesClient,
    /// What the provider can run.
    pub(crate) models: ModelList,
    /// Items sent before the history with every request: base instructions, and the tools of Lite models.
    pub(crate) prefix: Vec<ResponseItem>,
    /// Text of the base instructions.
    pub(crate) instructions: String,
    /// Settings that hold from the next turn on.
    pub(crate) next: Option<Configured>,
    /// The process environment at the start.
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) tool_specs: Vec<Box<RawValue>>,
    pub(crate) registry: Registry,
    pub(crate) tools: Arc<ThreadTools>,
    pub(crate) progress: (mpsc::Sender<ToolProgress>, mpsc::Receiver<ToolProgress>),
    pub(crate) asks: (mpsc::Sender<Question>, mpsc::Receiver<Question>),
    pub(crate) forms: (mpsc::Sender<FormQuestion>, mpsc::Receiver<FormQuestion>),
    /// The person's own commands.
    pub(crate) shells: JoinSet<ShellEnd>,
    pub(crate) shells_cancel: CancellationToken,
    pub(crate) emitter: Emitter,
    /// Who asked for the thread, when another one did.
    pub(crate) lineage: Option<crate::child::lineage::Lineage>,
    /// Who asks; handed on to child threads.
    pub(crate) front_end: crate::start::FrontEnd,
    /// Records requests; handed on to child threads.
    pub(crate) tape: Option<Arc<dyn Tape>>,
    /// Where questions wait for the reviewer.
    pub(crate) desk: crate::guardian::desk::Desk,
    pub(crate) recorder: Recorder,
    pub(crate) history: History,
    /// The model that wrote the history, where the present one reads histories differently.
    pub(crate) former_model: Option<ModelInfo>,
    /// What the model was told about its surroundings.
    pub(crate) known_world: Option<Value>,
    pub(crate) usage: Usage,
    pub(crate) window: WindowState,
    pub(crate) workspace: Workspace,
    pub(crate) request_facts: RequestFacts,
    pub(crate) history_sequence: u64,
    pub(crate) sampled_through: u64,
    /// Settings are recorded at the thread's start and after each resume.
    pub(crate) settings_recorded: bool,
    pub(crate) items_started: HashMap<ItemId, (TurnId, Moment)>,
    /// The thread's name, if it was given one.
    pub(crate) name: Option<String>,
    /// The thread it was forked from.
    pub(crate) forked_from: Option<ThreadId>,
    /// Name of the person's shell, as the model is told.
    pub(crate) shell: String,
}

/// Parts of the request metadata that stay the same for the thread.
#[derive(Debug, Clone)]
pub(crate) struct RequestFacts {
    pub(crate) template: RequestMetadata,
    pub(crate) turn_trigger: Option<String>,
}

/// Token counts of a thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage {
    pub(crate) thread: TokenUsage,
    pub(crate) turn: TokenUsage,
    pub(crate) last: Option<TokenUsage>,
    pub(crate) last_record: Option<TokenUsageRecord>,
    /// All buckets the server reported, the default one first.
    pub(crate) rate_limits: Vec<RateLimitSnapshot>,
}

impl Session {
    /// Records a message of the client and adds it to the history.
    pub(crate) fn record_message(
        &mut self,
        turn_id: TurnId,
        role: Role,
        parts: &[(&str, ContentPart)],
    ) -> Result<(), RecordError> {
        let item = self.client_message(turn_id, role, parts)?;
        self.record_history(turn_id, item)
    }

    /// Records what is said to the person in the model's place, so that it knows of it.
    pub(crate) fn record_said(
        &mut self,
        turn_id: TurnId,
        id: &ItemId,
        parts: &[(&str, ContentPart)],
    ) -> Result<(), RecordError> {
        let item = message(id, turn_id, Role::Assistant, parts)?;
        self.record_history(turn_id, item)
    }

    /// A message of the client with its id and metadata, not yet recorded.
    pub(crate) fn client_message(
        &self,
        turn_id: TurnId,
        role: Role,
        parts: &[(&str, ContentPart)],
    ) -> Result<ResponseItem, RecordError> {
        message(&ItemId::new_v7(ItemPrefix::Message), turn_id, role, parts)
    }

    /// Records an item of the model's history.
    pub(crate) fn record_history(&mut self, turn_id: TurnId, item: ResponseItem) -> Result<(), RecordError> {
        let item = match item.passthrough_json() {
            Some(_) => item,
            None => item
                .with_passthrough(&ItemPassthrough { turn_id: Some(turn_id), ..ItemPassthrough::default() }),
        };
        let metadata = LineMetadata::at(self.history_sequence + 1, self.sampled_through);
        self.recorder.record(&RolloutItem::ResponseItem { item: item.clone(), metadata: Some(metadata) })?;
        self.history_sequence += 1;
        self.history.push(item);
        Ok(())
    }

    /// Records the output of a call.
    pub(crate) fn record_answer(&mut self, turn_id: TurnId, answer: &ToolAnswer) -> Result<(), RecordError> {
        let prefix = match answer.kind {
            CallKind::Function => ItemPrefix::FunctionCallOutput,
            CallKind::Custom => ItemPrefix::CustomToolCallOutput,
        };
        let item =
            ResponseItem::call_output(answer.kind, &ItemId::new_v7(prefix), &answer.call_id, &answer.output)?;
        let item = item.with_passthrough(&ItemPassthrough {
            turn_id: Some(turn_id),
            create_time: Some(Moment::now().unix_f64()),
            content_item_kinds: Vec::new(),
        });
        self.record_history(turn_id, item)
    }

    /// Records a visible item that ended. Items that outlive their turn keep the turn they began in.
    pub(crate) fn record_item(&mut self, turn_id: TurnId, item: &TurnItem) -> Result<(), RecordError> {
        let now = Moment::now();
        let (turn_id, started) = self.items_started.remove(item.id()).unwrap_or((turn_id, now));
        let event = EventMsg::ItemCompleted {
            thread_id: self.thread_id,
            turn_id,
            item: stored(item).into_owned(),
            started_at_ms: started.unix_ms(),
            completed_at_ms: now.unix_ms(),
        };
        Ok(self.recorder.record(&RolloutItem::EventMsg(Box::new(event)))?)
    }

    /// Records the tokens of one response.
    pub(crate) fn record_usage(
        &mut self,
        turn_id: TurnId,
        response_id: ResponseId,
        usage: TokenUsage,
    ) -> Result<(), RecordError> {
        self.usage.thread += usage;
        self.usage.turn += usage;
        self.usage.last = Some(usage);
        let record = TokenUsageRecord {
            thread_id: self.thread_id,
            turn_id,
            session_id: self.session_id,
            root_turn_id: self.root_turn(turn_id),
            response_id,
            usage,
            turn_token_usage: self.usage.turn,
            thread_token_usage: self.usage.thread,
        };
        self.usage.last_record = Some(record.clone());
        Ok(self.recorder.record(&RolloutItem::TokenUsageRecord(Box::new(record)))?)
    }

    /// Records the summary a model wrote. It is stored for people and replaced by what is made of it.
    pub(crate) fn record_summary_item(
        &mut self,
        turn_id: TurnId,
        item: ResponseItem,
    ) -> Result<(), RecordError> {
        let item =
            item.with_passthrough(&ItemPassthrough { turn_id: Some(turn_id), ..ItemPassthrough::default() });
        let at = LineMetadata::at(self.history_sequence + 1, self.sampled_through);
        let metadata = Some(LineMetadata { compaction_output: true, ..at });
        self.recorder.record(&RolloutItem::ResponseItem { item, metadata })?;
        self.history_sequence += 1;
        Ok(())
    }

    /// Tokens of the history: what the server counted last, and an estimate of what came after.
    pub(crate) fn tokens_used(&self, added_since: usize) -> u64 {
        let counted = self.usage.last.map_or(0, |last| last.total_tokens);
        let added =
            self.history.items().iter().skip(added_since).map(|item| item.json().len()).sum::<usize>();
        counted.saturating_add(u64::try_from(added / limits::BYTES_PER_TOKEN).unwrap_or(u64::MAX))
    }

    /// Records what the model is told after a filter stopped its answer.
    pub(crate) fn record_filter_guidance(&mut self, turn_id: TurnId) -> Result<(), RecordError> {
        let part = ("generic.content_filter_guidance", ContentPart::input_text(FILTER_GUIDANCE));
        self.record_message(turn_id, Role::Developer, &[part])
    }

    /// Records the marker that tells the model its turn was cut short.
    pub(crate) fn record_aborted_marker(&mut self, turn_id: TurnId) -> Result<(), RecordError> {
        let part = ("generic.turn_aborted", ContentPart::input_text(ABORTED_MARKER));
        self.record_message(turn_id, Role::User, &[part])
    }

    /// Records that a turn which began elsewhere ended here.
    pub(crate) fn record_aborted(&mut self, turn_id: TurnId, now: Moment) -> Result<(), RecordError> {
        self.record_aborted_marker(turn_id)?;
        let line = EventMsg::TurnAborted {
            root_turn_id: self.root_turn(turn_id),
            turn_id,
            reason: AbortReason::Interrupted,
            started_at: now.unix_s(),
            completed_at: now.unix_s(),
            duration_ms: 0,
        };
        Ok(self.recorder.record(&RolloutItem::EventMsg(Box::new(line)))?)
    }

    /// Takes what the server reported of one bucket; the others stay. Says whether anything is new.
    pub(crate) fn limits_reported(&mut self, limits: RateLimitSnapshot) -> bool {
        let known = &mut self.usage.rate_limits;
        match known.iter().position(|bucket| bucket.limit_id == limits.limit_id) {
            Some(at) if known[at] == limits => return false,
            Some(at) => known[at] = limits,
            None if known.len() < limits::RATE_LIMIT_BUCKETS_MAX => known.push(limits),
            None => return false,
        }
        known.sort_by_key(|bucket| !bucket.is_default_bucket());
        true
    }

    /// Records the counts after a response and its tools, and shows them.
    pub(crate) async fn record_token_count(&mut self) -> Result<(), RecordError> {
        let info = self.usage.last.map(|last| TokenCountInfo {
            total_token_usage: self.usage.thread,
            last_token_usage: last,
            last_usage_includes_reasoning: false,
            model_context_window: self.settings.context_window,
        });
        let rate_limits = match self.usage.rate_limits.first() {
            Some(limits) => serde_json::to_value(limits)?,
            None => serde_json::to_value(RateLimitSnapshot::default())?,
        };
        self.recorder.record(&RolloutItem::EventMsg(Box::new(EventMsg::TokenCount { info, rate_limits })))?;
        if let Some(last) = self.usage.last {
            let event = Event::TokensUsed {
                last,
                total: self.usage.thread,
                context_window: self.settings.context_window,
            };
            self.emitter.emit(event).await;
        }
        Ok(())
    }
}

fn message(
    id: &ItemId,
    turn_id: TurnId,
    role: Role,
    parts: &[(&str, ContentPart)],
) -> Result<ResponseItem, RecordError> {
    let content: Vec<ContentPart> = parts.iter().map(|(_, part)| part.clone()).collect();
    let item = ResponseItem::message(Some(id), role, &content)?;
    Ok(item.with_passthrough(&ItemPassthrough {
        turn_id: Some(turn_id),
        create_time: Some(Moment::now().unix_f64()),
        content_item_kinds: parts.iter().map(|(kind, _)| (*kind).to_owned()).collect(),
    }))
}
