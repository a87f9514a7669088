//! Rules that say which commands run unasked, which ask and which never run: `.rules` files and their judgement
//! (`safety.md §7`). Invariant: the strictest matching rule decides; a file that cannot be read whole is an error with
//! its place, never a shorter set of rules. Knows nothing of tools, sandboxes or shells: it is given argument vectors.

mod amend;
mod decision;
mod error;
mod eval;
mod host;
mod load;
mod report;
mod rules;

pub use amend::{AmendError, add_allow_rule, add_network_rule, is_bare_program, is_too_broad};
pub use decision::Decision;
pub use error::LoadError;
pub use host::{HostError, HostName};
pub use load::{load_files, load_folder, load_text};
pub use report::{MatchReport, RuleReport};
pub use rules::{ExecPolicy, HostExecutables, NetworkProtocol, NetworkRule, PrefixRule, RuleMatch};
