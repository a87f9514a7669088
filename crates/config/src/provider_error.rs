//! What can be wrong with a `[model_providers.ID]` table. Owns the sentences; knows no file.

use crate::provider::keys_of_built_in;

/// Why a provider table is refused (`config.md §3`, `responses-wire.md §5.1`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderProblem {
    /// The id belongs to a built-in provider.
    #[error("this id is reserved for the built-in provider")]
    Reserved,
    /// A built-in Bedrock provider takes only a few keys.
    #[error("the built-in provider does not take `{0}`")]
    NotChangeable(String),
    /// `name` is missing or empty.
    #[error("a provider needs a `name` that is not empty")]
    NameMissing,
    /// `gateway_oauth` names no source of tokens, or two.
    #[error(
        "`gateway_oauth` needs either `credential_export` or `authorization_url`, `token_url` and `client_id`"
    )]
    GatewaySource,
    /// An address tokens must not be sent to.
    #[error(
        "`gateway_oauth.{0}` must be an https address (or http on this machine) without a user or a fragment"
    )]
    GatewayUrl(&'static str),
    /// `client_id` is empty, or `redirect_port` 0.
    #[error("`gateway_oauth` needs a `client_id` that is not empty, and no `redirect_port` 0")]
    GatewayClient,
    /// A header or cookie the token cannot travel in.
    #[error("`gateway_oauth.delivery`: `{0}` cannot carry the token")]
    GatewayName(String),
    /// Two things want the same header.
    #[error("the gateway's token and {1} would both be in the header `{0}`")]
    GatewayConflict(String, &'static str),
    /// `aws` outside Bedrock.
    #[error("`aws` is only for `amazon-bedrock` and `amazon-bedrock-runtime`")]
    AwsElsewhere,
    /// Two ways to authenticate at once.
    #[error("`auth` cannot stand beside `{0}`")]
    AuthConflict(&'static str),
    /// `aws.credential_export.command` or its like is missing or empty.
    #[error("`aws.{0}` needs a `command` that is not empty")]
    AwsCommandMissing(&'static str),
    /// `auth.command` is missing or empty.
    #[error("`auth` needs a `command` that is not empty")]
    AuthCommandMissing,
}

impl ProviderProblem {
    pub(crate) fn hint(&self, id: &str) -> Option<String> {
        match self {
            Self::Reserved => Some(format!("choose another id, for example `{id}-custom`")),
            Self::NotChangeable(_) => {
                let keys = keys_of_built_in(id).join("`, `");
                Some(format!("only these may be set here: `{keys}`"))
            }
            Self::GatewaySource => Some(
                "a program that prints the token, or a server at which people sign in: not both".to_owned(),
            ),
            Self::GatewayUrl(_) | Self::GatewayClient => None,
            Self::GatewayName(_) => Some(
                "for example `delivery = { kind = \"header\", name = \"x-gateway-token\" }`, or kind \"cookie\"".to_owned(),
            ),
            Self::GatewayConflict(..) => Some(
                "let the token travel elsewhere: `gateway_oauth.delivery = { kind = \"header\", name = \"..\" }`".to_owned(),
            ),
            Self::NameMissing => Some(format!("add `name = \"{id}\"`")),
            Self::AwsElsewhere => Some("remove the `aws` table".to_owned()),
            Self::AuthConflict(other) => Some(format!("keep either `auth` or `{other}`")),
            Self::AwsCommandMissing(_) => Some("name the program".to_owned()),
            Self::AuthCommandMissing => Some("name the program that prints the token".to_owned()),
        }
    }
}
