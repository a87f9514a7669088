//! What `codex approvals` prints: the report of a judgement as values, and both reports as text. Pure. Invariant: no
//! control character of a command reaches the terminal.

use std::fmt::Write as _;

use codex_config::Config;
use codex_exec::screen_text;
use codex_execpolicy::Decision;
use codex_protocol::{ApprovalPolicy, AskedSandbox, Loss};
use codex_tools::{Explanation, Judgement, LossForecast, Part, PastCommand, Reading, RuleSeen};
use serde::Serialize;

use super::approvals::{Loss as LossVerdict, TestReport, Verdict};

/// Commands of a list are cut here; JSON has them whole.
const COMMAND_CHARS_MAX: usize = 100;
/// Places that are lost are listed up to here; JSON has them all.
const PLACES_MAX: usize = 10;

/// A judgement with its reasons.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WhyReport {
    command: String,
    argv: Vec<String>,
    escalated: bool,
    /// How much is understood before it runs: `plain`, `compound`, `broken`, `tooLong`.
    reading: &'static str,
    parts: Vec<PartReport>,
    /// Rules that match the shell's own argument vector.
    whole: Vec<RuleReport>,
    removes_by_force: bool,
    approval_policy: &'static str,
    sandbox: &'static str,
    network: bool,
    /// What it would take away if it ran here and now.
    #[serde(skip_serializing_if = "Option::is_none")]
    losses: Option<LossReport>,
    answer: AnswerReport,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct LossReport {
    /// Files the thread did not make: a new thread has made none.
    files: u64,
    bytes: u64,
    max_files: u64,
    max_bytes: u64,
    /// Whether everything was counted; otherwise there is more.
    counted: bool,
    /// Whether there may be more that only shows when it runs.
    unknown: bool,
    places: Vec<String>,
    /// How much, in words.
    amount: String,
    /// Why it stops for a question in every mode; absent when it may go.
    #[serde(skip_serializing_if = "Option::is_none")]
    stops: Option<String>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct PartReport {
    words: Vec<String>,
    /// How many of the first words are known before it runs.
    known: usize,
    rules: Vec<RuleReport>,
    /// Commands it starts in turn that a rule limits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    starts: Vec<PartReport>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleReport {
    decision: Decision,
    prefix: Vec<String>,
    place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct AnswerReport {
    verdict: Verdict,
    /// When asked: where a yes would run it.
    #[serde(skip_serializing_if = "Option::is_none")]
    yes_runs: Option<&'static str>,
    /// When asked: the rule that is offered with the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    offered_rule: Option<Vec<String>>,
    /// What a person is told, or the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl WhyReport {
    pub(crate) fn new(
        command: &PastCommand,
        argv: Vec<String>,
        explanation: &Explanation,
        losses: Option<LossForecast>,
        config: &Config,
        approval: ApprovalPolicy,
    ) -> Self {
        let policy = config.sandbox_policy();
        let answer = AnswerReport::of(&explanation.judgement, losses.as_ref(), approval);
        Self {
            command: command.script.clone(),
            argv,
            escalated: command.escalated,
            reading: match explanation.reading {
                Reading::Plain => "plain",
                Reading::Compound => "compound",
                Reading::Broken => "broken",
                Reading::TooLong => "tooLong",
            },
            parts: explanation.parts.iter().map(PartReport::of).collect(),
            whole: explanation.whole.iter().map(RuleReport::of).collect(),
            removes_by_force: explanation.dangerous,
            approval_policy: approval.as_str(),
            sandbox: policy.mode().as_str(),
            network: policy.network_enabled(),
            losses: losses.map(|forecast| LossReport::of(forecast, config)),
            answer,
        }
    }
}

impl PartReport {
    fn of(part: &Part) -> Self {
        Self {
            words: part.words.clone(),
            known: part.known,
            rules: part.rules.iter().map(RuleReport::of).collect(),
            starts: part.starts.iter().map(PartReport::of).collect(),
        }
    }
}

impl RuleReport {
    fn of(rule: &RuleSeen) -> Self {
        Self {
            decision: rule.decision,
            prefix: rule.prefix.clone(),
            place: rule.place.clone(),
            justification: rule.justification.clone(),
        }
    }
}

impl LossReport {
    fn of(forecast: LossForecast, config: &Config) -> Self {
        let LossForecast { losses, reason } = forecast;
        Self {
            files: losses.files,
            bytes: losses.bytes,
            max_files: config.blast_radius.files_max,
            max_bytes: config.blast_radius.bytes_max,
            counted: losses.counted,
            unknown: losses.unknown,
            amount: losses.amount(),
            places: losses.list.iter().map(Loss::line).collect(),
            stops: reason,
        }
    }
}

impl AnswerReport {
    fn of(judgement: &Judgement, losses: Option<&LossForecast>, approval: ApprovalPolicy) -> Self {
        let stop = losses.and_then(LossForecast::refusal);
        let loss = if stop.is_some() { LossVerdict::Stops } else { LossVerdict::Goes };
        let verdict = Verdict::of(judgement, loss, approval);
        match judgement {
            Judgement::Run(_) | Judgement::Ask { .. } if stop.is_some() && verdict == Verdict::Refused => {
                Self { verdict, yes_runs: None, offered_rule: None, reason: stop }
            }
            // What would be lost is asked about each time: no rule is offered with it.
            Judgement::Run(sandbox) | Judgement::Ask { sandbox, .. } if stop.is_some() => Self {
                verdict,
                yes_runs: Some(yes_runs(*sandbox)),
                offered_rule: None,
                reason: losses.and_then(|losses| losses.reason.clone()),
            },
            Judgement::Run(_) => Self { verdict, yes_runs: None, offered_rule: None, reason: None },
            Judgement::Ask { sandbox, rule, reason } => Self {
                verdict,
                yes_runs: Some(yes_runs(*sandbox)),
                offered_rule: rule.clone(),
                reason: reason.clone(),
            },
            Judgement::Refuse(text) => {
                Self { verdict, yes_runs: None, offered_rule: None, reason: Some(text.clone()) }
            }
        }
    }
}

fn yes_runs(sandbox: AskedSandbox) -> &'static str {
    match sandbox {
        AskedSandbox::Kept => "inSandbox",
        AskedSandbox::Left => "outside",
    }
}

/// The judgement for people.
pub(crate) fn why(report: &WhyReport) -> String {
    let mut out = String::new();
    fact(&mut out, "Command", &screen_text(&report.command));
    let argv: Vec<_> = report.argv.iter().take(2).map(String::as_str).collect();
    fact(&mut out, "Runs as", &format!("{} SCRIPT", screen_text(&argv.join(" "))));
    fact(&mut out, "Reading", reading(report));
    for (at, part) in report.parts.iter().enumerate() {
        let label = if at == 0 { "Parts" } else { "" };
        let words = part.words.join(" ");
        fact(&mut out, label, &screen_text(&words));
        if part.known < part.words.len() {
            let known = match part.known {
                0 => "nothing of it is known before it runs".to_owned(),
                known => format!("only `{}` is known before it runs", part.words[..known].join(" ")),
            };
            fact(&mut out, "", &format!("  {}", screen_text(&known)));
        }
        rules(&mut out, &part.rules);
        if part.rules.is_empty() {
            fact(&mut out, "", "  no rule");
        }
        for started in &part.starts {
            fact(&mut out, "", &screen_text(&format!("  starts {}", started.words.join(" "))));
            rules(&mut out, &started.rules);
        }
    }
    if !report.whole.is_empty() {
        fact(&mut out, "Shell", "rules that match the shell itself");
        rules(&mut out, &report.whole);
    }
    if report.removes_by_force {
        fact(&mut out, "Danger", "removal by force, asked about in every mode");
    }
    if report.escalated {
        fact(&mut out, "Escalated", "the model asks to run it outside of the sandbox");
    }
    if let Some(losses) = &report.losses {
        lost(&mut out, losses);
    }
    let network = if report.network { "on" } else { "off" };
    let policy =
        format!("approval {}, sandbox {} (network {network})", report.approval_policy, report.sandbox);
    fact(&mut out, "Policy", &policy);
    answer(&mut out, report);
    out
}

/// What would go, a few of the places, and what that means.
fn lost(out: &mut String, losses: &LossReport) {
    fact(out, "Loses", &format!("{} that no thread made", losses.amount));
    for place in losses.places.iter().take(PLACES_MAX) {
        fact(out, "", &format!("  {}", screen_text(place)));
    }
    if losses.places.len() > PLACES_MAX {
        fact(out, "", &format!("  and {} places more", losses.places.len() - PLACES_MAX));
    }
    if losses.unknown {
        fact(out, "", "  and what is known only when it runs");
    }
    let limits = format!(
        "goes unasked up to {} files and {} bytes in the workspace",
        losses.max_files, losses.max_bytes
    );
    fact(out, "", &limits);
    match &losses.stops {
        Some(why) => {
            fact(out, "", &format!("stops in every mode and whatever a rule allows: {}", screen_text(why)));
        }
        None => fact(out, "", "so it does not stop for that"),
    }
}

fn answer(out: &mut String, report: &WhyReport) {
    let answer = &report.answer;
    fact(out, "Answer", verdict_text(answer.verdict));
    if let Some(place) = answer.yes_runs {
        let place = if place == "outside" { "outside of the sandbox" } else { "within the mode's limits" };
        fact(out, "", &format!("yes runs it {place}"));
    }
    if let Some(rule) = &answer.offered_rule {
        fact(out, "", &screen_text(&format!("rule offered: {}", rule.join(" "))));
    }
    if let Some(reason) = &answer.reason {
        let whom =
            if answer.verdict == Verdict::Refused { "the model is told" } else { "the person is told" };
        fact(out, "", &screen_text(&format!("{whom}: {reason}")));
    }
}

fn reading(report: &WhyReport) -> &'static str {
    match report.reading {
        "plain" => "plain commands; an allow rule for each can let it out of the sandbox",
        "compound" => "more than plain commands; no allow rule lets it out of the sandbox",
        "broken" => "not understood; no allow rule lets it out of the sandbox",
        _ => "too long to be judged; no allow rule lets it out of the sandbox",
    }
}

fn rules(out: &mut String, rules: &[RuleReport]) {
    for rule in rules {
        let decision = decision_text(rule.decision);
        let mut line = format!("  {decision} `{}` at {}", rule.prefix.join(" "), rule.place);
        if let Some(justification) = &rule.justification {
            let _ = write!(line, ": {justification}");
        }
        fact(out, "", &screen_text(&line));
    }
}

fn decision_text(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::Prompt => "prompt",
        Decision::Forbidden => "forbidden",
    }
}

fn verdict_text(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::RunsInSandbox => "runs unasked, within the limits of the mode",
        Verdict::RunsOutside => "runs unasked, outside of the sandbox",
        Verdict::Asked => "a person is asked first",
        Verdict::Refused => "refused",
    }
}

/// One line with its label. Line ends inside a text begin a line of their own.
fn fact(out: &mut String, label: &str, text: &str) {
    let mut label = label;
    for line in text.lines() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{label:<10} {line}");
        label = "";
    }
}

const VERDICTS: [(Verdict, &str); 4] = [
    (Verdict::RunsInSandbox, "run in the sandbox"),
    (Verdict::RunsOutside, "run outside"),
    (Verdict::Asked, "asked"),
    (Verdict::Refused, "refused"),
];

fn short(verdict: Verdict) -> &'static str {
    VERDICTS.iter().find(|(known, _)| *known == verdict).map_or("", |(_, text)| text)
}

/// The replayed history for people: counts, then the commands that matter, or all of them.
pub(crate) fn test(report: &TestReport, all: bool) -> String {
    let mut out = format!(
        "{} commands of {} threads, {} different ones, as if they were to run now and here.\n\n",
        report.commands,
        report.threads,
        report.list.len()
    );
    let heads = if report.tried.is_some() { "now  tried" } else { "now" };
    let _ = writeln!(out, "{:<20} {heads:>8}", "");
    for (verdict, text) in VERDICTS {
        let now = report.now.get(&verdict).copied().unwrap_or_default();
        let _ = match &report.tried {
            Some(tried) => {
                let tried = tried.get(&verdict).copied().unwrap_or_default();
                writeln!(out, "{text:<20} {now:>6} {tried:>6}")
            }
            None => writeln!(out, "{text:<20} {now:>8}"),
        };
    }
    let listed: Vec<_> = match (all, &report.tried) {
        (true, _) => report.list.iter().collect(),
        (false, Some(_)) => report.list.iter().filter(|judged| judged.tried != Some(judged.now)).collect(),
        (false, None) => report.list.iter().filter(|judged| judged.now >= Verdict::Asked).collect(),
    };
    if !listed.is_empty() {
        out.push('\n');
    }
    for judged in listed {
        let mut verdict = short(judged.now).to_owned();
        if let Some(tried) = judged.tried.filter(|tried| *tried != judged.now) {
            let _ = write!(verdict, " -> {}", short(tried));
        }
        let times = if judged.times == 1 { String::new() } else { format!(" ({} times)", judged.times) };
        let command: String = judged.command.chars().take(COMMAND_CHARS_MAX).collect();
        let cut = if command.len() < judged.command.len() { "..." } else { "" };
        let command = command.replace('\n', " \u{23ce} ");
        if judged.loses_too_much {
            verdict.push_str(", would delete too much");
        }
        let _ = writeln!(out, "{verdict}{times}: {}{cut}", screen_text(&command));
    }
    if report.tried.is_some() && report.list.iter().all(|judged| judged.tried == Some(judged.now)) {
        out.push_str("\nThe rules that were tried decide nothing otherwise.\n");
    }
    out
}
