//! Credentials: auth.json and keys from the environment. Tokens never leave as plain strings.
//! Also the small requests about accounts and servers that are no part of a model stream.

mod access_token;
mod agent_identity;
mod auth_server;
mod aws;
mod browser_sign_in;
mod chatgpt_tokens;
mod device_sign_in;
mod env;
mod error;
mod exchange;
mod external_auth;
mod fingerprint;
mod jwt;
mod keyring;
mod login_file;
mod login_place;
mod login_rules;
mod provider_auth;
mod refresh;
mod sealed_box;
mod secret;
mod signing;
mod stored_login;
mod tls_roots;

pub use access_token::{ACCESS_TOKEN_VARIABLE, AccessTokenKind, TokenOwner, agent_identity_of, owner_of};
pub use agent_identity::{AgentIdentity, AgentSigner, AgentSource};
pub use auth_server::AuthServer;
pub use aws::{AwsCredentials, AwsFiles, AwsSettings, AwsSigner};
pub use browser_sign_in::{BrowserSignIn, CALLBACK_PORT};
pub use chatgpt_tokens::ChatGptTokens;
pub use device_sign_in::DeviceSignIn;
pub use env::Env;
pub use error::AuthError;
pub use exchange::{Exchange, ExchangeAnswer, ExchangeError, Payload, exchange};
pub use external_auth::{ExternalAuth, ExternalLogin, LentToken, Supplying};
pub use fingerprint::fingerprint;
pub use login_place::{LoginPlace, Removed};
pub use login_rules::{LoginMethod, LoginStore};
pub use provider_auth::{AbsentLogin, CommandAuth, Credentials, ProviderAuth, Recovery};
pub use secret::Secret;
pub use signing::{RequestSigner, Signing, UnsignedRequest};
pub use stored_login::{BedrockKey, LoginKind, StoredLogin};
pub use tls_roots::{CA_VARIABLE, no_roots, system_roots};
