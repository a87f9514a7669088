//! One set of AWS credentials, and the forms in which programs and services hand them over.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde_json::Value;

use crate::Secret;

/// Credentials that end sooner are had anew before they are used.
const MARGIN: Duration = Duration::from_secs(120);

/// What signs a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsCredentials {
    /// Not a secret, but not shown either.
    pub access_key_id: Secret,
    /// The key.
    pub secret_access_key: Secret,
    /// Sent along when the credentials are of a session.
    pub session_token: Option<Secret>,
    /// When they end; `None` for those that do not.
    pub expires_at: Option<SystemTime>,
}

impl AwsCredentials {
    /// From `{AccessKeyId, SecretAccessKey, SessionToken | Token, Expiration}`, the form of `credential_process`,
    /// containers and instances, itself or below `Credentials`.
    pub(crate) fn of_json(body: &Value) -> Option<Self> {
        let body = if body["Credentials"].is_object() { &body["Credentials"] } else { body };
        let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty()).map(Secret::new);
        // A time as text, or seconds since 1970.
        let expiration = match &body["Expiration"] {
            Value::Number(seconds) => {
                seconds.as_f64().and_then(|seconds| Timestamp::from_second(seconds as i64).ok())
            }
            other => other.as_str().and_then(|text| text.parse::<Timestamp>().ok()),
        };
        Some(Self {
            access_key_id: text("AccessKeyId")?,
            secret_access_key: text("SecretAccessKey")?,
            session_token: text("SessionToken").or_else(|| text("Token")),
            expires_at: expiration.map(SystemTime::from),
        })
    }

    /// The same, known as secrets from now on.
    pub(crate) fn known(self) -> Self {
        Self {
            access_key_id: self.access_key_id.known_as("AWS_ACCESS_KEY_ID"),
            secret_access_key: self.secret_access_key.known_as("AWS_SECRET_ACCESS_KEY"),
            session_token: self.session_token.map(|token| token.known_as("AWS_SESSION_TOKEN")),
            ..self
        }
    }

    /// Whether they still sign for a while.
    pub(crate) fn are_good_at(&self, now: SystemTime) -> bool {
        self.expires_at.is_none_or(|end| end > now + MARGIN)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::AwsCredentials;
    use crate::Secret;

    #[test]
    fn programs_and_services_hand_over_the_same_fields() {
        let expected = AwsCredentials {
            access_key_id: Secret::new("id"),
            secret_access_key: Secret::new("key"),
            session_token: Some(Secret::new("tok")),
            expires_at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(60)),
        };
        let process = json!({ "Version": 1, "AccessKeyId": "id", "SecretAccessKey": "key", "SessionToken": "tok",
            "Expiration": "1970-01-01T00:01:00Z" });
        let service = json!({ "Credentials": { "AccessKeyId": "id", "SecretAccessKey": "key", "Token": "tok",
            "Expiration": "1970-01-01T00:01:00+00:00" } });
        for form in [process, service] {
            assert_eq!(AwsCredentials::of_json(&form), Some(expected.clone()));
        }
        assert_eq!(AwsCredentials::of_json(&json!({ "AccessKeyId": "id", "SecretAccessKey": "" })), None);
        let lasting = AwsCredentials { expires_at: None, ..expected.clone() };
        assert!(lasting.are_good_at(SystemTime::now()) && !expected.are_good_at(SystemTime::now()));
    }
}
