//! Reading the JSON arguments of a function call. Unknown keys are ignored (`tools.md T7`); everything else that
//! does not fit is answered with the parser's own words, which the model can act on.

use serde::de::DeserializeOwned;

use crate::{ToolCall, ToolOutcome};

/// The arguments as `T`, or the outcome that answers the call instead.
pub(crate) fn parse_arguments<T: DeserializeOwned>(call: &ToolCall) -> Result<T, ToolOutcome> {
    serde_json::from_str(&call.payload)
        .map_err(|error| ToolOutcome::failed(format!("failed to parse function arguments: {error}")))
}
