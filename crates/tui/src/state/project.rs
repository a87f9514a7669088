//! Events to cells: the only place that knows both.
//! Invariant: every item becomes one cell, at the place where it was first seen.

use std::path::Path;

use codex_protocol::{
    AbortReason, CommandExecutionItem, Event, ItemId, ItemStatus, PlanStep, Reconnect, ThreadInfo, TurnError,
    TurnItem,
};

use super::gallery;
use super::msg::{Cmd, Job};
use super::notify::{self, Happening};
use super::submit::{begin_all, begin_next, give_back, is_local, remark, said};
use super::turn::{Retry, Stop, Turn};
use super::ui_state::{History, State, ThreadState};
use super::{asking, questions, reviewing, status};
use crate::cells::{
    Cell, CommandCell, CommandState, ExploredCell, Notice, PatchCell, PlanCell, ReplyCell, explorations,
};
use crate::transcript::Progress;

/// What an event changes.
pub(super) fn event(state: &mut State, event: Event) -> Vec<Cmd> {
    match event {
        Event::ThreadStarted(info) => return opened(state, info),
        Event::TurnStarted { .. } => {
            let now = state.now;
            state.turn.get_or_insert_with(|| Turn::new(now));
        }
        Event::ItemStarted { item, .. } => started(state, item),
        Event::ItemCompleted { item, .. } => {
            let images = gallery::images_of(&item);
            completed(state, item);
            return gallery::wish(state, images);
        }
        Event::AgentMessageDelta { item_id, delta } => reply_delta(state, item_id, &delta),
        Event::ReasoningDelta { item_id, delta } => reasoning_delta(state, item_id, &delta),
        Event::CommandOutputDelta { item_id, delta } => output_delta(state, &item_id, &delta),
        Event::PlanUpdated { explanation, plan, .. } => plan_updated(state, explanation, plan),
        Event::TokensUsed { last, total, context_window } => {
            if let Some(turn) = &mut state.turn {
                turn.tokens = turn.tokens.saturating_add(last.billed());
            }
            (state.last_tokens, state.tokens) = (last, total);
            state.context_window = context_window;
        }
        Event::ApprovalRequested { approval, .. } => return asking::asked(state, *approval),
        Event::ApprovalResolved { id, .. } => asking::resolved(state, &id),
        Event::ApprovalReviewStarted { approval, .. } => reviewing::approval_asked(state, &approval),
        Event::ApprovalReviewed { review, .. } => reviewing::approval_answered(state, &review),
        Event::Warning { message } => {
            state.around.warn(message.clone());
            state.transcript.push(Cell::notice(Notice::Warning, message));
        }
        Event::Reconnecting { attempt, reason, delay } => {
            let which = match attempt {
                Reconnect::Attempt { n, max } => format!("{n} of {max}"),
                Reconnect::Network => "waiting for the network".to_owned(),
            };
            if let Some(turn) = &mut state.turn {
                turn.retry = Some(Retry { at: state.now + delay, which, reason });
            }
        }
        Event::TurnCompleted { usage, .. } => {
            state.tokens = usage;
            return turn_completed(state);
        }
        Event::TurnFailed { error, .. } => return turn_failed(state, error),
        Event::TurnAborted { reason, .. } => return turn_aborted(state, reason),
        Event::ThreadClosed => state.thread = ThreadState::Closed,
        Event::RefusalLifted { .. } => {
            state.remark = Some("it passes once: say that it be tried again".to_owned())
        }
        Event::Refused { message } => state.transcript.push(Cell::notice(Notice::Warning, message)),
        Event::SettingsChanged(info) => settings_changed(state, info),
        Event::QuestionsAsked { form, .. } => return questions::asked(state, *form),
        Event::QuestionsResolved { id, answers } => questions::resolved(state, &id, answers),
        Event::Renamed { name } => {
            remark(state, Notice::Info, format!("this conversation is called {name} now"));
            if let ThreadState::Open(info) = &mut state.thread {
                info.name = Some(name);
            }
        }
        Event::RateLimits(limits) => state.around.limits = limits,
        Event::ContextReported(report) => status::context_reported(state, &report),
        Event::Terminals(running) => status::terminals(state, &running),
        Event::Rewound { before, input } => super::pointing::rewound(state, &before, &input),
        // Shown when it is whole.
        Event::PlanDelta { delta, .. } => talks(state, &delta),
    }
    Vec::new()
}

/// Earlier items of a saved thread, newest first.
pub(super) fn earlier(state: &mut State, items: Vec<TurnItem>, more: bool) -> Vec<Cmd> {
    let mut cells: Vec<(Option<ItemId>, Cell)> = Vec::new();
    for item in items.into_iter().rev() {
        let id = item.id().clone();
        if let Some(cell) = stored_cell(state, item, &mut cells) {
            cells.push((Some(id), cell));
        }
    }
    if state.last_reply.is_none() {
        state.last_reply = cells.iter().rev().find_map(|(_, cell)| match cell {
            Cell::Reply(reply) => Some(reply.source()),
            _ => None,
        });
    }
    if state.turns == 0 && state.history == (History::Loading { first: true }) {
        let said = cells.iter().filter_map(|(_, cell)| match cell {
            Cell::Said { text, .. } => Some(text.clone()),
            _ => None,
        });
        state.composer.set_history(state.around.prompts.iter().cloned().chain(said).collect());
    }
    state.transcript.insert(1, cells);
    state.history = if more { History::More } else { History::Complete };
    begin_next(state)
}

/// One line says what is different now.
fn settings_changed(state: &mut State, info: Box<ThreadInfo>) {
    let mut said = Vec::new();
    if let Some(before) = state.info() {
        if (&before.model, &before.reasoning_effort) != (&info.model, &info.reasoning_effort) {
            let effort =
                info.reasoning_effort.as_deref().map(|effort| format!(" {effort}")).unwrap_or_default();
            said.push(format!("model: {}{effort}", info.model));
        }
        let permissions = |info: &ThreadInfo| (info.approval, info.approvals_reviewer, info.sandbox.clone());
        if permissions(before) != permissions(&info) {
            said.push(format!(
                "permissions: {}, asks: {}",
                info.sandbox.mode().as_str(),
                reviewing::asks(info.approval, info.approvals_reviewer)
            ));
        }
        if before.collaboration != info.collaboration {
            said.push(format!("mode: {}", info.collaboration.as_str()));
        }
        if before.cwd != info.cwd {
            said.push(format!("folder: {}", info.cwd.display()));
        }
    }
    state.cwd = info.cwd.clone();
    state.model = Some(info.model.clone());
    state.context_window = info.context_window;
    state.thread = ThreadState::Open(info);
    if !said.is_empty() {
        remark(state, Notice::Info, said.join(" · "));
    }
}

fn opened(state: &mut State, info: Box<ThreadInfo>) -> Vec<Cmd> {
    state.is_first_open = false;
    state.cwd = info.cwd.clone();
    state.model = Some(info.model.clone());
    let mut cmds = vec![Cmd::Job(Job::Branch { cwd: info.cwd.clone() })];
    if info.history_items > 0 && info.rollout_path.is_some() {
        state.history = History::Loading { first: true };
        cmds.push(Cmd::LoadEarlier { id: info.thread_id, restart: true });
    }
    state.thread = ThreadState::Open(info);
    if state.history == History::Complete {
        let next = begin_next(state);
        if next.is_empty() {
            state.suggest();
        }
        cmds.extend(next);
    }
    cmds
}

fn started(state: &mut State, item: TurnItem) {
    talks(state, "");
    match item {
        TurnItem::CommandExecution(command) => put_command(state, &command),
        TurnItem::FileChange(change) => {
            let cell = Cell::Patch(PatchCell::new(&change, &state.cwd));
            put(state, change.id, cell, Progress::Growing);
        }
        TurnItem::ContextCompaction(_) => {
            if let Some(turn) = &mut state.turn {
                turn.heading = Some("Summarising the conversation".to_owned());
            }
        }
        TurnItem::EnteredReviewMode(_) => {
            if let Some(turn) = &mut state.turn {
                turn.heading = Some("Reviewing".to_owned());
            }
        }
        // These are shown by their deltas, or when they are whole.
        TurnItem::AgentMessage(_)
        | TurnItem::Reasoning(_)
        | TurnItem::UserMessage(_)
        | TurnItem::WebSearch(_)
        | TurnItem::Plan(_)
        | TurnItem::ExitedReviewMode(_)
        | TurnItem::ImageView(_) => {}
    }
}

fn completed(state: &mut State, item: TurnItem) {
    talks(state, "");
    match item {
        TurnItem::UserMessage(message) => user_message(state, message.id, &said(&message.content)),
        TurnItem::AgentMessage(message) => {
            let text = message.text();
            state.last_reply = Some(text.clone());
            match state.transcript.growing(&message.id) {
                Some(entry) => {
                    if let Cell::Reply(reply) = entry.cell_mut() {
                        reply.finish_as(text);
                    }
                    state.transcript.settle(&message.id);
                }
                None => {
                    close_burst(state);
                    state.transcript.push(Cell::Reply(ReplyCell::done(text)));
                }
            }
        }
        TurnItem::Reasoning(reasoning) => {
            if let Some(turn) = &mut state.turn {
                turn.heading = None;
            }
            let text = reasoning.summary_text.join("\n\n");
            let hidden = state.settings.hide_agent_reasoning || text.trim().is_empty();
            match state.transcript.growing(&reasoning.id) {
                Some(_) if hidden => state.transcript.drop_growing(&reasoning.id),
                Some(entry) => {
                    *entry.cell_mut() = Cell::Thought { text };
                    state.transcript.settle(&reasoning.id);
                }
                None if hidden => {}
                None => {
                    close_burst(state);
                    state.transcript.push(Cell::Thought { text });
                }
            }
        }
        TurnItem::CommandExecution(command) => put_command(state, &command),
        TurnItem::FileChange(change) => {
            let cell = Cell::Patch(PatchCell::new(&change, &state.cwd));
            put(state, change.id, cell, Progress::Settled);
        }
        TurnItem::WebSearch(search) => {
            put(state, search.id, Cell::Search { query: search.query }, Progress::Settled)
        }
        TurnItem::ImageView(image) => {
            let cell = viewed(&image.path, &state.cwd);
            let progress =
                if state.around.gallery.has_room() { Progress::Growing } else { Progress::Settled };
            put(state, image.id, cell, progress);
        }
        TurnItem::ContextCompaction(compaction) => {
            if let Some(turn) = &mut state.turn {
                turn.heading = None;
            }
            put(state, compaction.id, compacted(), Progress::Settled);
        }
        TurnItem::EnteredReviewMode(review) => {
            put(state, review.id, reviewing::began(&review.target), Progress::Settled)
        }
        TurnItem::ExitedReviewMode(review) => {
            if let Some(turn) = &mut state.turn {
                turn.heading = None;
            }
            put(state, review.id, reviewing::ended(review.review_output.as_ref()), Progress::Settled);
        }
        TurnItem::Plan(plan) => {
            put(state, plan.id, Cell::Reply(ReplyCell::done(plan.text)), Progress::Settled)
        }
    }
}

/// The stream moves, after a retry perhaps.
fn talks(state: &mut State, delta: &str) {
    if let Some(turn) = &mut state.turn {
        turn.came(state.now, delta.len());
    }
}

/// The person's words are saved: the cell that stood for them is settled, or they are taken off the steers.
fn user_message(state: &mut State, item: ItemId, cell: &Cell) {
    let Cell::Said { text, images } = cell else { return };
    let same = |other: &Cell| matches!(other, Cell::Said { text: t, images: i } if t == text && i == images);
    let waiting = state
        .transcript
        .all_growing()
        .find(|entry| entry.id.as_ref().is_some_and(is_local) && same(entry.cell()))
        .and_then(|entry| entry.id.clone());
    if let Some(id) = waiting {
        state.transcript.settle_as(&id, item);
        return;
    }
    let steer = state.steers.iter().position(|steer| same(&said(&super::submit::input(steer))));
    if let Some(at) = steer {
        state.steers.remove(at);
    }
    close_burst(state);
    state.transcript.push_settled(item, Cell::Said { text: text.clone(), images: images.clone() });
}

fn reply_delta(state: &mut State, id: ItemId, delta: &str) {
    talks(state, delta);
    if let Some(entry) = state.transcript.growing(&id) {
        if let Cell::Reply(reply) = entry.cell_mut() {
            reply.push(delta);
        }
        return;
    }
    close_burst(state);
    let mut reply = ReplyCell::streaming(state.width);
    reply.push(delta);
    state.transcript.push_growing(id, Cell::Reply(reply));
}

fn reasoning_delta(state: &mut State, id: ItemId, delta: &str) {
    talks(state, delta);
    if state.settings.hide_agent_reasoning {
        return;
    }
    if state.transcript.growing(&id).is_none() {
        close_burst(state);
        state.transcript.push_growing(id.clone(), Cell::Thought { text: String::new() });
    }
    let mut heading = None;
    if let Some(entry) = state.transcript.growing(&id)
        && let Cell::Thought { text } = entry.cell_mut()
    {
        text.push_str(delta);
        heading = bold_heading(text).or_else(|| last_line(text));
    }
    if let Some(turn) = &mut state.turn
        && heading.is_some()
    {
        turn.heading = heading;
    }
}

/// The line that is being written, or the one before while it is empty.
fn last_line(text: &str) -> Option<String> {
    text.lines()
        .rev()
        .map(|line| crate::text::one_line(&line.replace("**", "")))
        .find(|line| !line.is_empty())
}

/// The last `**heading**` of a summary that is whole.
fn bold_heading(text: &str) -> Option<String> {
    let mut parts = text.split("**");
    parts.next();
    let mut heading = None;
    while let (Some(bold), Some(_)) = (parts.next(), parts.next()) {
        heading = Some(bold);
    }
    heading.map(crate::text::one_line).filter(|heading| !heading.is_empty())
}

fn output_delta(state: &mut State, id: &ItemId, delta: &str) {
    if let Some(entry) = state.transcript.growing(id)
        && let Cell::Command(command) = entry.cell_mut()
    {
        command.push_output(delta);
    }
}

fn plan_updated(state: &mut State, explanation: Option<String>, steps: Vec<PlanStep>) {
    close_burst(state);
    let plan = PlanCell { explanation, steps };
    state.plan = Some(plan.progress()).filter(|(_, all)| *all > 0);
    state.transcript.push(Cell::Plan(plan));
}

/// Reads and searches join the burst that stands last; anything else is a cell of its own.
fn put_command(state: &mut State, item: &CommandExecutionItem) {
    let running = item.status == ItemStatus::InProgress;
    let cell = CommandCell::new(item);
    let burst = state
        .transcript
        .all_growing()
        .find(|entry| matches!(entry.cell(), Cell::Explored(burst) if burst.holds(&item.id)));
    let looks = explorations(&item.parsed_cmd);
    if let Some(entry) = burst {
        if let (Cell::Explored(burst), Some(looks)) = (entry.cell_mut(), looks) {
            burst.put(&item.id, looks, running, cell);
        }
        if state.transcript.last_growing().is_none_or(|last| !matches!(last.cell(), Cell::Explored(_))) {
            close_burst(state);
        }
        return;
    }
    let progress = if running { Progress::Growing } else { Progress::Settled };
    let Some(looks) = looks else { return put(state, item.id.clone(), Cell::Command(cell), progress) };
    if let Some(entry) = state.transcript.last_growing()
        && matches!(entry.cell(), Cell::Explored(_))
    {
        if let Cell::Explored(burst) = entry.cell_mut() {
            burst.put(&item.id, looks, running, cell);
        }
        return;
    }
    let mut burst = ExploredCell::default();
    burst.put(&item.id, looks, running, cell);
    close_burst(state);
    state.local_ids += 1;
    let id = ItemId::new(format!("burst-{}", state.local_ids));
    state.transcript.push_growing(id, Cell::Explored(burst));
}

/// Something else follows: bursts take no more commands, and those that rest are settled.
fn close_burst(state: &mut State) {
    state
        .transcript
        .settle_where(|entry| matches!(entry.cell(), Cell::Explored(burst) if !burst.is_running()));
}

fn put(state: &mut State, id: ItemId, cell: Cell, progress: Progress) {
    if let Some(entry) = state.transcript.growing(&id) {
        *entry.cell_mut() = cell;
        entry.forget_lines();
    } else {
        close_burst(state);
        state.transcript.push_growing(id.clone(), cell);
    }
    if progress == Progress::Settled {
        state.transcript.settle(&id);
    }
}

/// Nothing of the turn changes any more.
fn end_turn(state: &mut State, commands: CommandState) -> Option<Turn> {
    state.transcript.settle_where(|entry| {
        match entry.cell_mut() {
            Cell::Command(command) => command.leave(commands),
            Cell::Explored(burst) => burst.leave(commands),
            Cell::Reply(reply) => reply.finish(),
            _ => {}
        }
        entry.forget_lines();
        true
    });
    state.turn.take()
}

fn turn_completed(state: &mut State) -> Vec<Cmd> {
    if let Some(turn) = end_turn(state, CommandState::Background) {
        let took = state.now.saturating_sub(turn.since);
        state.transcript.push(Cell::TurnEnd { took, clock: state.wall_clock.clone() });
    }
    // A steer the thread did not take in any more becomes a turn of its own.
    if !state.steers.is_empty() {
        let steers = std::mem::take(&mut state.steers);
        return begin_all(state, steers);
    }
    let mut cmds = begin_next(state);
    if cmds.is_empty() {
        state.suggest();
        let said = state.last_reply.as_deref().and_then(|reply| reply.lines().find(|line| !line.is_empty()));
        cmds = notify::tell(state, Happening::TurnEnded, said.unwrap_or("The turn is done"));
    }
    // The turn may have changed it.
    cmds.push(Cmd::Job(Job::Branch { cwd: state.cwd.clone() }));
    cmds
}

fn turn_failed(state: &mut State, error: TurnError) -> Vec<Cmd> {
    end_turn(state, CommandState::Stopped);
    state.transcript.push(Cell::notice(Notice::Error, failure(&error)));
    give_back(state);
    notify::tell(state, Happening::TurnEnded, &format!("The turn failed: {}", error.message))
}

fn failure(error: &TurnError) -> String {
    match &error.hint {
        Some(hint) => format!("{}\nhint: {hint}", error.message),
        None => error.message.clone(),
    }
}

fn turn_aborted(state: &mut State, reason: AbortReason) -> Vec<Cmd> {
    let stop = end_turn(state, CommandState::Stopped).map_or(Stop::AndWait, |turn| turn.stop);
    let why = match reason {
        AbortReason::Interrupted => "interrupted: say what should happen instead",
        AbortReason::Replaced => "another turn took the place of this one",
        AbortReason::ReviewEnded => "the review ended",
    };
    state.transcript.push(Cell::notice(Notice::Error, why));
    if stop == Stop::AndGoOn && !state.steers.is_empty() {
        let steers = std::mem::take(&mut state.steers);
        return begin_all(state, steers);
    }
    give_back(state);
    Vec::new()
}

fn compacted() -> Cell {
    Cell::notice(Notice::Info, "the conversation was summarised; the model goes on from the summary")
}

/// The cell of an image the model looked at.
fn viewed(path: &Path, cwd: &Path) -> Cell {
    let shown = path.strip_prefix(cwd).unwrap_or(path).display().to_string();
    let url =
        path.is_absolute().then(|| format!("file://{}", path.display().to_string().replace(' ', "%20")));
    Cell::Image { path: shown, url, picture: None }
}

/// The cell of an item read from a file; reads join the burst before them.
fn stored_cell(state: &State, item: TurnItem, cells: &mut [(Option<ItemId>, Cell)]) -> Option<Cell> {
    Some(match item {
        TurnItem::UserMessage(message) => said(&message.content),
        TurnItem::AgentMessage(message) => Cell::Reply(ReplyCell::done(message.text())),
        TurnItem::Reasoning(reasoning) => {
            let text = reasoning.summary_text.join("\n\n");
            if state.settings.hide_agent_reasoning || text.trim().is_empty() {
                return None;
            }
            Cell::Thought { text }
        }
        TurnItem::CommandExecution(command) => {
            let mut cell = CommandCell::new(&command);
            // A command of a run that has ended does not run any more.
            cell.leave(CommandState::Stopped);
            let Some(looks) = explorations(&command.parsed_cmd) else { return Some(Cell::Command(cell)) };
            if let Some((_, Cell::Explored(burst))) = cells.last_mut() {
                burst.put(&command.id, looks, false, cell);
                return None;
            }
            let mut burst = ExploredCell::default();
            burst.put(&command.id, looks, false, cell);
            Cell::Explored(burst)
        }
        TurnItem::FileChange(change) => Cell::Patch(PatchCell::new(&change, &state.cwd)),
        TurnItem::WebSearch(search) => Cell::Search { query: search.query },
        TurnItem::ImageView(image) => viewed(&image.path, &state.cwd),
        TurnItem::ContextCompaction(_) => compacted(),
        TurnItem::EnteredReviewMode(review) => reviewing::began(&review.target),
        TurnItem::ExitedReviewMode(review) => reviewing::ended(review.review_output.as_ref()),
        TurnItem::Plan(plan) => Cell::Reply(ReplyCell::done(plan.text)),
    })
}
