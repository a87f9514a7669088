//! Everything that can be wrong with configuration, and what a person can do about it.
//! Invariant: an error names the file, the line and the key it is about, and its hint names the way out.

use std::io;
use std::path::PathBuf;

use crate::place::Place;
use crate::provider_error::ProviderProblem;
use crate::value_error::ValueProblem;

/// Why configuration could not be loaded or edited (`config.md §3`).
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not TOML.
    #[error("{place}: {message}")]
    Syntax {
        /// Where parsing stopped.
        place: Box<Place>,
        /// What the parser expected.
        message: String,
    },
    /// The file is not UTF-8.
    #[error("Failed to read config file {}: invalid utf-8 at byte {offset}", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first byte that does not belong to a character.
        offset: usize,
    },
    /// The file exists but cannot be read.
    #[error("Failed to read config file {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is larger than a configuration file may be.
    #[error("Failed to read config file {}: it has {bytes} bytes, more than the {bytes_max} allowed", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// A value has the wrong type or is not one of the accepted words.
    #[error("{place}: {problem} in `{key}`")]
    Value {
        /// Where the value is.
        place: Box<Place>,
        /// The dotted key.
        key: String,
        /// What is wrong with it.
        problem: Box<ValueProblem>,
    },
    /// A key nobody knows, with strict checking.
    #[error("{}", unknown_key(place, key))]
    UnknownKey {
        /// Where the key is.
        place: Box<Place>,
        /// The dotted key.
        key: String,
        /// The known key it probably means.
        suggestion: Option<String>,
    },
    /// `-c` without `=`.
    #[error("Invalid override (missing '='): {0}")]
    OverrideWithoutEquals(String),
    /// `-c` with a key that cannot be read.
    #[error("Invalid override ({problem}): {text}")]
    OverrideKey {
        /// The whole override.
        text: String,
        /// What is wrong with its key.
        problem: &'static str,
    },
    /// `--enable` or `--disable` with an unknown name.
    #[error("Unknown feature flag: {name}")]
    UnknownFeature {
        /// The name given.
        name: String,
        /// The flag it probably means.
        suggestion: Option<&'static str>,
    },
    /// `--profile` with something that is not a plain name.
    #[error("the profile name `{0}` is not a plain name")]
    ProfileName(String),
    /// `profile = "x"` in a file.
    #[error("{place}: the key `profile` (here `{name}`) is no longer supported")]
    LegacyProfile {
        /// Where the key is.
        place: Box<Place>,
        /// Its value.
        name: String,
    },
    /// `--profile x` together with `[profiles.x]`.
    #[error(
        "{place}: the profile `{name}` was chosen, but it is still written as a `[profiles.{name}]` table"
    )]
    LegacyProfileTable {
        /// Where the table is.
        place: Box<Place>,
        /// The profile.
        name: String,
        /// The file that profile belongs into.
        target: PathBuf,
    },
    /// A `[model_providers.ID]` table that cannot stand.
    #[error("{place}: {problem} in `model_providers.{id}`")]
    Provider {
        /// Where the fault is.
        place: Box<Place>,
        /// The provider id.
        id: String,
        /// What is wrong.
        problem: ProviderProblem,
    },
    /// `model_provider` names no provider.
    #[error("Model provider `{id}` not found")]
    UnknownProvider {
        /// The id asked for.
        id: String,
        /// Where it was asked for.
        place: Option<Box<Place>>,
        /// The ids there are.
        known: Vec<String>,
    },
    /// `--oss` without a usable local provider.
    #[error("`--oss` needs a local provider, and {found}")]
    OssProvider {
        /// What is there instead.
        found: String,
    },
    /// `approval_policy = "untrusted"`.
    #[error("{place}: `approval_policy = \"untrusted\"` is no longer supported")]
    ApprovalPolicyUntrusted {
        /// Where it is set.
        place: Box<Place>,
    },
    /// `[permissions]` profiles without a chosen one.
    #[error("{place}: `[permissions]` is set but `default_permissions` is not")]
    PermissionsWithoutDefault {
        /// Where the table is.
        place: Box<Place>,
    },
    /// A permission profile that does not exist.
    #[error("{}there is no permission profile `{name}`; known are {}", at(place), known.join(", "))]
    UnknownPermissions {
        /// Where it is named; `None` when it is unknown.
        place: Option<Box<Place>>,
        /// The name.
        name: String,
        /// Every profile there is.
        known: Vec<String>,
    },
    /// Permission profiles that build on one another without end, or on nothing one can build on.
    #[error("{}permission profiles cannot build on one another like this: {chain}", at(place))]
    PermissionsCycle {
        /// Where the last step is written.
        place: Option<Box<Place>>,
        /// The steps.
        chain: String,
    },
    /// An `[mcp_servers.NAME]` table that names no usable transport.
    #[error("{place}: {problem} in `mcp_servers.{server}`")]
    McpServer {
        /// Where the fault is.
        place: Box<Place>,
        /// The server's name.
        server: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A file named by a key cannot be read.
    #[error("{place}: failed to read {} named by `{key}`: {source}", path.display())]
    NamedFile {
        /// Where the key is.
        place: Box<Place>,
        /// The dotted key.
        key: &'static str,
        /// The file it names.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `CODEX_HOME` names no folder.
    #[error("CODEX_HOME points to {}, which {problem}", path.display())]
    CodexHome {
        /// The value of the variable.
        path: PathBuf,
        /// Why it cannot be used.
        problem: &'static str,
    },
    /// No `CODEX_HOME` and no home folder.
    #[error("the home folder is unknown, so there is no place for `.codex`")]
    NoHome,
    /// A choice the administrator's requirements do not allow.
    #[error("`{key} = \"{value}\"` is not allowed by {}", file.display())]
    NotAllowed {
        /// The key.
        key: &'static str,
        /// The value chosen.
        value: String,
        /// The values that are allowed.
        allowed: Vec<String>,
        /// The requirements file.
        file: PathBuf,
    },
    /// An administrator's file that others may write.
    #[error("{} limits what may be chosen, but others may write it (mode {mode:o})", path.display())]
    PolicyFileOpen {
        /// The file, or its folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// An administrator's file that belongs to somebody else than the administrator or the person.
    #[error("{} limits what may be chosen, but belongs to another user (uid {owner})", path.display())]
    PolicyFileOwner {
        /// The file, or its folder.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
    },
    /// The project is marked untrusted and must not be trusted in passing.
    #[error("{} marks this project as untrusted: {}", file.display(), root.display())]
    ExplicitlyUntrusted {
        /// The user file.
        file: PathBuf,
        /// The project.
        root: PathBuf,
    },
    /// The user file has a shape an edit cannot keep.
    #[error("{} cannot be edited: `{key}` is not a table", file.display())]
    NotEditable {
        /// The user file.
        file: PathBuf,
        /// The key in the way.
        key: String,
    },
    /// An edit could not be written.
    #[error("could not save {}: {source}", file.display())]
    Write {
        /// The user file.
        file: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
}

fn unknown_key(place: &Place, key: &str) -> String {
    match place.file {
        Some(_) => format!("{place}: unknown configuration field `{key}`"),
        None => format!("unknown configuration field `{key}` in {}", place.layer),
    }
}

impl ConfigError {
    /// The way out, one sentence.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Value { problem, .. } => return problem.hint(),
            Self::Provider { id, problem, .. } => return problem.hint(id),
            Self::Syntax { .. } => return None,
            Self::NotUtf8 { .. } => "save the file as UTF-8".to_owned(),
            Self::Read { .. } | Self::NamedFile { .. } => {
                "check that the file exists and may be read".to_owned()
            }
            Self::TooLarge { .. } => "keep only settings in this file".to_owned(),
            Self::UnknownKey { suggestion, .. } => match suggestion {
                Some(near) => format!("did you mean `{near}`?"),
                None => "remove the key, or run without --strict-config".to_owned(),
            },
            Self::OverrideWithoutEquals(_) | Self::OverrideKey { .. } => {
                "write it as -c key=value, for example -c model_verbosity=low".to_owned()
            }
            Self::UnknownFeature { suggestion, .. } => match suggestion {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`codex features list` prints every name".to_owned(),
            },
            Self::ProfileName(_) => "pass a name of letters, digits, `-` and `_`, such as `work`".to_owned(),
            Self::LegacyProfile { name, .. } => {
                format!("remove it and run with `--profile {name}`, which reads `{name}.config.toml`")
            }
            Self::LegacyProfileTable { target, .. } => {
                format!("move those settings to {} and delete the table", target.display())
            }
            Self::UnknownProvider { id, known, .. } => {
                format!("add a [model_providers.{id}] table, or choose one of {}", known.join(", "))
            }
            Self::OssProvider { .. } => {
                "pass --local-provider ollama or lmstudio, or set `oss_provider` in config.toml".to_owned()
            }
            Self::ApprovalPolicyUntrusted { .. } => {
                "remove the line, or use `on-request` or `never`".to_owned()
            }
            Self::PermissionsWithoutDefault { .. } => {
                "set `default_permissions` to the profile to use".to_owned()
            }
            Self::UnknownPermissions { name, .. } => {
                format!("add a [permissions.{name}] table, or name one of the known profiles")
            }
            Self::PermissionsCycle { .. } => {
                "let `extends` name `:read-only`, `:workspace` or another profile of yours".to_owned()
            }
            Self::McpServer { .. } => {
                "give the server either a `command` or a `url`; a token goes into `bearer_token_env_var`"
                    .to_owned()
            }
            Self::CodexHome { .. } => "create the folder, or unset CODEX_HOME".to_owned(),
            Self::NoHome => "set CODEX_HOME to an existing folder".to_owned(),
            Self::NotAllowed { allowed, .. } => format!("allowed: {}", allowed.join(", ")),
            Self::PolicyFileOpen { path, .. } => format!("ask for `chmod go-w {}`", path.display()),
            Self::PolicyFileOwner { path, .. } => format!("ask for `chown root {}`", path.display()),
            Self::ExplicitlyUntrusted { .. } => "change its `trust_level` in that file first".to_owned(),
            Self::NotEditable { key, .. } => format!("write `{key}` as a table, then try again"),
            Self::Write { .. } => "check the folder's permissions and the free space".to_owned(),
        })
    }

    /// The place the error is about, when it is about one.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Syntax { place, .. }
            | Self::Value { place, .. }
            | Self::UnknownKey { place, .. }
            | Self::LegacyProfile { place, .. }
            | Self::LegacyProfileTable { place, .. }
            | Self::Provider { place, .. }
            | Self::ApprovalPolicyUntrusted { place }
            | Self::PermissionsWithoutDefault { place }
            | Self::McpServer { place, .. }
            | Self::NamedFile { place, .. } => Some(place),
            Self::UnknownProvider { place, .. }
            | Self::UnknownPermissions { place, .. }
            | Self::PermissionsCycle { place, .. } => place.as_deref(),
            Self::NotUtf8 { .. }
            | Self::Read { .. }
            | Self::TooLarge { .. }
            | Self::OverrideWithoutEquals(_)
            | Self::OverrideKey { .. }
            | Self::UnknownFeature { .. }
            | Self::ProfileName(_)
            | Self::OssProvider { .. }
            | Self::CodexHome { .. }
            | Self::NoHome
            | Self::NotAllowed { .. }
            | Self::PolicyFileOpen { .. }
            | Self::PolicyFileOwner { .. }
            | Self::ExplicitlyUntrusted { .. }
            | Self::NotEditable { .. }
            | Self::Write { .. } => None,
        }
    }

    /// What the command line prints: the fixed opening of `config.md §3`, the sentence, the excerpt, the hint.
    pub fn report(&self) -> String {
        let opening = match self {
            Self::OverrideWithoutEquals(_) | Self::OverrideKey { .. } => "Error parsing -c overrides: ",
            Self::UnknownFeature { .. }
            | Self::ProfileName(_)
            | Self::CodexHome { .. }
            | Self::NoHome
            | Self::ExplicitlyUntrusted { .. }
            | Self::NotEditable { .. }
            | Self::Write { .. } => "",
            _ if self.place().is_some_and(|place| place.file.is_some()) => "Error loading config.toml:\n",
            _ => "Error loading config.toml: ",
        };
        let mut out = format!("{opening}{self}");
        if let Some(excerpt) = self.place().and_then(Place::excerpt) {
            out.push('\n');
            out.push_str(&excerpt);
        }
        if let Some(hint) = self.hint() {
            out.push_str("\nhint: ");
            out.push_str(&hint);
        }
        out
    }
}

/// `PLACE: ` where there is one.
fn at(place: &Option<Box<Place>>) -> String {
    place.as_ref().map_or_else(String::new, |place| format!("{place}: "))
}
