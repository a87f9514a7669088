//! A scripted and recorded model server on loopback, for tests, `codex replay` and `codex demo`.
