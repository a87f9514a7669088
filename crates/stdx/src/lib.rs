//! Small building blocks that know no product noun: atomic writes, JSONL reading, truncation.

mod capture;

pub use capture::{CaptureError, Captured, ProgramRun, capture_program};
