//! Small building blocks that know no product noun: atomic writes, JSONL reading, truncation.

mod atomic_write;
mod capture;
mod foreground;
mod form_encode;
mod local_zone;
mod lock_file;
mod output_file;
mod piped_program;
mod private_file;
mod private_folder;
mod random_name;
mod regular_file;
mod reverse_lines;
mod stand_in;

pub use atomic_write::{AtomicWriteError, atomic_write};
pub use capture::{CaptureError, Captured, ProgramRun, capture_program};
pub use foreground::run_in_foreground;
pub use form_encode::{form_decode, form_encode, query_encode};
pub use local_zone::local_zone;
pub use lock_file::{LockFile, LockFileError};
pub use output_file::OutputFile;
pub use piped_program::run_piped;
pub use private_file::PrivateFile;
pub use private_folder::make_private_folder;
pub use regular_file::{open_regular, read_regular};
pub use reverse_lines::{LineText, ReverseLine, ReverseLines, ReverseSizes};
pub use stand_in::is_really_there;
