//! Streaming Markdown to styled lines.
