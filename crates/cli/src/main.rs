//! Argument parsing and dispatch; builds the one binary `codex`.

fn main() {}
