//! What was seen of a command when it was judged, for people who want to know why. Values only; the judgement itself
//! is `judgement.rs`, which fills them, so that an explanation cannot differ from what happens.

use codex_execpolicy::{Decision, ExecPolicy, HostExecutables};
use codex_shell_syntax::{Shape, SimpleCommand, Word, started_by};

use crate::Judgement;

/// A judgement with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// How much of the script is understood.
    pub reading: Reading,
    /// Every command in it, in the order of the text.
    pub parts: Vec<Part>,
    /// Rules that match the whole argument vector, shell included.
    pub whole: Vec<RuleSeen>,
    /// Whether it removes by force, which is asked about in every mode.
    pub dangerous: bool,
    /// What follows.
    pub judgement: Judgement,
}

/// How much of a script is understood before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Nothing but commands of plain words: an allow rule can let it out of the sandbox.
    Plain,
    /// Valid shell with expansions, redirections, loops and the like.
    Compound,
    /// The grammar does not know it.
    Broken,
    /// Over a limit; its commands are not listed.
    TooLong,
}

impl Reading {
    pub(crate) fn of(shape: Shape) -> Self {
        match shape {
            Shape::Plain => Self::Plain,
            Shape::Compound => Self::Compound,
            Shape::Broken => Self::Broken,
            Shape::TooLong => Self::TooLong,
        }
    }
}

/// One command of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its words; those known only when it runs as they stand in the script.
    pub words: Vec<String>,
    /// How many of the first words are known before it runs: only these are compared with rules.
    pub known: usize,
    /// The rules that match.
    pub rules: Vec<RuleSeen>,
    /// What it starts in turn (`sudo`, `env`, `bash -c`, `xargs`, ...), where rules say more than "allow" of it.
    pub starts: Vec<Part>,
    /// Whether it hides what it starts behind more wrappers than are looked through, while there are rules that limit.
    pub is_hidden: bool,
}

impl Part {
    pub(crate) fn of(command: &SimpleCommand, rules: &ExecPolicy) -> Self {
        let mut part = Self::alone(command, rules);
        // Most rule sets only allow; then there is nothing to look for.
        if rules.limits() {
            let started = started_by(command);
            part.is_hidden = started.is_cut;
            let limited = |part: &Self| part.rules.iter().any(|rule| rule.decision > Decision::Allow);
            part.starts =
                started.commands.iter().map(|command| Self::alone(command, rules)).filter(limited).collect();
        }
        part
    }

    fn alone(command: &SimpleCommand, rules: &ExecPolicy) -> Self {
        let known: Vec<String> =
            command.words.iter().map_while(|word| word.literal().map(str::to_owned)).collect();
        let text = |word: &Word| match word {
            Word::Literal(text) | Word::Dynamic(text) => text.clone(),
        };
        Self {
            words: command.words.iter().map(text).collect(),
            known: known.len(),
            rules: rules_seen(&known, rules),
            starts: Vec::new(),
            is_hidden: false,
        }
    }
}

/// A rule that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSeen {
    /// What it says.
    pub decision: Decision,
    /// The words it matched.
    pub prefix: Vec<String>,
    /// `FILE:LINE`
    pub place: String,
    /// Why, in the words of who wrote it.
    pub justification: Option<String>,
}

/// The rules that match an argument vector.
pub(crate) fn rules_seen(argv: &[String], rules: &ExecPolicy) -> Vec<RuleSeen> {
    let matches = rules.matches(argv, HostExecutables::Resolve);
    let seen = matches.into_iter().map(|found| RuleSeen {
        decision: found.rule.decision,
        prefix: found.prefix,
        place: found.rule.place.clone(),
        justification: found.rule.justification.clone(),
    });
    seen.collect()
}
