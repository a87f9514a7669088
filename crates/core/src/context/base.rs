//! The built-in base instructions, in our own words.

/// Sent as the first item of every request unless the config replaces it.
pub(crate) const BASE_INSTRUCTIONS: &str = include_str!("base_instructions.md");
