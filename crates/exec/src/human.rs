//! Events to text for people (`exec.md §4`): pure, one exhaustive match.
//! Invariant: standard output gets the final message and nothing else; all foreign text passes `terminal::safe`.

use std::fmt::Write as _;

use codex_protocol::{
    CommandExecutionItem, Event, FileChange, FileChangeItem, ItemId, ItemStatus, PlanStep, PlanStepStatus,
    RateLimitSnapshot, SandboxPolicy, ThreadInfo, TokenUsage, TurnItem, WebSearchItem,
};

use crate::auto_review;
use crate::duration::{grouped, shown};
use crate::limits;
use crate::output::Chunk;
use crate::project::{command_line, reconnecting};
use crate::terminal::{Look, Paint, Target, safe};

/// Whether reasoning is shown to people (`hide_agent_reasoning`, `show_raw_agent_reasoning`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reasoning {
    Shown,
    Hidden,
}

/// What shapes the text.
#[derive(Debug)]
pub(crate) struct HumanOptions {
    pub(crate) prompt: Option<String>,
    pub(crate) approval: &'static str,
    pub(crate) reasoning: Reasoning,
    pub(crate) raw_reasoning: Reasoning,
    pub(crate) paint: Paint,
    pub(crate) stdout: Target,
    pub(crate) stderr: Target,
}

/// What was shown so far.
#[derive(Debug)]
pub(crate) struct HumanProjection {
    options: HumanOptions,
    cwd: String,
    /// The command whose heading stands last on the screen; its result needs no second one.
    open_command: Option<ItemId>,
    /// All buckets the server reported.
    limits: Vec<RateLimitSnapshot>,
}

impl HumanProjection {
    /// Before the first event.
    pub(crate) fn new(options: HumanOptions) -> Self {
        Self { options, cwd: String::new(), open_command: None, limits: Vec::new() }
    }

    /// The text one event gives.
    pub(crate) fn push(&mut self, event: &Event) -> Vec<Chunk> {
        match event {
            Event::ThreadStarted(info) => {
                self.cwd = info.cwd.display().to_string();
                self.err(|view| view.header(info))
            }
            Event::ItemStarted { item: TurnItem::CommandExecution(command), .. } => {
                let chunks = self.err(|view| view.command_heading(command));
                self.open_command = Some(command.id.clone());
                chunks
            }
            Event::ItemCompleted { item, .. } => self.err(|view| view.completed(item)),
            Event::PlanUpdated { explanation, plan, .. } => {
                self.err(|view| view.plan(explanation.as_deref(), plan))
            }
            Event::Warning { message } => {
                self.err(|view| view.labelled(Look::YellowBold, "warning:", message))
            }
            Event::Reconnecting { attempt, reason, .. } => {
                self.err(|view| view.labelled(Look::RedBold, "ERROR:", &reconnecting(*attempt, reason)))
            }
            Event::RateLimits(buckets) => {
                self.limits.clone_from(buckets);
                Vec::new()
            }
            Event::TurnCompleted { last_agent_message, usage, .. } => {
                self.end(last_agent_message.as_deref(), usage)
            }
            Event::TurnFailed { error, .. } => {
                let hint = error.hint.as_deref();
                self.err(|view| {
                    let said = view.labelled(Look::RedBold, "ERROR:", &error.message);
                    let way_out = hint.map(|hint| view.labelled(Look::Dim, "hint:", hint));
                    said + &way_out.unwrap_or_default()
                })
            }
            Event::ApprovalReviewed { review, .. } => {
                let (looks, text) = auto_review::line(review);
                self.err(|view| view.labelled(looks, "auto review:", &text))
            }
            Event::TurnAborted { .. } => {
                self.err(|view| view.painted(Look::YellowBold, "turn interrupted") + "\n")
            }
            Event::TurnStarted { .. }
            | Event::QuestionsAsked { .. }
            | Event::QuestionsResolved { .. }
            | Event::SettingsChanged(_)
            | Event::ApprovalReviewStarted { .. }
            | Event::Rewound { .. }
            | Event::Renamed { .. }
            | Event::RefusalLifted { .. }
            | Event::ContextReported(_)
            | Event::Terminals(_)
            | Event::Refused { .. }
            | Event::PlanDelta { .. }
            | Event::ItemStarted { .. }
            | Event::AgentMessageDelta { .. }
            | Event::ReasoningDelta { .. }
            | Event::CommandOutputDelta { .. }
            | Event::ApprovalRequested { .. }
            | Event::ApprovalResolved { .. }
            | Event::TokensUsed { .. }
            | Event::ThreadClosed => Vec::new(),
        }
    }

    fn err(&mut self, text: impl FnOnce(&Self) -> String) -> Vec<Chunk> {
        let text = text(self);
        if text.is_empty() {
            return Vec::new();
        }
        self.open_command = None;
        vec![Chunk::Err(text.into_bytes())]
    }

    fn end(&mut self, message: Option<&str>, usage: &TokenUsage) -> Vec<Chunk> {
        // A server that counts nothing is not told as having used nothing.
        let mut chunks = match usage.billed() {
            0 => Vec::new(),
            billed => {
                let billed = grouped(billed);
                self.err(|view| format!("{}\n{billed}\n", view.painted(Look::Dim, "tokens used")))
            }
        };
        for line in limits::lines(&self.limits) {
            chunks.extend(self.err(|view| view.labelled(Look::YellowBold, "limit:", &line)));
        }
        // A person who sees both streams has the message on the screen already.
        let seen = (self.options.stdout, self.options.stderr) == (Target::Terminal, Target::Terminal);
        if let Some(message) = message.filter(|_| !seen) {
            chunks.push(Chunk::Out(lines(&safe(message, self.options.stdout)).into_bytes()));
        }
        chunks
    }

    fn header(&self, info: &ThreadInfo) -> String {
        let none = || "none".to_owned();
        let rows = [
            ("workdir", info.cwd.display().to_string()),
            ("model", info.model.clone()),
            ("provider", info.provider.clone()),
            ("approval", self.options.approval.to_owned()),
            ("sandbox", sandbox(&info.sandbox)),
            ("reasoning effort", info.reasoning_effort.clone().unwrap_or_else(none)),
            ("reasoning summaries", info.reasoning_summary.clone().unwrap_or_else(none)),
            ("session id", info.thread_id.to_string()),
        ];
        let mut out = format!("OpenAI Codex v{}\n--------\n", env!("CARGO_PKG_VERSION"));
        for (key, value) in rows {
            let key = self.painted(Look::Bold, &format!("{key}:"));
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{key} {}", self.safe(&value));
        }
        out.push_str("--------\n");
        if let Some(prompt) = &self.options.prompt {
            out.push_str(&self.painted(Look::Cyan, "user"));
            out.push('\n');
            out.push_str(&lines(&self.safe(prompt)));
        }
        out
    }

    fn completed(&self, item: &TurnItem) -> String {
        match item {
            TurnItem::AgentMessage(message) => {
                let heading = self.painted(Look::MagentaItalic, "codex");
                format!("{heading}\n{}", lines(&self.safe(&message.text())))
            }
            TurnItem::Reasoning(item) => {
                let parts = if self.options.raw_reasoning == Reasoning::Shown && !item.raw_content.is_empty()
                {
                    &item.raw_content
                } else {
                    &item.summary_text
                };
                let text = parts.join("\n");
                if self.options.reasoning == Reasoning::Hidden || text.is_empty() {
                    return String::new();
                }
                lines(&self.painted(Look::Dim, &self.safe(&text)))
            }
            TurnItem::CommandExecution(command) => self.command_result(command),
            TurnItem::FileChange(change) => self.file_change(change),
            TurnItem::WebSearch(search) => self.web_search(search),
            TurnItem::ImageView(image) => {
                let heading = self.painted(Look::MagentaItalic, "view image");
                format!("{heading}\n{}\n", self.safe(&image.path.display().to_string()))
            }
            TurnItem::ContextCompaction(_) => {
                format!("{}\n", self.painted(Look::Dim, "context summarised"))
            }
            TurnItem::Plan(plan) => lines(&self.safe(&plan.text)),
            TurnItem::UserMessage(_) | TurnItem::EnteredReviewMode(_) | TurnItem::ExitedReviewMode(_) => {
                String::new()
            }
        }
    }

    fn command_heading(&self, command: &CommandExecutionItem) -> String {
        let line = command_line(command);
        let cwd = command.cwd.strip_prefix("file://").unwrap_or(&command.cwd);
        let heading = self.painted(Look::MagentaItalic, "exec");
        format!("{heading}\n{} in {}\n", self.painted(Look::Bold, &self.safe(&line)), self.safe(cwd))
    }

    fn command_result(&self, command: &CommandExecutionItem) -> String {
        let mut out = String::new();
        if self.open_command.as_ref() != Some(&command.id) {
            out.push_str(&self.command_heading(command));
        }
        let took = command.duration.map(|took| format!(" in {}", shown(took))).unwrap_or_default();
        let (look, result) = match (command.status, command.exit_code) {
            (ItemStatus::Completed, _) => (Look::Green, format!(" succeeded{took}:")),
            (ItemStatus::Declined, _) => (Look::Red, " declined:".to_owned()),
            (ItemStatus::InProgress | ItemStatus::Failed, Some(code)) => {
                (Look::Red, format!(" exited {code}{took}:"))
            }
            (ItemStatus::InProgress | ItemStatus::Failed, None) => (Look::Red, format!(" failed{took}:")),
        };
        out.push_str(&self.painted(look, &result));
        out.push('\n');
        if !command.aggregated_output.is_empty() {
            out.push_str(&lines(&self.safe(&command.aggregated_output)));
        }
        out.push('\n');
        out
    }

    fn file_change(&self, item: &FileChangeItem) -> String {
        let word = match item.status {
            ItemStatus::InProgress => "in progress",
            ItemStatus::Completed => "completed",
            ItemStatus::Failed => "failed",
            ItemStatus::Declined => "declined",
        };
        let heading = self.painted(Look::MagentaItalic, "apply patch");
        let mut out = format!("{heading}\n{} {word}\n", self.painted(Look::Bold, "patch:"));
        for (path, change) in &item.changes {
            let path = path.strip_prefix(&self.cwd).unwrap_or(path).display().to_string();
            let (letter, moved) = match change {
                FileChange::Add { .. } => ('A', None),
                FileChange::Delete { .. } => ('D', None),
                FileChange::Update { move_path, .. } => ('M', move_path.as_ref()),
            };
            let moved = moved.map(|to| format!(" -> {}", to.display())).unwrap_or_default();
            let line = format!("{letter} {path}{moved}");
            out.push_str(&self.painted(Look::Dim, &self.safe(&line)));
            out.push('\n');
            if let FileChange::Update { unified_diff, .. } = change
                && !unified_diff.is_empty()
            {
                out.push_str(&lines(&self.safe(unified_diff)));
            }
        }
        if item.status == ItemStatus::Failed && !item.stderr.is_empty() {
            out.push_str(&lines(&self.safe(&item.stderr)));
        }
        out.push('\n');
        out
    }

    fn web_search(&self, search: &WebSearchItem) -> String {
        format!("{}\n{}\n", self.painted(Look::MagentaItalic, "web search"), self.safe(&search.query))
    }

    fn plan(&self, explanation: Option<&str>, plan: &[PlanStep]) -> String {
        let mut out = format!("{}\n", self.painted(Look::MagentaItalic, "plan"));
        if let Some(explanation) = explanation {
            out.push_str(&lines(&self.safe(explanation)));
        }
        for step in plan {
            let mark = match step.status {
                PlanStepStatus::Completed => "[x]",
                PlanStepStatus::InProgress => "[>]",
                PlanStepStatus::Pending => "[ ]",
            };
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{mark} {}", self.safe(&step.step));
        }
        out
    }

    fn labelled(&self, look: Look, label: &str, message: &str) -> String {
        format!("{} {}", self.painted(look, label), lines(&self.safe(message)))
    }

    fn painted(&self, look: Look, text: &str) -> String {
        self.options.paint.paint(look, text)
    }

    fn safe<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        safe(text, self.options.stderr)
    }
}

/// The text with a line feed at its end.
fn lines(text: &str) -> String {
    if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

fn sandbox(policy: &SandboxPolicy) -> String {
    match policy {
        SandboxPolicy::Profile(named) => {
            let network = if policy.network_enabled() { " (network access enabled)" } else { "" };
            format!("profile {}{network}", named.id)
        }
        SandboxPolicy::DangerFullAccess | SandboxPolicy::ReadOnly => policy.mode().as_str().to_owned(),
        SandboxPolicy::WorkspaceWrite {
            writable_roots,
            network_access,
            exclude_tmpdir_env_var,
            exclude_slash_tmp,
        } => {
            let mut roots = vec!["workdir".to_owned()];
            if !exclude_slash_tmp {
                roots.push("/tmp".to_owned());
            }
            if !exclude_tmpdir_env_var {
                roots.push("$TMPDIR".to_owned());
            }
            roots.extend(writable_roots.iter().map(|root| root.display().to_string()));
            let network = if *network_access { " (network access enabled)" } else { "" };
            format!("workspace-write [{}]{network}", roots.join(", "))
        }
    }
}

#[cfg(test)]
#[path = "human_tests.rs"]
mod tests;
