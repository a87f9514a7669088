//! The UI against a scripted server, on a real pseudo terminal.
#![cfg(test)]
