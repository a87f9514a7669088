//! Credentials: auth.json and keys from the environment. Tokens never leave as plain strings.

mod env;
mod error;
mod provider_auth;
mod secret;
mod stored_login;

pub use env::Env;
pub use error::AuthError;
pub use provider_auth::{AbsentLogin, CommandAuth, Credentials, ProviderAuth};
pub use secret::Secret;
pub use stored_login::{LoginKind, StoredLogin};
