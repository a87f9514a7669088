//! What other systems would be told to enforce the same permissions. Pure: permissions in, text out, on every platform.
//! Invariant: neither has been run on its system by this project's tests; commands are still refused there.

mod guard;
mod restricted_token;
mod seatbelt;

pub use restricted_token::{RestrictedToken, TokenStep, restricted_token};
pub use seatbelt::{Seatbelt, seatbelt};
