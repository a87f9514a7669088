//! Every queue, wait and size with a limit, by name, with its unit at the end.

use std::time::Duration;

/// Events waiting for a front end before the thread slows down to its pace.
pub const EVENT_QUEUE_MAX: usize = 1024;
/// Operations waiting for a thread.
pub const OP_QUEUE_MAX: usize = 64;
/// Stream events waiting for the turn.
pub const STREAM_QUEUE_MAX: usize = 512;
/// Tool progress waiting for the turn.
pub const TOOL_PROGRESS_QUEUE_MAX: usize = 256;
/// One SSE event; larger ones end the stream with an error.
pub const SSE_EVENT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// An error body kept for its message.
pub const ERROR_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Tokens of one tool output shown to the model, unless the model's own limit is lower (`tools.md §3`).
pub const TOOL_OUTPUT_TOKENS_MAX: usize = 10_000;
/// Bytes counted as one token where the server has not counted.
pub const BYTES_PER_TOKEN: usize = 4;
/// Raw output of one command kept at each end; the middle is dropped (`tools.md §3`).
pub const COMMAND_OUTPUT_END_BYTES_MAX: usize = 512 * 1024;
/// Output of one command held in its live item.
pub const ITEM_OUTPUT_BYTES_MAX: usize = 1024 * 1024;
/// Output of one command kept on disk in its item; the live item may hold more.
pub const STORED_OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// Shortest and longest time a command call waits before it hands the process back (`tools.md §2`).
pub const COMMAND_YIELD_MIN: Duration = Duration::from_millis(250);
/// See [`COMMAND_YIELD_MIN`].
pub const COMMAND_YIELD_MAX: Duration = Duration::from_millis(30_000);
/// Live command processes of one thread (`tools.md T19`).
pub const COMMAND_PROCESSES_MAX: usize = 64;
/// How long a turn's first request waits for facts about the git repository.
pub const GIT_INFO_WAIT_MAX: Duration = Duration::from_millis(400);
/// An image file given to the model.
pub const IMAGE_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// First wait before a broken stream or request is tried again; doubles with each attempt.
pub const RETRY_FIRST: Duration = Duration::from_millis(200);
/// First wait when nobody answers at the address; doubles with each wait.
pub const NETWORK_WAIT_FIRST: Duration = Duration::from_secs(5);
/// Waits for the network before the turn gives up: 5 + 10 + 20 + 40 seconds.
pub const NETWORK_WAITS_MAX: u32 = 4;
/// How long tools get to end after an interrupt before they are answered for.
pub const TOOL_STOP_WAIT_MAX: Duration = Duration::from_millis(800);
/// Share of the context window at which the history is summarised, in percent (`responses-wire.md §4.2`).
pub const COMPACT_AT_PERCENT: u64 = 90;
/// Attempts to read a remote summary after the first (`responses-wire.md §4.4`).
pub const REMOTE_COMPACTION_RETRIES_MAX: u64 = 2;
/// Tokens of the person's own words kept word for word by a summary, newest first.
pub const COMPACTION_KEPT_TOKENS_MAX: usize = 20_000;
/// Bytes of the person's own images kept by a summary, newest first; those of the newest message stay in any case.
pub const COMPACTION_KEPT_IMAGE_BYTES_MAX: usize = 8 << 20;
/// Tokens a picture is taken to cost before the server has counted.
pub const IMAGE_TOKENS_ESTIMATE: usize = 1_500;
/// Questions to a person waiting for the turn to pass them on.
pub const ASK_QUEUE_MAX: usize = 16;
/// Rate-limit buckets of one response that are looked at; servers have a handful.
pub const RATE_LIMIT_BUCKETS_MAX: usize = 32;
/// Tokens of the list of skills, where `skills.max_context_tokens` does not say.
pub const SKILLS_LIST_TOKENS_MAX: usize = 4_000;
