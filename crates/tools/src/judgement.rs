//! What happens to a command before it runs: the rules, the commands that are always asked about, the sandbox it wants
//! and whom one may ask (`safety.md §6`, `§7`). Pure. Invariants: the strictest answer wins; only a script that is
//! understood whole can be let out of the sandbox unasked; a rule that forbids holds wherever the command stands.

use codex_execpolicy::{Decision, ExecPolicy, is_bare_program, is_too_broad};
use codex_protocol::{ApprovalPolicy, AskedSandbox};
use codex_shell_syntax::{Dialect, Script, is_dangerous, read_script};

use crate::explain::{Explanation, Part, Reading, RuleSeen, rules_seen};

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The script.
    pub script: &'a str,
    /// The whole argument vector, shell included.
    pub argv: &'a [String],
    /// Whether the model wants to leave the sandbox.
    pub escalated: bool,
    /// The rule the model would like to have.
    pub prefix_rule: Option<&'a [String]>,
    /// Whether the shell is the person's or the system's ([`crate::is_known_shell`]): what another program does with the
    /// script is not known, so that no rule lets it out of the sandbox.
    pub known_shell: bool,
    /// Whether commands run without a sandbox anyway.
    pub unsandboxed: bool,
    /// Whom one may ask.
    pub approval: ApprovalPolicy,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It runs.
    Run(AskedSandbox),
    /// A person is asked; yes means running in this sandbox.
    Ask {
        /// The sandbox.
        sandbox: AskedSandbox,
        /// The rule that can be offered.
        rule: Option<Vec<String>>,
        /// Why, when a rule or we want the question.
        reason: Option<String>,
    },
    /// It does not run; the model is told why.
    Refuse(String),
}

/// Judges one command.
pub(crate) fn judge(asked: &Asked<'_>, rules: &ExecPolicy) -> Judgement {
    explain(asked, rules).judgement
}

/// Judges one command and says what was seen on the way.
pub fn explain(asked: &Asked<'_>, rules: &ExecPolicy) -> Explanation {
    let dialect = asked.argv.first().map(|shell| Dialect::of_shell(shell)).unwrap_or_default();
    let script = read_script(dialect, asked.script);
    let whole = rules_seen(asked.argv, rules);
    let parts: Vec<Part> = script.commands.iter().map(|command| Part::of(command, rules)).collect();
    let dangerous = is_dangerous(dialect, asked.script);
    let found = by_rules(&script, &whole, &parts);
    let judgement = decide(asked, &script, found, dangerous);
    Explanation { reading: Reading::of(script.shape), parts, whole, dangerous, judgement }
}

fn decide(
    asked: &Asked<'_>,
    script: &Script,
    found: Option<(Decision, Option<String>)>,
    danger: bool,
) -> Judgement {
    match &found {
        Some((Decision::Forbidden, justification)) => {
            let why = justification.clone().unwrap_or_else(|| "a rule forbids this command".to_owned());
            return Judgement::Refuse(rejected(asked.argv, &why));
        }
        Some((Decision::Prompt, justification)) => {
            let sandbox = wanted(asked);
            return match refusal(asked.approval, Question::Rule) {
                Some(text) => Judgement::Refuse(text.to_owned()),
                None => Judgement::Ask { sandbox, rule: None, reason: justification.clone() },
            };
        }
        Some((Decision::Allow, _)) if !danger && asked.known_shell => {
            return Judgement::Run(AskedSandbox::Left);
        }
        Some((Decision::Allow, _)) | None => {}
    }
    if danger {
        return match asked.approval {
            ApprovalPolicy::Never => {
                Judgement::Refuse(rejected(asked.argv, "removal by force needs a person's consent"))
            }
            // No rule is offered for what is always asked about when rules may not ask.
            ApprovalPolicy::Granular(flags) if !flags.rules => {
                Judgement::Ask { sandbox: wanted(asked), rule: None, reason: None }
            }
            _ => Judgement::Ask { sandbox: wanted(asked), rule: proposed(asked, script), reason: None },
        };
    }
    if asked.escalated && !asked.unsandboxed {
        return match refusal(asked.approval, Question::Sandbox) {
            Some(text) => Judgement::Refuse(text.to_owned()),
            None => {
                Judgement::Ask { sandbox: AskedSandbox::Left, rule: proposed(asked, script), reason: None }
            }
        };
    }
    match asked.approval {
        ApprovalPolicy::Untrusted => {
            Judgement::Ask { sandbox: AskedSandbox::Kept, rule: proposed(asked, script), reason: None }
        }
        ApprovalPolicy::OnFailure
        | ApprovalPolicy::OnRequest
        | ApprovalPolicy::Never
        | ApprovalPolicy::Granular(_) => Judgement::Run(AskedSandbox::Kept),
    }
}

fn wanted(asked: &Asked<'_>) -> AskedSandbox {
    if asked.escalated && !asked.unsandboxed { AskedSandbox::Left } else { AskedSandbox::Kept }
}

/// What raises a question.
#[derive(Debug, Clone, Copy)]
enum Question {
    Rule,
    Sandbox,
}

/// Why a command cannot ask for more than its sandbox gives, if it cannot.
pub(crate) fn sandbox_refusal(approval: ApprovalPolicy) -> Option<&'static str> {
    refusal(approval, Question::Sandbox)
}

/// Why nobody can be asked, in the words the model knows (`tools.md §3`).
fn refusal(approval: ApprovalPolicy, question: Question) -> Option<&'static str> {
    match (approval, question) {
        (ApprovalPolicy::Never, Question::Rule) => Some(
            "exec_command failed: CreateProcess { message: \"Rejected(\\\"approval required by policy, but \
             AskForApproval is set to Never\\\")\" }",
        ),
        (ApprovalPolicy::Never, Question::Sandbox) => Some(
            "approval policy is Never; reject command — more permissions cannot be granted here; run it with \
             sandbox_permissions use_default, or tell the user what is needed",
        ),
        (ApprovalPolicy::Granular(flags), Question::Rule) if !flags.rules => Some(
            "exec_command failed: CreateProcess { message: \"Rejected(\\\"approval required by policy rule, but \
             AskForApproval::Granular.rules is false\\\")\" }",
        ),
        (ApprovalPolicy::Granular(flags), Question::Sandbox) if !flags.sandbox_approval => Some(
            "approval policy does not let commands ask to leave the sandbox; reject command — run it with \
             sandbox_permissions use_default, or tell the user what is needed",
        ),
        _ => None,
    }
}

/// `` `COMMAND` rejected: WHY `` in its wrapper (`tools.md §3`).
pub(crate) fn rejected(argv: &[String], why: &str) -> String {
    let words = argv.iter().map(String::as_str);
    let command = shlex::try_join(words).unwrap_or_else(|_| argv.join(" "));
    let message = format!("Rejected({:?})", format!("`{command}` rejected: {why}"));
    format!("exec_command failed: CreateProcess {{ message: {message:?} }}")
}

/// The strictest rule over all parts. `Allow` only when every part is allowed and the script is nothing but its parts.
fn by_rules(script: &Script, whole: &[RuleSeen], parts: &[Part]) -> Option<(Decision, Option<String>)> {
    let strictest = |seen: &[RuleSeen]| {
        let rule = seen.iter().max_by_key(|rule| rule.decision)?;
        Some((rule.decision, rule.justification.clone()))
    };
    let whole = strictest(whole);
    // What a part starts in turn can only be limited by rules, never allowed.
    let started = parts.iter().flat_map(|part| &part.starts).filter_map(|part| strictest(&part.rules));
    let hidden = parts.iter().any(|part| part.is_hidden).then(|| {
        let why = "too many wrappers within wrappers to compare what is started with the rules";
        (Decision::Prompt, Some(why.to_owned()))
    });
    let inner: Vec<_> = started.chain(hidden).collect();
    let parts: Vec<_> = parts.iter().map(|part| strictest(&part.rules)).collect();
    let strict = whole
        .iter()
        .chain(parts.iter().flatten())
        .chain(&inner)
        .filter(|(decision, _)| *decision > Decision::Allow);
    if let Some(found) = strict.max_by_key(|(decision, _)| *decision) {
        return Some(found.clone());
    }
    let all_allowed = script.plain().is_some() && !parts.is_empty() && parts.iter().all(Option::is_some);
    (all_allowed || whole.is_some()).then_some((Decision::Allow, None))
}

/// The rule to offer with a question (`safety.md §6`): the model's own when the script is one plain command that begins
/// with it and it is not too broad, else the first command in full unless that is a bare `sh` or `git`, else the whole argument
/// vector.
fn proposed(asked: &Asked<'_>, script: &Script) -> Option<Vec<String>> {
    let plain = script.plain();
    if let (Some([only]), Some(prefix)) = (plain.as_deref(), asked.prefix_rule)
        && !prefix.is_empty()
        && only.starts_with(prefix)
        && !is_too_broad(prefix)
    {
        return Some(prefix.to_vec());
    }
    match plain {
        Some(commands) => commands.into_iter().next().filter(|command| !is_bare_program(command)),
        None => Some(asked.argv.to_vec()),
    }
}

#[cfg(test)]
#[path = "judgement_tests.rs"]
mod tests;
