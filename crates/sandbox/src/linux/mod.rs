//! How Linux carries a policy: namespaces with read-only mounts, Landlock, seccomp.
//! Declares the pieces only.

mod child;
mod covers;
mod denied;
mod doors;
mod driver;
mod filter;
mod handle;
mod launch;
mod layers;
mod orders;
mod program;
mod ruleset;
mod spawner;
mod stdio;
mod sys;
mod territory;

pub(crate) use driver::Driver;
pub(crate) use filter::filter_missing;
pub(crate) use handle::ChildHandle;
pub(crate) use launch::{launch, probe};
pub(crate) use ruleset::{ABI_WITH_TRUNCATE, landlock_abi};
pub(crate) use spawner::on_spawner;
