//! The loop of a turn: waits for whatever happens next, asks the machine, performs its effects.
//! The only place that awaits for a turn. It decides nothing: decisions are the machine's.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;

use codex_protocol::{
    ApprovalId, CallId, Event, Op, QuestionAnswer, QuestionsId, ToolOutput, TurnId, UserInput, limits,
};
use codex_responses::{OutputSchema, SchemaStrictness, TurnClient};
use codex_tools::{Answer, FormQuestion, Parallel, Question, ToolCall, ToolCx, ToolOutcome, ToolProgress};
use serde_json::value::RawValue;
use tokio::sync::{RwLock, mpsc, oneshot};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

use super::begin;
use super::end::Ending;
use super::input::{Ask, Effect, Fact, Input, Progress, Streamed, TimerId, TurnEnd};
use super::machine::{Turn, TurnSetup};
use super::request;
use super::shell::ShellEnd;
use super::source::{Heard, Source};
use crate::compact;
use crate::compact::ask::Summariser;
use crate::error::RecordError;
use crate::thread::clock::Moment;
use crate::thread::session::Session;
use crate::thread::{aside, configure};

/// Operations of a thread, and those that wait for the running turn to end.
pub(crate) struct Mailbox {
    ops: mpsc::Receiver<Op>,
    deferred: VecDeque<Op>,
    closed: bool,
}

impl Mailbox {
    /// Reads `ops`.
    pub(crate) fn new(ops: mpsc::Receiver<Op>) -> Self {
        Self { ops, deferred: VecDeque::new(), closed: false }
    }

    /// The next operation outside a turn; `Shutdown` when the handle is gone. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Op {
        match self.deferred.pop_front() {
            Some(op) => op,
            None => self.ops.recv().await.unwrap_or(Op::Shutdown),
        }
    }

    /// Forgets what waits.
    pub(crate) fn clear(&mut self) {
        self.deferred.clear();
        while self.ops.try_recv().is_ok() {}
    }

    /// Keeps an operation for after the turn.
    pub(crate) fn defer(&mut self, op: Op) {
        self.deferred.push_back(op);
    }

    /// Keeps an operation for right after the turn.
    pub(crate) fn put_first(&mut self, op: Op) {
        self.deferred.push_front(op);
    }

    /// The next operation during a turn. Never ends once the handle is gone; cancel-safe.
    pub(crate) async fn during_turn(&mut self) -> Op {
        if self.closed {
            std::future::pending::<()>().await;
        }
        self.ops.recv().await.unwrap_or_else(|| {
            self.closed = true;
            Op::Shutdown
        })
    }
}

/// What a turn is for.
pub(crate) enum Task {
    /// The person said something.
    Answer {
        /// What they said.
        input: Vec<UserInput>,
        /// A JSON schema the final answer must follow.
        output_schema: Option<Box<RawValue>>,
    },
    /// The history is summarised.
    Compact,
}

/// Runs one turn from its first line to its last.
pub(crate) async fn run_turn(
    session: &mut Session,
    mailbox: &mut Mailbox,
    turn_id: TurnId,
    task: Task,
) -> Result<TurnEnd, RecordError> {
    let started = Moment::now();
    begin::begin_bare(session, turn_id, started).await?;
    if matches!(task, Task::Answer { .. }) && session.former_model.is_some() {
        let mut running = Running::new(&mut *session, turn_id, started, None);
        match drive(&mut running, mailbox, Input::BeginModelChange, None).await? {
            TurnEnd::Completed { .. } => {}
            // The model that wrote the history may be gone: the new one reads it as it is.
            TurnEnd::Failed(error) => {
                let message = format!("The history was not summarised for the new model: {}", error.message);
                running.emit(Event::Warning { message }).await;
            }
            TurnEnd::Aborted => {
                running.close(&TurnEnd::Aborted)?;
                return Ok(TurnEnd::Aborted);
            }
        }
        session.former_model = None;
    }
    let known = session.history.items().len();
    let (first, output_schema) = match task {
        Task::Answer { input, output_schema } => {
            begin::begin(session, turn_id, input).await?;
            (Input::Begin, output_schema)
        }
        Task::Compact => (Input::BeginCompaction, None),
    };
    let mut running = Running::new(session, turn_id, started, output_schema);
    let end = drive(&mut running, mailbox, first, Some(known)).await?;
    running.close(&end)?;
    Ok(end)
}

/// Runs one machine to its end. `known` items of the history have been counted by the server.
async fn drive(
    running: &mut Running<'_>,
    mailbox: &mut Mailbox,
    first: Input,
    known: Option<usize>,
) -> Result<TurnEnd, RecordError> {
    let session = &*running.session;
    let provider = session.client.provider();
    let mut turn = Turn::new(TurnSetup {
        turn_id: running.turn_id,
        stream_max_retries: provider.stream_max_retries,
        summariser: Summariser::of(provider),
        tokens_used: known.map_or(0, |known| session.tokens_used(known)),
        compact_at: session.settings.compact_at,
        collaboration: session.settings.collaboration,
        reviewer: session.reviewer_in_force(),
        circuit_break: session.config.auto_review.circuit_break,
    });
    let mut inputs = VecDeque::from([first]);
    loop {
        let Some(input) = inputs.pop_front() else {
            inputs.extend(running.wait(mailbox).await?);
            continue;
        };
        let mut end = None;
        for effect in turn.step(input) {
            match effect {
                Effect::Finish(finished) => end = Some(finished),
                effect => inputs.extend(running.perform(effect).await?),
            }
        }
        if let Some(end) = end {
            return Ok(end);
        }
    }
}

/// The outside world of one turn.
struct Running<'a> {
    session: &'a mut Session,
    turn_id: TurnId,
    started: Moment,
    first_output: Option<Moment>,
    output_schema: Option<Box<RawValue>>,
    client: Arc<TurnClient>,
    source: Source,
    /// A request that waits for facts about the repository.
    waiting: Option<Ask>,
    tools: JoinSet<(CallId, ToolOutcome)>,
    unanswered: Vec<CallId>,
    /// Tools that wait for a person.
    asking: HashMap<ApprovalId, oneshot::Sender<Answer>>,
    /// Tools that wait for answers to a form.
    forms: HashMap<QuestionsId, oneshot::Sender<Vec<QuestionAnswer>>>,
    cancel: CancellationToken,
    /// Tools that may run beside others share it; one that may not holds it alone.
    gate: Arc<RwLock<()>>,
    timer: Option<(TimerId, Pin<Box<Sleep>>)>,
    stop: Option<Pin<Box<Sleep>>>,
}

/// Waits for an optional timer; never ends without one.
async fn ring(sleep: Option<&mut Pin<Box<Sleep>>>) {
    match sleep {
        Some(sleep) => sleep.await,
        None => std::future::pending().await,
    }
}

impl<'a> Running<'a> {
    fn new(
        session: &'a mut Session,
        turn_id: TurnId,
        started: Moment,
        output_schema: Option<Box<RawValue>>,
    ) -> Self {
        Self {
            client: Arc::new(session.client.turn()),
            session,
            turn_id,
            started,
            first_output: None,
            output_schema,
            source: Source::Idle,
            waiting: None,
            tools: JoinSet::new(),
            unanswered: Vec::new(),
            asking: HashMap::new(),
            forms: HashMap::new(),
            cancel: CancellationToken::new(),
            gate: Arc::new(RwLock::new(())),
            timer: None,
            stop: None,
        }
    }

    /// Waits for the next thing to happen: one line per source, people first.
    async fn wait(&mut self, mailbox: &mut Mailbox) -> Result<Vec<Input>, RecordError> {
        let progress = &mut self.session.progress.1;
        tokio::select! {
            biased;
            op = mailbox.during_turn() => self.op(op, mailbox).await,
            Some(progress) = progress.recv() => Ok(vec![self.progress(progress)]),
            Some(ended) = self.session.shells.join_next() => self.shell_ended(ended),
            Some(FormQuestion { form, answer }) = self.session.forms.1.recv() => {
                self.forms.insert(form.id.clone(), answer);
                Ok(vec![Input::FormAsked(Box::new(form))])
            }
            Some(question) = self.session.asks.1.recv() => {
                let Question { approval, answer } = question;
                self.asking.insert(approval.id.clone(), answer);
                Ok(vec![Input::Asked(Box::new(approval))])
            }
            done = self.session.desk.next() => {
                let ended = self.session.reviewed(done);
                Ok(ended.into_iter().map(|review| Input::Reviewed(Box::new(review))).collect())
            }
            Some(done) = self.tools.join_next() => Ok(self.tool_done(done)),
            () = ring(self.stop.as_mut()) => Ok(self.answer_for_tools()),
            () = ring(self.timer.as_mut().map(|(_, sleep)| sleep)) => {
                Ok(self.timer.take().map(|(id, _)| Input::Elapsed(id)).into_iter().collect())
            }
            () = self.session.workspace.settle(), if self.waiting.is_some() => Ok(self.sample()),
            heard = self.source.next() => Ok(self.heard(heard).await),
        }
    }

    async fn perform(&mut self, effect: Effect) -> Result<Vec<Input>, RecordError> {
        match effect {
            // The repository is asked about once; a later request finds the answer there and does not wait.
            Effect::Sample(ask) => self.waiting = Some(ask),
            Effect::DropStream => {
                self.source = Source::Idle;
                self.waiting = None;
                self.timer = None;
            }
            Effect::RunTool(call) => self.run_tool(call),
            Effect::CancelTools => {
                self.session.desk.stop();
                self.cancel.cancel();
                self.stop = Some(Box::pin(sleep(limits::TOOL_STOP_WAIT_MAX)));
            }
            Effect::Answer(id, decision) => {
                // A tool that no longer waits has been answered for.
                let _ = self.asking.remove(&id).map(|answer| answer.send(Answer::Decided(decision)));
            }
            Effect::Refuse(id, why) => {
                let _ = self.asking.remove(&id).map(|answer| answer.send(Answer::Refused(why)));
            }
            Effect::Review(approval) => {
                let ended = self.session.ask_reviewer(self.turn_id, *approval);
                return Ok(ended.into_iter().map(|review| Input::Reviewed(Box::new(review))).collect());
            }
            Effect::AnswerForm(id, answers) => {
                // Dropping the way back says that there is no answer.
                if let (Some(tool), Some(answers)) = (self.forms.remove(&id), answers) {
                    let _ = tool.send(answers);
                }
            }
            Effect::Record(fact) => self.record(fact).await?,
            Effect::Emit(event) => self.emit(event).await,
            Effect::Arm(id, delay) => self.timer = Some((id, Box::pin(sleep(delay)))),
            Effect::Finish(_) => {}
        }
        Ok(Vec::new())
    }

    async fn op(&mut self, op: Op, mailbox: &mut Mailbox) -> Result<Vec<Input>, RecordError> {
        Ok(match op {
            Op::Interrupt => {
                self.session.stop_shells();
                vec![Input::Interrupted]
            }
            Op::Decide { id, decision } => vec![Input::Decided(id, decision)],
            Op::Steer { input } => {
                vec![Input::Steered(begin::person_says(self.session, self.turn_id, input, None).await?)]
            }
            Op::Configure(change) => {
                configure::configure(self.session, *change).await;
                Vec::new()
            }
            Op::Answer { id, answers } => vec![Input::Answered(id, answers)],
            Op::RunShell { command } => {
                self.session.start_shell(self.turn_id, command);
                Vec::new()
            }
            Op::UserTurn { .. } | Op::Compact | Op::Review { .. } => {
                mailbox.defer(op);
                Vec::new()
            }
            Op::Shutdown => {
                mailbox.put_first(op);
                vec![Input::Interrupted]
            }
            op => {
                aside::answer(self.session, op).await;
                Vec::new()
            }
        })
    }

    /// A person's command ended: its reports come first, then what the model is told.
    fn shell_ended(&mut self, ended: Result<ShellEnd, JoinError>) -> Result<Vec<Input>, RecordError> {
        let mut inputs = Vec::new();
        while let Ok(progress) = self.session.progress.1.try_recv() {
            inputs.push(self.progress(progress));
        }
        match ended {
            Ok(end) => inputs.push(Input::Told(self.session.shell_message(end)?)),
            Err(error) => tracing::error!(%error, "a person's command ended without an outcome"),
        }
        Ok(inputs)
    }

    fn sample(&mut self) -> Vec<Input> {
        let Some(ask) = self.waiting.take() else { return Vec::new() };
        if ask == Ask::Step {
            self.session.sampled_through = self.session.history_sequence;
        }
        let strictness = match self.session.lineage {
            // A reviewer's answer is read leniently, and asked for again when it cannot be read.
            Some(_) => SchemaStrictness::Loose,
            None => SchemaStrictness::Strict,
        };
        let schema = self.output_schema.as_deref().map(|schema| OutputSchema { schema, strictness });
        match request::prepare(self.session, self.turn_id, self.started, schema, ask) {
            Ok(request) => {
                self.source = Source::open(Arc::clone(&self.client), request);
                Vec::new()
            }
            Err(failure) => vec![Input::StreamFailed(failure)],
        }
    }

    async fn heard(&mut self, heard: Heard) -> Vec<Input> {
        match heard {
            Heard::Input(Input::Stream(Streamed::Rerouted(model)))
                if model.eq_ignore_ascii_case(&self.session.settings.model.slug) =>
            {
                Vec::new()
            }
            Heard::Input(input) => {
                if matches!(input, Input::Stream(_)) {
                    self.first_output.get_or_insert_with(Moment::now);
                }
                vec![input]
            }
            Heard::RateLimits(limits) => {
                if self.session.limits_reported(limits) {
                    let buckets = self.session.usage.rate_limits.clone();
                    self.emit(Event::RateLimits(buckets)).await;
                }
                Vec::new()
            }
        }
    }

    fn run_tool(&mut self, call: ToolCall) {
        let cx = ToolCx { cancel: self.cancel.clone(), ..self.session.tool_cx(self.turn_id) };
        let call_id = call.call_id.clone();
        self.unanswered.push(call_id.clone());
        let parallel = self.session.registry.parallel(&call);
        let running = self.session.registry.run(call, cx);
        let gate = Arc::clone(&self.gate);
        self.tools.spawn(async move {
            let outcome = match parallel {
                Parallel::Yes => {
                    let _beside_others = gate.read().await;
                    running.await
                }
                Parallel::No => {
                    let _alone = gate.write().await;
                    running.await
                }
            };
            (call_id, outcome)
        });
    }

    /// A tool's reports come before its end, whatever the order they were noticed in.
    fn tool_done(&mut self, done: Result<(CallId, ToolOutcome), JoinError>) -> Vec<Input> {
        let mut inputs = Vec::new();
        while let Ok(progress) = self.session.progress.1.try_recv() {
            inputs.push(self.progress(progress));
        }
        match done {
            Ok((call_id, outcome)) => {
                self.unanswered.retain(|waiting| waiting != &call_id);
                inputs.push(Input::ToolDone(call_id, outcome.output));
            }
            Err(error) => {
                tracing::error!(%error, "a tool ended without an outcome");
                if self.tools.is_empty() {
                    inputs.extend(self.answer_for_tools());
                }
            }
        }
        inputs
    }

    /// Answers for tools that did not answer themselves: every call gets an output.
    fn answer_for_tools(&mut self) -> Vec<Input> {
        self.stop = None;
        self.tools.abort_all();
        let aborted = |call_id| Input::ToolDone(call_id, ToolOutput::Text("aborted".to_owned()));
        self.unanswered.drain(..).map(aborted).collect()
    }

    fn progress(&mut self, progress: ToolProgress) -> Input {
        Input::Progress(match progress {
            ToolProgress::ItemStarted(item) => {
                self.session.items_started.insert(item.id().clone(), (self.turn_id, Moment::now()));
                Progress::Started(item)
            }
            ToolProgress::ItemCompleted(item) => Progress::Completed(item),
            ToolProgress::OutputDelta { item_id, delta } => Progress::Output(item_id, delta),
            ToolProgress::Warning(message) => Progress::Warning(message),
            ToolProgress::PlanUpdated { explanation, plan } => Progress::Plan(explanation, plan),
        })
    }

    async fn record(&mut self, fact: Fact) -> Result<(), RecordError> {
        let turn_id = self.turn_id;
        match fact {
            Fact::Item(item) => self.session.record_item(turn_id, &item),
            Fact::History(item) => self.session.record_history(turn_id, item),
            Fact::Output(answer) => self.session.record_answer(turn_id, &answer),
            Fact::Usage(response_id, usage) => self.session.record_usage(turn_id, response_id, usage),
            Fact::TokenCount => self.session.record_token_count().await,
            Fact::SummaryItem(item) => self.session.record_summary_item(turn_id, item),
            Fact::Compaction(summary, response_id) => {
                compact::record::record(self.session, turn_id, summary, response_id).await
            }
            Fact::FilterGuidance => self.session.record_filter_guidance(turn_id),
            Fact::AbortedMarker => self.session.record_aborted_marker(turn_id),
        }
    }

    async fn emit(&mut self, event: Event) {
        self.session.emitter.emit(event).await;
    }

    /// The last line of the turn, made durable.
    fn close(&mut self, end: &TurnEnd) -> Result<(), RecordError> {
        let Self { turn_id, started, first_output, .. } = *self;
        self.session.end_turn(&Ending { turn_id, started, first_output }, end).map(drop)
    }
}
