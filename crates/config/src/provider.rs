//! `[model_providers.ID]`: one custom provider, read and judged (`responses-wire.md §5.1`).
//! Owns the keys, defaults and refusals; knows no endpoint and sends nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use codex_protocol::WireApi;

use crate::error::ConfigError;
use crate::provider_error::ProviderProblem;
use crate::provider_gateway::{self, Beside, ProviderGateway};
use crate::secret::SecretText;
use crate::tree::{Node, Table, Value};
use crate::view::View;

/// Ids that always exist. The first three cannot be redefined.
pub const BUILTIN_PROVIDERS: [&str; 6] =
    ["openai", "ollama", "lmstudio", "amazon-bedrock", "amazon-bedrock-runtime", GCP];
const GCP: &str = "gcp";
const RESERVED: [&str; 3] = ["openai", "ollama", "lmstudio"];
const BEDROCK_KEYS: &[&str] = &["base_url", "auth", "http_headers", "aws"];
const GCP_KEYS: &[&str] = &["base_url", "auth", "http_headers", "project_id", "location", "credential_file"];

/// More attempts than this are not made, whatever the file says.
const RETRIES_MAX: u64 = 100;
const REQUEST_RETRIES: u64 = 4;
const STREAM_RETRIES: u64 = 5;
const STREAM_IDLE_MS: u64 = 300_000;
const WEBSOCKET_CONNECT_MS: u64 = 15_000;
const AUTH_TIMEOUT_MS: u64 = 5_000;
const AWS_EXPORT_MS: u64 = 60_000;
/// A person may have to sign in meanwhile.
const AWS_REFRESH_MS: u64 = 300_000;
const AUTH_REFRESH_MS: u64 = 300_000;

/// One `[model_providers.ID]` table with its defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Shown name. Exactly `OpenAI` switches on behaviour only that service has. Empty for a Bedrock table.
    pub name: String,
    /// Where requests go.
    pub base_url: Option<String>,
    /// The protocol it speaks.
    pub wire_api: WireApi,
    /// The variable holding the key.
    pub env_key: Option<String>,
    /// What to tell someone who has not set it.
    pub env_key_instructions: Option<String>,
    /// A token written into the file; `env_key` wins over it.
    pub experimental_bearer_token: Option<SecretText>,
    /// A program that prints a token.
    pub auth: Option<ProviderCommandAuth>,
    /// What a gateway before the server wants besides.
    pub gateway: Option<ProviderGateway>,
    /// Bedrock credentials.
    pub aws: Option<ProviderAws>,
    /// The project in Google Cloud; beats `GOOGLE_CLOUD_PROJECT`.
    pub project_id: Option<String>,
    /// The location in Google Cloud.
    pub location: Option<String>,
    /// A file with credentials for Google Cloud.
    pub credential_file: Option<PathBuf>,
    /// Where the server's models are listed, in place of `models` below `base_url`.
    pub model_catalog_url: Option<String>,
    /// Added to every request's query.
    pub query_params: BTreeMap<String, SecretText>,
    /// Added to every request's headers.
    pub http_headers: BTreeMap<String, SecretText>,
    /// Header name to the variable holding its value.
    pub env_http_headers: BTreeMap<String, String>,
    /// How often one request is tried again.
    pub request_max_retries: u64,
    /// How often a broken stream is opened again.
    pub stream_max_retries: u64,
    /// How long a stream may be silent.
    pub stream_idle_timeout: Duration,
    /// How long a WebSocket may take to open.
    pub websocket_connect_timeout: Duration,
    /// Whether the stored login is used.
    pub requires_openai_auth: bool,
    /// Whether the server speaks WebSocket.
    pub supports_websockets: bool,
}

/// `[model_providers.ID.auth]` (`responses-wire.md §5.3`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCommandAuth {
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
    /// How long its answer is used.
    pub refresh_interval: Duration,
    /// Where it runs; `None` is the thread's working folder.
    pub cwd: Option<PathBuf>,
}

/// `[model_providers.ID.aws]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderAws {
    /// The AWS profile.
    pub profile: Option<String>,
    /// The region; beats `AWS_REGION`.
    pub region: Option<String>,
    /// A program that prints credentials.
    pub credential_export: Option<ProviderAwsCommand>,
    /// A program that makes credentials available, such as one that signs in.
    pub auth_refresh: Option<ProviderAwsCommand>,
}

/// `[model_providers.ID.aws.credential_export]` and its like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderAwsCommand {
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// Reads every provider table of a checked tree.
pub(crate) fn read_providers(root: View<'_>) -> Result<BTreeMap<String, ProviderConfig>, ConfigError> {
    let mut out = BTreeMap::new();
    let Some(providers) = root.sub(&["model_providers"]) else { return Ok(out) };
    for (id, node) in providers.table {
        let Value::Table(table) = &node.value else { continue };
        let view = View { table, ..providers };
        out.insert(id.clone(), ProviderReader { id, node, view }.read()?);
    }
    Ok(out)
}

/// What the table of a built-in provider may hold.
pub(crate) fn keys_of_built_in(id: &str) -> &'static [&'static str] {
    if id == GCP { GCP_KEYS } else { BEDROCK_KEYS }
}

/// A program that prints a token; `None` without a program.
fn printed_by(table: View<'_>) -> Option<ProviderCommandAuth> {
    let millis = |key: &str, default: u64| Duration::from_millis(table.u64(&[key]).unwrap_or(default));
    Some(ProviderCommandAuth {
        command: table.string(&["command"]).filter(|command| !command.trim().is_empty())?,
        args: table.strings(&["args"]).unwrap_or_default(),
        timeout: millis("timeout_ms", AUTH_TIMEOUT_MS),
        refresh_interval: millis("refresh_interval_ms", AUTH_REFRESH_MS),
        cwd: table.path(&["cwd"]),
    })
}

struct ProviderReader<'a> {
    id: &'a str,
    node: &'a Node,
    view: View<'a>,
}

impl ProviderReader<'_> {
    fn read(&self) -> Result<ProviderConfig, ConfigError> {
        self.judge()?;
        let view = &self.view;
        let secret_map = |key: &str| {
            let map = view.string_map(&[key]).unwrap_or_default();
            map.into_iter().map(|(name, value)| (name, SecretText::new(value))).collect()
        };
        let retries = |key: &str, default: u64| view.u64(&[key]).unwrap_or(default).min(RETRIES_MAX);
        let millis = |key: &str, default: u64| Duration::from_millis(view.u64(&[key]).unwrap_or(default));
        Ok(ProviderConfig {
            name: view.string(&["name"]).unwrap_or_default(),
            base_url: view.string(&["base_url"]),
            wire_api: view.str(&["wire_api"]).and_then(WireApi::of_name).unwrap_or_default(),
            env_key: view.string(&["env_key"]),
            env_key_instructions: view.string(&["env_key_instructions"]),
            experimental_bearer_token: view.string(&["experimental_bearer_token"]).map(SecretText::new),
            auth: self.command_auth()?,
            gateway: self.gateway()?,
            aws: self.aws()?,
            project_id: view.string(&["project_id"]),
            location: view.string(&["location"]),
            credential_file: view.path(&["credential_file"]),
            model_catalog_url: view.string(&["model_catalog_url"]),
            query_params: secret_map("query_params"),
            http_headers: secret_map("http_headers"),
            env_http_headers: view.string_map(&["env_http_headers"]).unwrap_or_default(),
            request_max_retries: retries("request_max_retries", REQUEST_RETRIES),
            stream_max_retries: retries("stream_max_retries", STREAM_RETRIES),
            stream_idle_timeout: millis("stream_idle_timeout_ms", STREAM_IDLE_MS),
            websocket_connect_timeout: millis("websocket_connect_timeout_ms", WEBSOCKET_CONNECT_MS),
            requires_openai_auth: view.bool(&["requires_openai_auth"]).unwrap_or(false),
            supports_websockets: view.bool(&["supports_websockets"]).unwrap_or(false),
        })
    }

    fn judge(&self) -> Result<(), ConfigError> {
        if RESERVED.contains(&self.id) {
            return Err(self.fault(None, ProviderProblem::Reserved));
        }
        if BUILTIN_PROVIDERS.contains(&self.id) {
            let keys = keys_of_built_in(self.id);
            if let Some(key) = self.view.table.keys().find(|key| !keys.contains(&key.as_str())) {
                return Err(self.fault(Some(key), ProviderProblem::NotChangeable(key.clone())));
            }
        } else {
            if self.view.str(&["name"]).is_none_or(|name| name.trim().is_empty()) {
                return Err(self.fault(None, ProviderProblem::NameMissing));
            }
            if self.has("aws") {
                return Err(self.fault(Some("aws"), ProviderProblem::AwsElsewhere));
            }
        }
        Ok(())
    }

    fn command_auth(&self) -> Result<Option<ProviderCommandAuth>, ConfigError> {
        let Some(auth) = self.view.sub(&["auth"]) else { return Ok(None) };
        for rival in ["env_key", "experimental_bearer_token"] {
            if self.has(rival) {
                return Err(self.fault(Some(rival), ProviderProblem::AuthConflict(rival)));
            }
        }
        if self.view.bool(&["requires_openai_auth"]) == Some(true) {
            let rival = "requires_openai_auth";
            return Err(self.fault(Some(rival), ProviderProblem::AuthConflict(rival)));
        }
        match printed_by(auth) {
            None => Err(self.fault(Some("auth"), ProviderProblem::AuthCommandMissing)),
            command => Ok(command),
        }
    }

    fn gateway(&self) -> Result<Option<ProviderGateway>, ConfigError> {
        let Some(gateway) = self.view.sub(&["gateway_oauth"]) else { return Ok(None) };
        let has_login = self.view.bool(&["requires_openai_auth"]) == Some(true);
        let named = ["env_key", "experimental_bearer_token", "auth"].into_iter().any(|key| self.has(key));
        let messages = self.view.str(&["wire_api"]) == Some("messages");
        let credential = match () {
            // Where keys of that wire travel.
            () if self.has("env_key") && messages => Some("x-api-key"),
            () if named || has_login => Some("authorization"),
            () => None,
        };
        let headers = ["http_headers", "env_http_headers"].into_iter();
        let headers = headers.filter_map(|key| Some(self.view.sub(&[key])?.table.keys()));
        let beside = Beside { credential, headers: headers.flatten().collect() };
        let read = provider_gateway::read(gateway, &beside, printed_by);
        read.map(Some).map_err(|problem| self.fault(Some("gateway_oauth"), problem))
    }

    fn aws(&self) -> Result<Option<ProviderAws>, ConfigError> {
        let Some(aws) = self.view.sub(&["aws"]) else { return Ok(None) };
        let command = |key: &'static str, limit_ms: u64| {
            let Some(table) = aws.sub(&[key]) else { return Ok(None) };
            let command = table.string(&["command"]).filter(|command| !command.trim().is_empty());
            let command =
                command.ok_or_else(|| self.fault(Some("aws"), ProviderProblem::AwsCommandMissing(key)))?;
            let timeout = Duration::from_millis(table.u64(&["timeout_ms"]).unwrap_or(limit_ms));
            let args = table.strings(&["args"]).unwrap_or_default();
            Ok(Some(ProviderAwsCommand { command, args, timeout }))
        };
        Ok(Some(ProviderAws {
            profile: aws.string(&["profile"]),
            region: aws.string(&["region"]),
            credential_export: command("credential_export", AWS_EXPORT_MS)?,
            auth_refresh: command("auth_refresh", AWS_REFRESH_MS)?,
        }))
    }

    fn has(&self, key: &str) -> bool {
        let table: &Table = self.view.table;
        table.contains_key(key)
    }

    /// A fault at one of the table's keys, or at the table itself.
    fn fault(&self, key: Option<&str>, problem: ProviderProblem) -> ConfigError {
        let node = key.and_then(|key| self.view.table.get(key)).unwrap_or(self.node);
        let place = Box::new(self.view.sources.key_place(&node.origin));
        ConfigError::Provider { place, id: self.id.to_owned(), problem }
    }
}
