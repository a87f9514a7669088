//! The house rules, run over this repository, and each rule run over a sample that breaks it.
#![cfg(test)]

mod house;
mod rules;
