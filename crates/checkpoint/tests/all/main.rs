//! Checkpoints of real folders and real repositories.

#![cfg(unix)]

#[cfg(test)]
mod git;
#[cfg(test)]
mod undo;
