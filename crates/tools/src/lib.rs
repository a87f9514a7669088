//! The tools a model can call: one file and one registry line each.
