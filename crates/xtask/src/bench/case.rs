//! What is measured: each case is one command line against a scripted server, and how often it is run.

use codex_sim::{Item, Reply};
use serde_json::json;

/// Calls of `true` in the tool case.
const TOOL_CALLS: usize = 50;
/// Text deltas in the streaming case.
const DELTAS: usize = 50_000;
const DELTA_TEXT: &str = "word ";

/// One kind of run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Case {
    /// `codex --version`.
    Version,
    /// `codex exec --json` with an answer at once.
    OneTurn,
    /// Fifty commands, one per response.
    ToolCalls,
    /// Fifty thousand text deltas in one response.
    Deltas,
    /// One turn on a saved thread of this many megabytes.
    Resume { megabytes: u64, index: Index },
}

/// What a run finds beside the thread files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Index {
    /// Every database is removed before each run: the thread is seen for the first time.
    Removed,
    /// What the run before left.
    Kept,
}

/// All cases, in the order of the table.
pub(crate) const CASES: [Case; 7] = [
    Case::Version,
    Case::OneTurn,
    Case::ToolCalls,
    Case::Deltas,
    Case::Resume { megabytes: 100, index: Index::Removed },
    Case::Resume { megabytes: 100, index: Index::Kept },
    Case::Resume { megabytes: 1000, index: Index::Removed },
];

impl Case {
    /// The name in tables and for `--only`.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Version => "version".to_owned(),
            Self::OneTurn => "one turn".to_owned(),
            Self::ToolCalls => format!("{TOOL_CALLS} tool calls"),
            Self::Deltas => "50,000 deltas".to_owned(),
            Self::Resume { megabytes, index } => {
                let size = if megabytes >= 1000 { "1 GB".to_owned() } else { format!("{megabytes} MB") };
                let seen = if index == Index::Kept { ", seen before" } else { "" };
                format!("resume {size}{seen}")
            }
        }
    }

    /// Counted runs, after one that is not counted.
    pub(crate) fn runs(self) -> usize {
        match self {
            Self::Version => 30,
            Self::OneTurn => 15,
            Self::ToolCalls => 3,
            Self::Deltas | Self::Resume { .. } => 5,
        }
    }

    /// What the model answers in one run, a reply for each request.
    pub(crate) fn replies(self) -> Vec<Reply> {
        match self {
            Self::Version => Vec::new(),
            Self::OneTurn | Self::Resume { .. } => vec![Reply::say("Done.")],
            Self::ToolCalls => (0..TOOL_CALLS)
                .map(|at| Reply::call("exec_command", &json!({"cmd": "true"}), &format!("call_{at}")))
                .chain([Reply::say("Done.")])
                .collect(),
            Self::Deltas => {
                let reply =
                    Reply::sse().created().item_added(Item::message("")).text_deltas(DELTAS, DELTA_TEXT);
                vec![reply.item_done(Item::message(&DELTA_TEXT.repeat(DELTAS))).completed()]
            }
        }
    }

    /// Arguments after `codex` and its general flags.
    pub(crate) fn arguments(self, thread_id: Option<&str>) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Version => &["--version"],
            Self::OneTurn | Self::ToolCalls | Self::Deltas => &["exec", "--json", "Do the next step."],
            Self::Resume { .. } => {
                &["exec", "--json", "resume", thread_id.unwrap_or_default(), "Do the next step."]
            }
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }
}
