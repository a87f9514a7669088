//! A gateway before a model server, which wants a token of its own in a header or cookie of its own. Knows not where the
//! token comes from.

use codex_auth::{ProviderAuth, Secret};

/// What a gateway wants besides the server's own credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// Where its token comes from.
    pub auth: ProviderAuth,
    /// How the token travels.
    pub delivery: Delivery,
}

/// How a gateway's token travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// In a header.
    Header {
        /// Its name.
        name: String,
        /// The word before the token, such as `Bearer`; empty for none.
        scheme: String,
    },
    /// In a cookie.
    Cookie {
        /// Its name.
        name: String,
    },
}

impl Delivery {
    /// The header that carries the token.
    pub fn header(&self, token: &Secret) -> (String, Secret) {
        let token = token.expose();
        match self {
            Self::Header { name, scheme } if scheme.is_empty() => (name.clone(), Secret::new(token)),
            Self::Header { name, scheme } => (name.clone(), Secret::new(format!("{scheme} {token}"))),
            Self::Cookie { name } => ("cookie".to_owned(), Secret::new(format!("{name}={token}"))),
        }
    }
}
