//! What can be wrong with one value. Owns the sentences about types and words; knows no file.

use crate::keys::one_of;
use crate::suggest::nearest;

/// Why a value does not fit its key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueProblem {
    /// Another type was expected.
    #[error("invalid type: {found}, expected {expected}")]
    Type {
        /// What was written.
        found: String,
        /// What the key takes.
        expected: String,
    },
    /// A number outside the key's range.
    #[error("invalid value: {found}, expected {expected}")]
    Range {
        /// What was written.
        found: String,
        /// What the key takes.
        expected: String,
    },
    /// A word the key does not know.
    #[error("unknown value `{found}`, expected {}", one_of(accepted))]
    Word {
        /// What was written.
        found: String,
        /// Every word the key takes.
        accepted: &'static [&'static str],
    },
}

impl ValueProblem {
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Word { found, accepted } => {
                nearest(found, accepted.iter().copied()).map(|near| format!("did you mean `{near}`?"))
            }
            Self::Type { .. } | Self::Range { .. } => None,
        }
    }
}
