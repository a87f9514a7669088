//! Credentials: auth.json and keys from the environment. Tokens never leave as plain strings.
//! Also the small requests about accounts and servers that are no part of a model stream.

mod env;
mod error;
mod exchange;
mod login_place;
mod login_rules;
mod provider_auth;
mod secret;
mod stored_login;
mod tls_roots;

pub use env::Env;
pub use error::AuthError;
pub use exchange::{Exchange, ExchangeAnswer, ExchangeError, exchange};
pub use login_place::{LoginPlace, Removed};
pub use login_rules::{LoginMethod, LoginStore};
pub use provider_auth::{AbsentLogin, CommandAuth, Credentials, ProviderAuth};
pub use secret::Secret;
pub use stored_login::{LoginKind, StoredLogin};
