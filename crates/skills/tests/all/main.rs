//! Skills in real folders.
#![cfg(test)]

mod reading;
