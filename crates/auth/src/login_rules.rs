//! What the configuration says about logins, in this crate's own terms. Values only.

/// `cli_auth_credentials_store`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoginStore {
    /// `auth.json`
    #[default]
    File,
    /// The system's keyring.
    Keyring,
    /// The keyring when it can be used, else the file.
    Auto,
    /// The memory of one process: nothing outlives a command.
    Ephemeral,
}

impl LoginStore {
    /// The word of the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Keyring => "keyring",
            Self::Auto => "auto",
            Self::Ephemeral => "ephemeral",
        }
    }
}

/// `forced_login_method`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginMethod {
    /// A key.
    ApiKey,
    /// A ChatGPT account.
    ChatGpt,
}

impl LoginMethod {
    /// As a person calls it.
    pub fn described(self) -> &'static str {
        match self {
            Self::ApiKey => "an API key",
            Self::ChatGpt => "a sign-in with ChatGPT",
        }
    }
}
