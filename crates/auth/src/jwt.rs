//! What a token says of itself: whom it is for and until when. The signature is the server's affair and is not looked
//! at, so nothing here may decide about access.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Claims this client reads (`responses-wire.md §5.4`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// Seconds since 1970.
    pub(crate) expires_at: Option<u64>,
    pub(crate) email: Option<String>,
    pub(crate) plan: Option<String>,
    pub(crate) account_id: Option<String>,
}

impl Claims {
    /// Of a token that is none, nothing is known.
    pub(crate) fn of(token: &str) -> Self {
        let Some(body) = body(token) else { return Self::default() };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let account = &body["https://api.openai.com/auth"];
        Self {
            expires_at: body["exp"].as_u64(),
            email: text(&body["email"]),
            plan: text(&account["chatgpt_plan_type"]),
            account_id: text(&account["chatgpt_account_id"]),
        }
    }
}

fn body(token: &str) -> Option<Value> {
    let encoded = token.split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(encoded.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}
