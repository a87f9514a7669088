//! The search on real folders.
#![cfg(test)]

mod searching;
