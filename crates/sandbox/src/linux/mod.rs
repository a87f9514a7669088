//! How Linux carries a policy: namespaces with read-only mounts, Landlock, seccomp.
//! Declares the pieces only.

mod bubblewrap;
mod carving;
mod child;
mod covers;
mod denied;
mod doors;
mod driver;
mod explain;
mod filter;
mod handle;
mod launch;
mod layers;
mod orders;
mod program;
mod rights;
mod ruleset;
mod spawner;
mod stdio;
mod sys;
mod territory;
mod tree;

pub(crate) use bubblewrap::{offer as offer_helper, probe as probe_bubblewrap, serve as serve_as_helper};
pub(crate) use driver::Driver;
pub(crate) use filter::filter_missing;
pub(crate) use handle::ChildHandle;
pub(crate) use launch::{launch, probe};
pub(crate) use ruleset::landlock_abi;
pub(crate) use spawner::on_spawner;
pub(crate) use territory::daemon_path;
