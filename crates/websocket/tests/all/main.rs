//! Both ends of a connection, ours and another implementation's.
#![cfg(test)]

mod connection;
mod interop;
