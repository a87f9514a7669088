//! Patch text -> edits -> files.
