//! What the reader calls plain is run by real shells and compared with what they really started.

mod differential;
