//! `codex exec`: events to text or JSON lines.
