//! TOML layers folded into one `Config`; every error names its file, line and key.

mod check;
mod config;
mod edit;
mod error;
mod features;
mod features_table;
mod files;
mod flags;
mod home;
mod judge;
mod keys;
mod keys_table;
mod limits;
mod load;
mod network;
mod overrides;
mod permissions;
mod place;
mod policy_file;
mod project;
mod project_keys;
mod provider;
mod provider_error;
mod provider_gateway;
mod request;
mod required_rules;
mod requirements;
mod safekeeping;
mod secret;
mod sections;
mod suggest;
mod tree;
mod trusted_content;
mod tui;
mod value_error;
mod view;
mod warning;
mod words;

pub use config::Config;
pub use edit::{Edited, SettingValue, may_write, set_feature, set_setting, trust_project};
pub use error::ConfigError;
pub use features::{FeatureState, Features, Stage, is_known_feature};
pub use home::resolve_codex_home;
pub use limits::Limits;
pub use load::{Loaded, load};
pub use network::{NetworkProxyConfig, NetworkTable};
pub use permissions::{BUILTIN_PROFILES, ChosenProfile, PermissionProfiles};
pub use place::{Layer, Place};
pub use project::{Project, find_project_root};
pub use provider::{BUILTIN_PROVIDERS, ProviderAws, ProviderAwsCommand, ProviderCommandAuth, ProviderConfig};
pub use provider_error::ProviderProblem;
pub use provider_gateway::{GatewayDelivery, GatewaySignIn, GatewaySource, ProviderGateway};
pub use request::{
    FlagOverrides, LoadRequest, Oss, ProfileName, ProjectTrust, RuleFiles, SYSTEM_DIR, Strictness, UserLayer,
};
pub use required_rules::RequiredRule;
pub use safekeeping::{BlastRadius, Checkpoints, Privacy};
pub use secret::SecretText;
pub use sections::{
    AutoReviewConfig, CircuitBreak, HistoryConfig, IncludeSwitches, SearchLocation, ShellEnvironmentPolicy,
    SkillsConfig, WebSearchConfig, WorkspaceWrite,
};
pub use trusted_content::remember_trusted;
pub use tui::{KeyChange, Notifications, TuiSettings};
pub use value_error::ValueProblem;
pub use warning::{ConfigWarning, UnknownKey};
pub use words::{
    AlternateScreen, CredentialsStore, EnvironmentInherit, HistoryPersistence, Images, LoginMethod,
    NetworkMode, NotificationCondition, NotificationMethod, ReasoningSummary, ResumeCwd, ScreenReader,
    SearchContextSize, SessionPickerView, TrustLevel, Verbosity, WebSearchMode,
};
