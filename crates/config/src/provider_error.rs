//! What can be wrong with a `[model_providers.ID]` table. Owns the sentences; knows no file.

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
                Some("only `base_url`, `auth`, `http_headers` and `aws` may be set here".to_owned())
            }
            Self::NameMissing => Some(format!("add `name = \"{id}\"`")),
            Self::AwsElsewhere => Some("remove the `aws` table".to_owned()),
            Self::AuthConflict(other) => Some(format!("keep either `auth` or `{other}`")),
            Self::AwsCommandMissing(_) => Some("name the program".to_owned()),
            Self::AuthCommandMissing => Some("name the program that prints the token".to_owned()),
        }
    }
}
