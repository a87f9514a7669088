//! What the proxy asks of and tells to whoever serves a command. One queue, so that the order is the order of events.

use std::net::IpAddr;

use tokio::sync::oneshot;

use crate::{Access, Reason};

/// A question or a fact.
#[derive(Debug)]
pub enum Notice {
    /// May this host be reached? Dropping the answer says no.
    Asked {
        /// What is wanted.
        access: Access,
        /// Yes, or why not.
        answer: oneshot::Sender<Result<(), Reason>>,
    },
    /// A connection stands.
    Opened {
        /// What was wanted.
        access: Access,
        /// The address it goes to.
        address: IpAddr,
    },
    /// Something was blocked; the command is told next.
    Blocked {
        /// What was wanted.
        access: Access,
        /// Why.
        reason: Reason,
    },
    /// The command has been told that it was blocked.
    Told,
}
