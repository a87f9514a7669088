//! The one vocabulary: ids, Responses items, turn items, operations, events, limits. Serde only.

mod policy;

pub use policy::{ApprovalPolicy, PROTECTED_NAMES, SandboxMode, SandboxPolicy};
