//! The terminal UI: keys and thread events go in, a screen comes out.
//! Knows `codex_protocol`'s events and core's handle; no wire type, no file of a thread and no argument parser.

mod composer;
mod markdown;
