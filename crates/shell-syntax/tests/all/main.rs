//! What the reader calls plain is run by real shells and compared with what they really started.

#[cfg(test)]
mod differential;
#[cfg(test)]
mod removal;
