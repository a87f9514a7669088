//! The managed way to the network: an HTTP and SOCKS5 proxy that lets through what the rules allow.
//! Invariant: a connection goes to exactly the address that was judged. Knows no tool, sandbox or person: whoever serves
//! a command answers for its hosts.

mod address;
mod connection;
mod datagrams;
mod decision;
mod dial;
mod forward;
mod framing;
mod http_head;
mod notice;
mod pattern;
mod refusal;
mod server;
mod settings;
mod socks;
mod target;
mod tunnel;
mod variables;

pub use decision::{Access, Intent, Known, Reason, Verdict, judge, judge_addresses};
pub use dial::{Resolver, Resolving};
pub use notice::Notice;
pub use pattern::{HostPattern, PatternError};
pub use server::{Listeners, NetworkProxy};
pub use settings::{Listing, Mode, ProxySettings};
pub use variables::{ProxyPorts, variables};
