//! The tokens of a ChatGPT sign-in, as `auth.json` keeps them (`responses-wire.md §5.4`). Values only.

use serde_json::{Map, Value};

use crate::Secret;
use crate::jwt::Claims;
use crate::stored_login::FILE_NAME;

/// One sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatGptTokens {
    /// Says who signed in.
    pub id_token: Secret,
    /// What requests carry.
    pub access_token: Secret,
    /// What the next access token is had for, once.
    pub refresh_token: Secret,
    /// The workspace.
    pub account_id: Option<String>,
}

impl ChatGptTokens {
    /// From an answer of the token endpoint. Fields it leaves out are those of `before`.
    pub(crate) fn from_answer(answer: &Value, before: Option<&Self>) -> Option<Self> {
        let field = |name: &str, before: Option<&Secret>| {
            let new = answer[name].as_str().map(Secret::new).filter(|token| !token.is_empty());
            new.map(|token| token.known_as(FILE_NAME)).or_else(|| before.cloned())
        };
        let id_token = field("id_token", before.map(|tokens| &tokens.id_token))?;
        let kept = before.and_then(|tokens| tokens.account_id.clone());
        Some(Self {
            account_id: kept.or_else(|| Claims::of(id_token.expose()).account_id),
            access_token: field("access_token", before.map(|tokens| &tokens.access_token))?,
            refresh_token: field("refresh_token", before.map(|tokens| &tokens.refresh_token))?,
            id_token,
        })
    }

    /// From `tokens` of the file.
    pub(crate) fn from_file(tokens: &Value) -> Option<Self> {
        let mut read = Self::from_answer(tokens, None)?;
        if let Some(account) = tokens["account_id"].as_str() {
            read.account_id = Some(account.to_owned());
        }
        Some(read)
    }

    /// The fields of `tokens` in the file.
    pub(crate) fn to_file(&self) -> Map<String, Value> {
        let text = |secret: &Secret| Value::from(secret.expose());
        Map::from_iter([
            ("id_token".to_owned(), text(&self.id_token)),
            ("access_token".to_owned(), text(&self.access_token)),
            ("refresh_token".to_owned(), text(&self.refresh_token)),
            ("account_id".to_owned(), self.account_id.clone().into()),
        ])
    }

    /// When the access token ends, in seconds since 1970; `None` when it does not say.
    pub fn expires_at(&self) -> Option<u64> {
        Claims::of(self.access_token.expose()).expires_at
    }

    /// Whose sign-in it is.
    pub fn email(&self) -> Option<String> {
        Claims::of(self.id_token.expose()).email
    }

    /// The plan of the account, such as `pro`.
    pub fn plan(&self) -> Option<String> {
        Claims::of(self.id_token.expose()).plan
    }
}
