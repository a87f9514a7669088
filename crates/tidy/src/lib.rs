//! One test that executes the house rules.
