//! Saved threads: append, read from the tail, list, resume, fork. The only crate that knows the file layout.

mod compactions;
mod encode;
mod error;
mod faults;
mod find;
mod history;
mod layout;
mod legacy;
mod line;
mod list;
mod load;
mod loaded;
mod lock;
mod names;
mod payload;
mod preview;
mod prompts;
mod rewind;
mod shelf;
mod store;
mod tail;
mod thread_ref;
mod transcript;
mod unpack;
mod writer;

pub use compactions::{CompactionTrace, TracedItem};
pub use error::RolloutError;
pub use faults::Faults;
pub use list::{AgentThreads, ListFilter, ListOrder, Shelf, ThreadPages, ThreadSummary};
pub use loaded::{LoadedThread, SkipReason, Skipped, WindowState};
pub use prompts::{Prompt, PromptLog};
pub use store::ThreadStore;
pub use thread_ref::{Packing, ThreadFile, ThreadRef};
pub use transcript::{StoredItem, Transcript};
pub use writer::ThreadWriter;
