//! The class of a turn error, for programs: in the form of rollout files (`app-server.md §4.5` has the same in camel
//! case).

use serde::{Deserialize, Deserializer, Serialize};

/// Why a turn failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorInfo {
    /// The input does not fit the model.
    ContextWindowExceeded,
    /// The plan's or key's budget is used up.
    UsageLimitExceeded,
    /// Requests come too fast.
    RateLimitExceeded,
    /// The server is out of capacity.
    ServerOverloaded,
    /// The server failed again and again.
    InternalServerError,
    /// The credentials were not accepted.
    Unauthorized,
    /// The server refused the request.
    BadRequest,
    /// The server refused the prompt.
    InvalidPrompt,
    /// The server has no such model.
    ModelNotFound,
    /// The server refused the content for its rules about attacks on computers.
    CyberPolicy,
    /// The server refused the content for its rules about biology.
    BioPolicy,
    /// The server answered with a status nothing else stands for.
    HttpConnectionFailed {
        /// The status.
        http_status_code: Option<u16>,
    },
    /// The server refused again and again.
    ResponseTooManyFailedAttempts {
        /// The last status.
        http_status_code: Option<u16>,
    },
    /// Anything else.
    Other,
}

impl ErrorInfo {
    /// Reads a class; one this version does not know is [`Self::Other`].
    ///
    /// # Errors
    /// When there is no value.
    pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(serde_json::from_value(value).unwrap_or(Self::Other))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::ErrorInfo;

    #[test]
    fn classes_have_their_filed_form() {
        let check = |info: ErrorInfo, filed: serde_json::Value| {
            assert_eq!(serde_json::to_value(info).unwrap(), filed);
            assert_eq!(ErrorInfo::read(&filed).unwrap(), info);
        };
        check(ErrorInfo::ContextWindowExceeded, json!("context_window_exceeded"));
        let failed = ErrorInfo::HttpConnectionFailed { http_status_code: Some(404) };
        check(failed, json!({"http_connection_failed": {"http_status_code": 404}}));
    }

    #[test]
    fn classes_of_other_versions_are_no_error() {
        for odd in [json!("brand_new"), json!({"brand_new": {"x": 1}}), json!(7), json!(null), json!([])] {
            assert_eq!(ErrorInfo::read(&odd).unwrap(), ErrorInfo::Other, "{odd}");
        }
    }
}
