//! Saved threads: append, read from the tail, list, resume, fork. The only crate that knows the file layout.
