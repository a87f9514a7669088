//! Small building blocks that know no product noun: atomic writes, JSONL reading, truncation.

mod atomic_write;
mod capture;

pub use atomic_write::{AtomicWriteError, atomic_write};
pub use capture::{CaptureError, Captured, ProgramRun, capture_program};

mod reverse_lines;

pub use reverse_lines::{LineText, ReverseLine, ReverseLines, ReverseSizes};
