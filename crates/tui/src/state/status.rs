//! `/status`, `/ps` and what the thread reports about itself, as cards in the transcript (`tui.md` 11).

use codex_core::HeldBy;
use codex_protocol::{
    BackgroundTerminal, CollaborationMode, ContextReport, Op, RateLimitSnapshot, RateLimitWindow, SandboxMode,
};
use jiff::Timestamp;

use super::msg::{Cmd, Job};
use super::ui_state::State;
use crate::cells::{Card, Cell, elapsed, grouped};
use crate::text::{one_line, visible_blanks};

const BAR_COLUMNS: usize = 20;

/// `/status`: what is known now; what holds commands and where the tokens go follow when somebody has looked.
pub(super) fn status(state: &mut State) -> Vec<Cmd> {
    let mut rows = facts(state);
    rows.extend(limits(&state.around.limits, now(state)));
    show(state, "Status", rows);
    match state.info() {
        Some(info) => {
            let restricted = info.sandbox.mode() != SandboxMode::DangerFullAccess;
            let sandbox = restricted.then_some(Cmd::Job(Job::HeldBy));
            sandbox.into_iter().chain([Cmd::Submit(Op::ReportContext)]).collect()
        }
        None => Vec::new(),
    }
}

fn show(state: &mut State, title: &str, rows: Vec<(String, String)>) {
    state.transcript.push(Cell::Card(Card { title: title.to_owned(), rows }));
    state.transcript.scroll_to_bottom();
}

fn now(state: &State) -> i64 {
    let since = state.today.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(0)
}

fn facts(state: &State) -> Vec<(String, String)> {
    let unknown = || "not known yet".to_owned();
    let info = state.info();
    let model = info.map_or_else(unknown, |info| match &info.reasoning_effort {
        Some(effort) => format!("{} {effort}", info.model),
        None => info.model.clone(),
    });
    let permissions = info.map_or_else(unknown, |info| {
        format!("{}, asks: {}", info.sandbox.mode().as_str(), info.approval.as_str())
    });
    let agents = info.map_or_else(unknown, |info| match info.agents_md.as_slice() {
        [] => "none".to_owned(),
        files => files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", "),
    });
    let mode = info.map(|info| match info.collaboration {
        CollaborationMode::Default => "default",
        CollaborationMode::Plan => "plan",
    });
    let usage = &state.tokens;
    let tokens = format!(
        "{} in ({} cached), {} out ({} reasoning)",
        grouped(usage.input_tokens),
        grouped(usage.cached_input_tokens),
        grouped(usage.output_tokens),
        grouped(usage.reasoning_output_tokens)
    );
    let context = match (state.context_window, state.last_tokens.total_tokens) {
        (Some(window), used) if window > 0 => {
            let left = 100 - (used.min(window) * 100 / window);
            format!("{left}% left ({} of {} tokens used)", grouped(used), grouped(window))
        }
        _ => unknown(),
    };
    let saved = info.and_then(|info| info.rollout_path.as_ref());
    let mut rows = vec![
        ("model", model),
        ("provider", info.map_or_else(unknown, |info| info.provider.clone())),
        ("folder", state.folder()),
        ("permissions", permissions),
        ("AGENTS.md", agents),
        ("mode", mode.map_or_else(unknown, str::to_owned)),
        ("session", info.map_or_else(unknown, |info| info.thread_id.to_string())),
        ("saved in", saved.map_or_else(|| "nowhere".to_owned(), |path| path.display().to_string())),
        ("tokens", tokens),
        ("context", context),
    ];
    if let Some(name) = info.and_then(|info| info.name.clone()) {
        rows.insert(6, ("name", one_line(&name)));
    }
    if let Some(from) = info.and_then(|info| info.forked_from) {
        rows.push(("forked from", from.to_string()));
    }
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Somebody has looked what holds restricted commands on this system.
pub(super) fn held_by(state: &mut State, held_by: HeldBy) {
    let limits = held_by.limits.into_iter().map(|limit| ("not held".to_owned(), limit));
    let rows = std::iter::once(("held by".to_owned(), one_line(&held_by.mechanisms))).chain(limits);
    show(state, "Sandbox of commands", rows.collect());
}

/// One row a window, with a bar and the time it begins anew.
fn limits(buckets: &[RateLimitSnapshot], now: i64) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for bucket in buckets {
        let name = bucket.limit_name.as_deref().filter(|_| !bucket.is_default_bucket());
        for window in [&bucket.primary, &bucket.secondary].into_iter().flatten() {
            let label = match name {
                Some(name) => format!("{} {}", one_line(name), length(window)),
                None => format!("{} limit", length(window)),
            };
            rows.push((label, window_text(window, now)));
        }
        if let Some(credits) = &bucket.credits {
            let text = match (credits.unlimited, &credits.balance) {
                (true, _) => "unlimited".to_owned(),
                (false, Some(balance)) => one_line(balance),
                (false, None) if credits.has_credits => "some".to_owned(),
                (false, None) => "none".to_owned(),
            };
            rows.push(("credits".to_owned(), text));
        }
    }
    if !rows.is_empty() {
        rows.insert(0, (String::new(), String::new()));
    }
    rows
}

fn length(window: &RateLimitWindow) -> String {
    match window.window_minutes {
        Some(10_080) => "weekly".to_owned(),
        Some(minutes) if minutes >= 1440 && minutes % 1440 == 0 => format!("{}-day", minutes / 1440),
        Some(minutes) if minutes >= 60 && minutes % 60 == 0 => format!("{}h", minutes / 60),
        Some(minutes) => format!("{minutes}min"),
        None => "rate".to_owned(),
    }
}

fn window_text(window: &RateLimitWindow, now: i64) -> String {
    let used = window.used_percent.clamp(0.0, 100.0).round();
    // Between 0 and 100 by the clamp.
    let used = used as usize;
    let full = used * BAR_COLUMNS / 100;
    let bar = format!("{}{}", "█".repeat(full), "░".repeat(BAR_COLUMNS - full));
    let resets = window.resets_at.and_then(|at| {
        let moment = Timestamp::from_second(at).ok()?.to_zoned(jiff::tz::TimeZone::system());
        let format = if at - now < 86_400 { "%H:%M" } else { "%b %-d, %H:%M" };
        Some(format!(", resets {}", moment.strftime(format)))
    });
    format!("{bar} {}% left{}", 100 - used, resets.unwrap_or_default())
}

/// The thread has counted where the tokens of the next request go.
pub(super) fn context_reported(state: &mut State, report: &ContextReport) {
    let total = report.estimated_total().max(1);
    let parts = [
        ("instructions", report.instructions),
        ("tools", report.tools),
        ("AGENTS.md", report.agents_md),
        ("surroundings", report.environment),
        ("your messages", report.user_messages),
        ("replies", report.agent_messages),
        ("reasoning", report.reasoning),
        ("tool calls", report.tool_calls),
        ("tool output", report.tool_output),
        ("summaries", report.summaries),
    ];
    let mut rows: Vec<(String, String)> = parts
        .into_iter()
        .filter(|(_, tokens)| *tokens > 0)
        .map(|(name, tokens)| {
            let full = usize::try_from(tokens * BAR_COLUMNS as u64 / total).unwrap_or(0).min(BAR_COLUMNS);
            let bar = format!("{}{}", "█".repeat(full), "░".repeat(BAR_COLUMNS - full));
            (name.to_owned(), format!("{bar} {} ({}%)", grouped(tokens), tokens * 100 / total))
        })
        .collect();
    if let Some(at) = report.compact_at {
        rows.push(("summarised at".to_owned(), format!("{} tokens", grouped(at))));
    }
    show(state, "Context, estimated by part", rows);
}

/// What still runs in the background, when the person asked.
pub(super) fn terminals(state: &mut State, running: &[BackgroundTerminal]) {
    if !std::mem::take(&mut state.around.asked_terminals) {
        return;
    }
    if running.is_empty() {
        state.remark = Some("nothing runs in the background".to_owned());
        return;
    }
    let mut rows = Vec::new();
    for terminal in running {
        let command = one_line(&visible_blanks(&terminal.command));
        rows.push((elapsed(terminal.running_for), format!("{command}  (in {})", terminal.cwd.display())));
        let last = terminal.recent_output.lines().rev().find(|line| !line.trim().is_empty());
        if let Some(last) = last {
            rows.push((String::new(), crate::text::clean_output(last)));
        }
    }
    show(state, "Running in the background (/stop ends them)", rows);
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn limits_are_bars_with_their_lengths() {
        let window =
            |used_percent, window_minutes| RateLimitWindow { used_percent, window_minutes, resets_at: None };
        let bucket = RateLimitSnapshot {
            primary: Some(window(25.0, Some(300))),
            secondary: Some(window(250.0, Some(10_080))),
            ..RateLimitSnapshot::default()
        };
        let rows = limits(&[bucket], 0);
        let expected = [
            ("", "".to_owned()),
            ("5h limit", format!("{}{} 75% left", "█".repeat(5), "░".repeat(15))),
            ("weekly limit", format!("{} 0% left", "█".repeat(20))),
        ];
        assert_eq!(rows, expected.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(limits(&[], 0), Vec::new());
    }
}
