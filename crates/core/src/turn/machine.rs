//! The turn as a pure machine: one `step` on (phase, input) gives effects.
//!
//! Invariants: a fact is recorded before it is emitted; every call that was recorded gets exactly one output,
//! in call order, before the next request; a call whose tool ran is never run again by a retry.
//! Knows no tokio, no files, no clock.

use std::time::Duration;

use codex_config::CircuitBreak;
use codex_protocol::{
    AgentMessageItem, AgentMessagePart, ApprovalId, ApprovalReview, ApprovalsReviewer, CallId, CallKind,
    CollaborationMode, ContentPart, CustomToolCallBody, Decision, ErrorInfo, Event, FunctionCallBody, ItemId,
    ItemKind, MessageBody, PlanItem, QuestionAnswer, QuestionsId, Reconnect, ResponseId, ResponseItem,
    ReviewVerdict, Role, TokenUsage, ToolOutput, TurnError, TurnId, TurnItem, limits,
};
use codex_responses::{CompactionPhase, CompactionTrigger};
use codex_tools::ToolCall;

use super::breaker::{Breaker, Review};
use super::input::{
    Ask, Effect, Fact, Input, Notice, Progress, RetryClass, Steer, StreamFailure, Streamed, Summary,
    SummaryAsk, TimerId, ToolAnswer, TurnEnd,
};
use super::plan_text::{self, Piece, PlanText};
use crate::compact::ask::Summariser;
use crate::guardian::answer;
use crate::items;

/// What a turn starts with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TurnSetup {
    /// The turn.
    pub(crate) turn_id: TurnId,
    /// How often a broken stream is tried again.
    pub(crate) stream_max_retries: u64,
    /// Who summarises the history when it grows too long.
    pub(crate) summariser: Summariser,
    /// Tokens of the history, as far as known.
    pub(crate) tokens_used: u64,
    /// Tokens at which the history is summarised; `None`: never.
    pub(crate) compact_at: Option<u64>,
    /// In Plan mode proposed plans are told from messages.
    pub(crate) collaboration: CollaborationMode,
    /// Who answers questions.
    pub(crate) reviewer: ApprovalsReviewer,
    /// How many refusals of a reviewer stop the turn.
    pub(crate) circuit_break: CircuitBreak,
}

/// One running turn.
#[derive(Debug)]
pub(crate) struct Turn {
    turn_id: TurnId,
    stream_max_retries: u64,
    summariser: Summariser,
    tokens_used: u64,
    compact_at: Option<u64>,
    sampled: bool,
    phase: Phase,
    calls: Vec<Call>,
    steered: Vec<Steer>,
    /// Told before the next request, or at the end.
    told: Vec<ResponseItem>,
    /// The message in progress, in Plan mode.
    plan: Option<PlanText>,
    /// A plan is being shown.
    plan_open: bool,
    retries: u64,
    network_waits: u32,
    last_timer: u64,
    last_agent_message: Option<String>,
    rerouted: bool,
    /// Questions a person has not answered.
    asked: Vec<ApprovalId>,
    reviewer: ApprovalsReviewer,
    /// Questions the reviewer has not answered.
    reviewing: Vec<(ApprovalId, CallId)>,
    breaker: Breaker,
    /// Forms a person has not answered.
    forms: Vec<QuestionsId>,
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    /// Nothing sent yet.
    Idle,
    /// A stream is open.
    Sampling,
    /// The response is whole; tools still run.
    Tools { again: bool },
    /// The stream broke; tools still run, then it is decided.
    Broken(StreamFailure),
    /// A summary is being written.
    Compacting(Compacting),
    /// Waiting to try again.
    Waiting(TimerId, Ask),
    /// Interrupted; tools are ending.
    Stopping,
    /// Over.
    Done,
}

/// A summary in progress.
#[derive(Debug, Clone, PartialEq)]
struct Compacting {
    ask: SummaryAsk,
    text: String,
    items: Vec<ResponseItem>,
}

#[derive(Debug)]
struct Call {
    call_id: CallId,
    kind: CallKind,
    output: Option<ToolOutput>,
}

impl Turn {
    /// A turn that has not begun.
    pub(crate) fn new(setup: TurnSetup) -> Self {
        Self {
            turn_id: setup.turn_id,
            stream_max_retries: setup.stream_max_retries,
            summariser: setup.summariser,
            tokens_used: setup.tokens_used,
            compact_at: setup.compact_at,
            sampled: false,
            phase: Phase::Idle,
            calls: Vec::new(),
            steered: Vec::new(),
            told: Vec::new(),
            plan: (setup.collaboration == CollaborationMode::Plan).then(PlanText::default),
            plan_open: false,
            retries: 0,
            network_waits: 0,
            last_timer: 0,
            last_agent_message: None,
            rerouted: false,
            asked: Vec::new(),
            reviewer: setup.reviewer,
            reviewing: Vec::new(),
            breaker: Breaker::new(setup.circuit_break),
            forms: Vec::new(),
        }
    }

    /// Takes one input and says what to do.
    pub(crate) fn step(&mut self, input: Input) -> Vec<Effect> {
        match (&self.phase, input) {
            (Phase::Done, _) => Vec::new(),
            (_, Input::Progress(progress)) => self.progress(progress),
            (_, Input::Steered(steer)) => {
                self.steered.push(steer);
                Vec::new()
            }
            (_, Input::Told(item)) => {
                self.told.push(item);
                Vec::new()
            }
            (Phase::Idle, Input::Begin) => self.sample(),
            (Phase::Idle, Input::BeginCompaction) => {
                self.compact(CompactionPhase::StandaloneTurn, CompactionTrigger::Manual)
            }
            (Phase::Idle, Input::BeginModelChange) => {
                self.compact(CompactionPhase::PreTurn, CompactionTrigger::ModelChanged)
            }
            (Phase::Stopping, Input::ToolDone(call_id, output)) => {
                self.tool_done(&call_id, output);
                self.stop_when_quiet()
            }
            (_, Input::ToolDone(call_id, output)) => {
                self.tool_done(&call_id, output);
                self.go_on_when_quiet()
            }
            (Phase::Stopping, Input::Asked(approval)) => vec![Effect::Answer(approval.id, Decision::Cancel)],
            (_, Input::Asked(approval)) if self.reviewer == ApprovalsReviewer::AutoReview => {
                self.reviewing.push((approval.id.clone(), approval.call_id.clone()));
                let event =
                    Event::ApprovalReviewStarted { turn_id: self.turn_id, approval: approval.clone() };
                vec![Effect::Emit(event), Effect::Review(approval)]
            }
            (_, Input::Reviewed(review)) => self.reviewed(review),
            (_, Input::Asked(approval)) => {
                self.asked.push(approval.id.clone());
                vec![Effect::Emit(Event::ApprovalRequested { turn_id: self.turn_id, approval })]
            }
            (_, Input::Decided(id, decision)) => self.decided(id, decision),
            (Phase::Stopping, Input::FormAsked(form)) => vec![Effect::AnswerForm(form.id, None)],
            (_, Input::FormAsked(form)) => {
                self.forms.push(form.id.clone());
                vec![Effect::Emit(Event::QuestionsAsked { turn_id: self.turn_id, form })]
            }
            (_, Input::Answered(id, answers)) => self.answered(id, answers),
            (Phase::Stopping, _) => Vec::new(),
            (_, Input::Interrupted) => self.interrupted(),
            (Phase::Sampling, Input::Stream(streamed)) => self.streamed(streamed),
            (Phase::Sampling, Input::StreamFailed(failure)) => {
                self.phase = Phase::Broken(failure);
                self.go_on_when_quiet()
            }
            (Phase::Compacting(_), Input::Stream(streamed)) => self.summary_streamed(streamed),
            (Phase::Compacting(compacting), Input::StreamFailed(failure)) => {
                let ask = compacting.ask;
                self.summary_failed(ask, failure)
            }
            (Phase::Waiting(timer, ask), Input::Elapsed(elapsed)) if *timer == elapsed => match *ask {
                Ask::Step => self.sample(),
                Ask::Summary(ask) => self.ask_summary(ask),
            },
            // Late timers, and stream pieces that arrive after the response is whole.
            (
                _,
                Input::Elapsed(_)
                | Input::Stream(_)
                | Input::StreamFailed(_)
                | Input::Begin
                | Input::BeginCompaction
                | Input::BeginModelChange,
            ) => Vec::new(),
        }
    }

    fn sample(&mut self) -> Vec<Effect> {
        let mut effects = self.tell();
        for steer in self.steered.drain(..) {
            effects.extend(steer.response_items.into_iter().map(|item| Effect::Record(Fact::History(item))));
            effects.push(Effect::Record(Fact::Item(steer.item.clone())));
            effects.push(Effect::Emit(Event::ItemCompleted { turn_id: self.turn_id, item: steer.item }));
        }
        self.calls.clear();
        if self.compact_at.is_some_and(|limit| self.tokens_used >= limit) {
            let phase = if self.sampled { CompactionPhase::MidTurn } else { CompactionPhase::PreTurn };
            effects.extend(self.compact(phase, CompactionTrigger::Auto));
        } else {
            effects.extend(self.ask_step());
        }
        effects
    }

    fn tell(&mut self) -> Vec<Effect> {
        self.told.drain(..).map(|item| Effect::Record(Fact::History(item))).collect()
    }

    fn ask_step(&mut self) -> Vec<Effect> {
        self.sampled = true;
        self.plan = self.plan.take().map(|_| PlanText::default());
        self.phase = Phase::Sampling;
        vec![Effect::Sample(Ask::Step)]
    }

    fn compact(&mut self, phase: CompactionPhase, trigger: CompactionTrigger) -> Vec<Effect> {
        self.retries = 0;
        self.ask_summary(SummaryAsk { phase, trigger, dropped: 0 })
    }

    fn ask_summary(&mut self, ask: SummaryAsk) -> Vec<Effect> {
        self.phase = Phase::Compacting(Compacting { ask, text: String::new(), items: Vec::new() });
        vec![Effect::Sample(Ask::Summary(ask))]
    }

    /// Of a summary only its finished items count; nothing of it is shown.
    fn summary_streamed(&mut self, streamed: Streamed) -> Vec<Effect> {
        let Phase::Compacting(compacting) = &mut self.phase else { return Vec::new() };
        match streamed {
            Streamed::ItemDone(item) => match item.kind() {
                ItemKind::Message(Role::Assistant) => {
                    compacting.text = item.body::<MessageBody>().map(|body| body.text()).unwrap_or_default();
                    vec![Effect::Record(Fact::SummaryItem(item))]
                }
                ItemKind::Compaction => {
                    compacting.items.push(item);
                    Vec::new()
                }
                _ => Vec::new(),
            },
            Streamed::Completed { response_id, usage, .. } => {
                let Compacting { ask, text, items } = std::mem::replace(
                    compacting,
                    Compacting { ask: compacting.ask, text: String::new(), items: Vec::new() },
                );
                self.summarised(ask, text, items, response_id, usage)
            }
            Streamed::TextDelta(..) | Streamed::ReasoningDelta(..) | Streamed::Rerouted(_) => Vec::new(),
        }
    }

    fn summarised(
        &mut self,
        ask: SummaryAsk,
        text: String,
        mut items: Vec<ResponseItem>,
        response_id: ResponseId,
        usage: TokenUsage,
    ) -> Vec<Effect> {
        let mut effects =
            vec![Effect::Record(Fact::Usage(response_id.clone(), usage)), Effect::Record(Fact::TokenCount)];
        let summary = match (self.summariser, items.pop(), items.len()) {
            (Summariser::Model, ..) => Summary::Text(text),
            (Summariser::Server, Some(item), 0) => Summary::Item(item),
            (Summariser::Server, last, others) => {
                let found = others + usize::from(last.is_some());
                let message =
                    format!("The server answered a compaction with {found} summaries instead of one.");
                let error = TurnError { message, codex_error_info: ErrorInfo::Other, hint: None };
                effects.extend(self.finish(TurnEnd::Failed(error)));
                return effects;
            }
        };
        effects.push(Effect::Record(Fact::Compaction(summary, response_id)));
        self.retries = 0;
        self.tokens_used = 0;
        let alone =
            ask.phase == CompactionPhase::StandaloneTurn || ask.trigger == CompactionTrigger::ModelChanged;
        effects.extend(match alone {
            true => self.finish(TurnEnd::Completed { last_agent_message: None }),
            false => self.ask_step(),
        });
        effects
    }

    fn summary_failed(&mut self, ask: SummaryAsk, failure: StreamFailure) -> Vec<Effect> {
        let too_long = failure.error.codex_error_info == ErrorInfo::ContextWindowExceeded;
        if too_long && self.summariser == Summariser::Model {
            let mut effects = vec![Effect::DropStream];
            effects.extend(self.ask_summary(SummaryAsk { dropped: ask.dropped + 1, ..ask }));
            return effects;
        }
        self.retry(failure, Ask::Summary(ask))
    }

    fn streamed(&mut self, streamed: Streamed) -> Vec<Effect> {
        match streamed {
            Streamed::TextDelta(item_id, delta) => match self.plan.as_mut().map(|plan| plan.push(&delta)) {
                None => vec![Effect::Emit(Event::AgentMessageDelta { item_id, delta })],
                Some(pieces) => self.show_pieces(&item_id, pieces),
            },
            Streamed::ReasoningDelta(item_id, delta) => {
                vec![Effect::Emit(Event::ReasoningDelta { item_id, delta })]
            }
            Streamed::ItemDone(item) => self.item_done(item),
            Streamed::Completed { response_id, usage, end_turn } => {
                self.retries = 0;
                self.network_waits = 0;
                if usage.total_tokens > 0 {
                    self.tokens_used = usage.total_tokens;
                }
                self.phase = Phase::Tools { again: !self.calls.is_empty() || end_turn == Some(false) };
                let mut effects = vec![Effect::Record(Fact::Usage(response_id, usage))];
                effects.extend(self.go_on_when_quiet());
                effects
            }
            Streamed::Rerouted(model) if !self.rerouted => {
                self.rerouted = true;
                let message =
                    format!("The server answered with another model than the one asked for: {model}.");
                vec![Effect::Emit(Event::Warning { message })]
            }
            Streamed::Rerouted(_) => Vec::new(),
        }
    }

    fn item_done(&mut self, item: ResponseItem) -> Vec<Effect> {
        match item.kind() {
            ItemKind::FunctionCall | ItemKind::CustomToolCall => self.call(item),
            // Dropped: neither shown nor echoed (`responses-wire.md §1.3`).
            ItemKind::Unknown(_) => Vec::new(),
            ItemKind::Message(Role::Assistant) | ItemKind::Reasoning | ItemKind::WebSearchCall => {
                let Some(shown) = items::turn_item(&item) else {
                    return vec![Effect::Record(Fact::History(item))];
                };
                if let TurnItem::AgentMessage(message) = &shown {
                    self.last_agent_message = Some(message.text());
                }
                if let (Some(plan), TurnItem::AgentMessage(message)) = (&mut self.plan, &shown) {
                    *plan = PlanText::default();
                    if let (said, Some(text)) = plan_text::split(&message.text()) {
                        let message = message.clone();
                        return self.proposed(item, message, said, text);
                    }
                }
                let mut effects = Vec::with_capacity(4);
                if matches!(item.kind(), ItemKind::WebSearchCall) {
                    effects.push(Effect::Emit(Event::ItemStarted {
                        turn_id: self.turn_id,
                        item: shown.clone(),
                    }));
                }
                effects.push(Effect::Record(Fact::Item(shown.clone())));
                effects.push(Effect::Record(Fact::History(item)));
                effects.push(Effect::Emit(Event::ItemCompleted { turn_id: self.turn_id, item: shown }));
                effects
            }
            _ => vec![Effect::Record(Fact::History(item))],
        }
    }

    fn show_pieces(&mut self, item_id: &ItemId, pieces: Vec<Piece>) -> Vec<Effect> {
        let mut effects = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Said(delta) => {
                    let item_id = item_id.clone();
                    effects.push(Effect::Emit(Event::AgentMessageDelta { item_id, delta }));
                }
                Piece::Plan(delta) => {
                    let id = self.plan_id();
                    if !std::mem::replace(&mut self.plan_open, true) {
                        let item = TurnItem::Plan(PlanItem { id: id.clone(), text: String::new() });
                        effects.push(Effect::Emit(Event::ItemStarted { turn_id: self.turn_id, item }));
                    }
                    effects.push(Effect::Emit(Event::PlanDelta { item_id: id, delta }));
                }
            }
        }
        effects
    }

    /// A message with a plan: both are items of their own; the model's history keeps the message as it is.
    fn proposed(
        &mut self,
        item: ResponseItem,
        message: AgentMessageItem,
        said: String,
        text: String,
    ) -> Vec<Effect> {
        let turn_id = self.turn_id;
        let plan = TurnItem::Plan(PlanItem { id: self.plan_id(), text });
        self.plan_open = false;
        let said = (!said.trim().is_empty()).then(|| {
            let content = vec![AgentMessagePart::Text { text: said }];
            TurnItem::AgentMessage(AgentMessageItem { content, ..message })
        });
        let shown: Vec<TurnItem> = said.into_iter().chain([plan]).collect();
        let recorded = shown.iter().map(|item| Effect::Record(Fact::Item(item.clone())));
        let mut effects: Vec<Effect> = recorded.collect();
        effects.push(Effect::Record(Fact::History(item)));
        effects.extend(shown.into_iter().map(|item| Effect::Emit(Event::ItemCompleted { turn_id, item })));
        effects
    }

    fn plan_id(&self) -> ItemId {
        ItemId::new(format!("{}-plan", self.turn_id))
    }

    fn call(&mut self, item: ResponseItem) -> Vec<Effect> {
        let Some(call_id) = item.call_id().cloned() else {
            return vec![Effect::Emit(Event::Warning {
                message: "The model sent a tool call without a call id; it was left out.".to_owned(),
            })];
        };
        let call = match item.kind() {
            ItemKind::CustomToolCall => item.body::<CustomToolCallBody>().ok().map(|body| ToolCall {
                call_id: call_id.clone(),
                kind: CallKind::Custom,
                namespace: None,
                name: body.name,
                payload: body.input,
            }),
            _ => item.body::<FunctionCallBody>().ok().map(|body| ToolCall {
                call_id: call_id.clone(),
                kind: CallKind::Function,
                namespace: body.namespace,
                name: body.name,
                payload: body.arguments,
            }),
        };
        let Some(call) = call else {
            return vec![Effect::Emit(Event::Warning {
                message: format!("The model sent a tool call without a name ({call_id}); it was left out."),
            })];
        };
        if self.calls.iter().any(|known| known.call_id == call_id) {
            return vec![Effect::Emit(Event::Warning {
                message: format!("The model used the call id {call_id} twice; the second call was left out."),
            })];
        }
        self.calls.push(Call { call_id, kind: call.kind, output: None });
        vec![Effect::Record(Fact::History(item)), Effect::RunTool(call)]
    }

    fn progress(&self, progress: Progress) -> Vec<Effect> {
        let turn_id = self.turn_id;
        match progress {
            Progress::Started(item) => vec![Effect::Emit(Event::ItemStarted { turn_id, item })],
            Progress::Completed(item) => vec![
                Effect::Record(Fact::Item(item.clone())),
                Effect::Emit(Event::ItemCompleted { turn_id, item }),
            ],
            Progress::Output(item_id, delta) => {
                vec![Effect::Emit(Event::CommandOutputDelta { item_id, delta })]
            }
            Progress::Warning(message) => vec![Effect::Emit(Event::Warning { message })],
            Progress::Plan(explanation, plan) => {
                vec![Effect::Emit(Event::PlanUpdated { turn_id, explanation, plan })]
            }
        }
    }

    fn tool_done(&mut self, call_id: &CallId, output: ToolOutput) {
        if let Some(call) = self.calls.iter_mut().find(|call| &call.call_id == call_id) {
            call.output.get_or_insert(output);
        }
    }

    fn quiet(&self) -> bool {
        self.calls.iter().all(|call| call.output.is_some())
    }

    /// Outputs of all calls in call order. Call only when quiet.
    fn flush(&mut self) -> Vec<Effect> {
        let outputs = self.calls.iter().filter_map(|call| call.output.as_ref());
        self.tokens_used = self.tokens_used.saturating_add(outputs.map(estimate).sum());
        let answers = self.calls.drain(..).filter_map(|call| {
            let output = call.output?;
            Some(ToolAnswer { kind: call.kind, call_id: call.call_id, output })
        });
        answers.map(|answer| Effect::Record(Fact::Output(answer))).collect()
    }

    fn go_on_when_quiet(&mut self) -> Vec<Effect> {
        if !self.quiet() {
            return Vec::new();
        }
        match self.phase.clone() {
            Phase::Tools { again } => {
                let mut effects = self.flush();
                effects.push(Effect::Record(Fact::TokenCount));
                if again || !self.steered.is_empty() {
                    effects.extend(self.sample());
                } else {
                    let last_agent_message = self.last_agent_message.take();
                    effects.extend(self.finish(TurnEnd::Completed { last_agent_message }));
                }
                effects
            }
            Phase::Broken(failure) => {
                let mut effects = self.flush();
                effects.extend(self.retry(failure, Ask::Step));
                effects
            }
            _ => Vec::new(),
        }
    }

    fn retry(&mut self, failure: StreamFailure, ask: Ask) -> Vec<Effect> {
        if failure.notice == Notice::FallBack {
            return self.fall_back(&failure, ask);
        }
        let max = match (ask, self.summariser) {
            (Ask::Summary(_), Summariser::Server) => limits::REMOTE_COMPACTION_RETRIES_MAX,
            _ => self.stream_max_retries,
        };
        let (attempt, delay) = match failure.retry {
            RetryClass::Stream { after } if self.retries < max => {
                self.retries += 1;
                let delay = after.unwrap_or_else(|| backoff(self.retries));
                (Reconnect::Attempt { n: self.retries, max }, delay)
            }
            RetryClass::Network if self.network_waits < limits::NETWORK_WAITS_MAX => {
                self.network_waits += 1;
                (Reconnect::Network, limits::NETWORK_WAIT_FIRST * 2u32.saturating_pow(self.network_waits - 1))
            }
            RetryClass::Final | RetryClass::Stream { .. } | RetryClass::Network => {
                return self.finish(TurnEnd::Failed(failure.error));
            }
        };
        self.last_timer += 1;
        let timer = TimerId(self.last_timer);
        self.phase = Phase::Waiting(timer, ask);
        let mut effects = vec![Effect::DropStream];
        effects.extend(guidance(&failure, ask));
        if failure.notice == Notice::Shown {
            effects.push(Effect::Emit(Event::Reconnecting { attempt, reason: failure.cause, delay }));
        }
        effects.push(Effect::Arm(timer, delay));
        effects
    }

    /// The transport is given up, not the turn: the same is asked again over the other one.
    fn fall_back(&mut self, failure: &StreamFailure, ask: Ask) -> Vec<Effect> {
        self.retries = 0;
        let warning = Event::Warning { message: failure.error.message.clone() };
        let mut effects = vec![Effect::DropStream];
        effects.extend(guidance(failure, ask));
        effects.push(Effect::Emit(warning));
        effects.extend(match ask {
            Ask::Step => self.sample(),
            Ask::Summary(ask) => self.ask_summary(ask),
        });
        effects
    }

    /// An answer to a question that is not open is late or mistaken, and ignored.
    fn decided(&mut self, id: ApprovalId, decision: Decision) -> Vec<Effect> {
        let Some(at) = self.asked.iter().position(|asked| *asked == id) else { return Vec::new() };
        self.asked.remove(at);
        let mut effects = vec![
            Effect::Answer(id.clone(), decision.clone()),
            Effect::Emit(Event::ApprovalResolved { id, decision: decision.clone() }),
        ];
        if decision == Decision::Cancel && self.phase != Phase::Stopping {
            effects.extend(self.interrupted());
        }
        effects
    }

    /// A review of a question that is not open is late, and ignored. Whatever is no approval is a refusal.
    fn reviewed(&mut self, review: Box<ApprovalReview>) -> Vec<Effect> {
        let Some(at) = self.reviewing.iter().position(|(id, _)| *id == review.id) else { return Vec::new() };
        self.reviewing.remove(at);
        let id = review.id.clone();
        let answer = match answer::refusal(&review) {
            None => Effect::Answer(id, Decision::Approve),
            Some(why) => Effect::Refuse(id, why),
        };
        let counted = match review.verdict {
            ReviewVerdict::Approved(_) => self.breaker.count(Review::Approved),
            ReviewVerdict::Denied(_) => self.breaker.count(Review::Denied),
            ReviewVerdict::Failed | ReviewVerdict::TimedOut | ReviewVerdict::Aborted => None,
        };
        let mut effects = vec![answer];
        effects.extend(counted.iter().cloned().map(|message| Effect::Emit(Event::Warning { message })));
        effects.push(Effect::Emit(Event::ApprovalReviewed { turn_id: self.turn_id, review }));
        if counted.is_some() && self.phase != Phase::Stopping {
            effects.extend(self.interrupted());
        }
        effects
    }

    /// Answers to a form that is not open are late or mistaken, and ignored.
    fn answered(&mut self, id: QuestionsId, answers: Vec<QuestionAnswer>) -> Vec<Effect> {
        let Some(at) = self.forms.iter().position(|asked| *asked == id) else { return Vec::new() };
        self.forms.remove(at);
        vec![
            Effect::AnswerForm(id.clone(), Some(answers.clone())),
            Effect::Emit(Event::QuestionsResolved { id, answers: Some(answers) }),
        ]
    }

    fn interrupted(&mut self) -> Vec<Effect> {
        self.phase = Phase::Stopping;
        let mut effects = vec![Effect::DropStream, Effect::CancelTools];
        for id in std::mem::take(&mut self.forms) {
            effects.push(Effect::AnswerForm(id.clone(), None));
            effects.push(Effect::Emit(Event::QuestionsResolved { id, answers: None }));
        }
        for (id, call_id) in std::mem::take(&mut self.reviewing) {
            effects.push(Effect::Answer(id.clone(), Decision::Cancel));
            let (verdict, rationale) = (ReviewVerdict::Aborted, String::new());
            let review = Box::new(ApprovalReview { id, call_id, verdict, rationale });
            effects.push(Effect::Emit(Event::ApprovalReviewed { turn_id: self.turn_id, review }));
        }
        for id in std::mem::take(&mut self.asked) {
            effects.push(Effect::Answer(id.clone(), Decision::Cancel));
            effects.push(Effect::Emit(Event::ApprovalResolved { id, decision: Decision::Cancel }));
        }
        effects.extend(self.stop_when_quiet());
        effects
    }

    fn stop_when_quiet(&mut self) -> Vec<Effect> {
        if !self.quiet() {
            return Vec::new();
        }
        let mut effects = self.flush();
        effects.push(Effect::Record(Fact::TokenCount));
        effects.push(Effect::Record(Fact::AbortedMarker));
        effects.extend(self.finish(TurnEnd::Aborted));
        effects
    }

    fn finish(&mut self, end: TurnEnd) -> Vec<Effect> {
        self.phase = Phase::Done;
        let mut effects = self.tell();
        effects.extend([Effect::DropStream, Effect::Finish(end)]);
        effects
    }
}

/// A model that is not told would only try the same again.
fn guidance(failure: &StreamFailure, ask: Ask) -> Option<Effect> {
    (failure.filtered && ask == Ask::Step).then_some(Effect::Record(Fact::FilterGuidance))
}

/// Tokens of an output before the server has counted them.
fn estimate(output: &ToolOutput) -> u64 {
    let bytes = match output {
        ToolOutput::Text(text) => text.len(),
        ToolOutput::Parts(parts) => parts
            .iter()
            .map(|part| match part {
                ContentPart::InputText { text } | ContentPart::OutputText { text } => text.len(),
                // What a picture costs does not follow from its bytes.
                ContentPart::InputImage { .. } => limits::IMAGE_TOKENS_ESTIMATE * limits::BYTES_PER_TOKEN,
                ContentPart::Other => 0,
            })
            .sum(),
    };
    u64::try_from(bytes / limits::BYTES_PER_TOKEN).unwrap_or(u64::MAX)
}

/// 200 ms doubled with each attempt; jitter is the loop's (`responses-wire.md §2.2`).
fn backoff(attempt: u64) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    limits::RETRY_FIRST * 2u32.saturating_pow(doublings)
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
