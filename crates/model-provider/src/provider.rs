//! One provider as the client needs it: where requests go, what they carry, how often they are tried again.
//! A plain value with the defaults of `responses-wire.md §5.1`; knows neither config files nor sockets.

use std::time::Duration;

use codex_auth::{ProviderAuth, Secret};
use codex_protocol::{Passthrough, WireApi};

use crate::Gateway;

/// The id of the built-in provider.
pub const OPENAI_ID: &str = "openai";
/// The name that switches on behaviour only that service has.
pub const OPENAI_NAME: &str = "OpenAI";
/// The version of the Messages API that is spoken, in its header `anthropic-version`.
pub const MESSAGES_VERSION: &str = "2023-06-01";
/// More attempts than this are not made, whatever is configured.
pub const RETRIES_MAX: u64 = 100;

/// A model server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInfo {
    /// The key in `model_providers`, or a built-in id.
    pub id: String,
    /// The shown name; see [`Self::is_first_party`].
    pub name: String,
    /// The protocol it speaks.
    pub wire_api: WireApi,
    /// Requests go to `{base_url}/responses`, or to the path of another wire.
    pub base_url: String,
    /// Where the credential comes from.
    pub auth: ProviderAuth,
    /// Added to every request's query. Values may be credentials.
    pub query_params: Vec<(String, Secret)>,
    /// Added to every request's headers, over the client's own. Values may be credentials.
    pub http_headers: Vec<(String, Secret)>,
    /// Header name and the variable that holds its value; left out while the variable is unset or blank.
    pub env_http_headers: Vec<(String, String)>,
    /// A gateway before the server.
    pub gateway: Option<Gateway>,
    /// Where the server's models are listed, in place of `models` below `base_url`.
    pub models_url: Option<String>,
    /// How often one request is sent again before the answer starts.
    pub request_max_retries: u64,
    /// How often a broken stream is opened again.
    pub stream_max_retries: u64,
    /// How long a stream may go without an event.
    pub stream_idle_timeout: Duration,
    /// How long a WebSocket handshake may take.
    pub websocket_connect_timeout: Duration,
    /// Whether the stored login is meant for this provider.
    pub requires_openai_auth: bool,
    /// Whether the server speaks WebSocket.
    pub supports_websockets: bool,
    /// Set while requests are made for somebody signed in with ChatGPT.
    pub chatgpt: Option<ChatGptBackend>,
}

/// The service behind a sign-in with ChatGPT, as far as requests have to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatGptBackend {
    /// The workspace requests are made for.
    pub account_id: Option<String>,
    /// `chatgpt_base_url`, where the workspace's home is asked for; `None` when requests go to an address of the
    /// person's own, which nobody else is to decide about.
    pub routing_url: Option<String>,
}

impl ProviderInfo {
    /// A provider of the person's own, with every default.
    pub fn custom(id: impl Into<String>, name: impl Into<String>, base_url: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            wire_api: WireApi::Responses,
            base_url: base_url.into(),
            auth: ProviderAuth::None,
            query_params: Vec::new(),
            http_headers: Vec::new(),
            env_http_headers: Vec::new(),
            gateway: None,
            models_url: None,
            request_max_retries: 4,
            stream_max_retries: 5,
            stream_idle_timeout: Duration::from_millis(300_000),
            websocket_connect_timeout: Duration::from_millis(15_000),
            requires_openai_auth: false,
            supports_websockets: false,
            chatgpt: None,
        }
    }

    /// The built-in provider, used with an API key.
    pub fn openai(auth: ProviderAuth) -> Self {
        Self {
            auth,
            env_http_headers: vec![
                ("openai-organization".to_owned(), "OPENAI_ORGANIZATION".to_owned()),
                ("openai-project".to_owned(), "OPENAI_PROJECT".to_owned()),
            ],
            requires_openai_auth: true,
            supports_websockets: true,
            ..Self::custom(OPENAI_ID, OPENAI_NAME, "https://api.openai.com/v1")
        }
    }

    /// The address of an endpoint, with a query of its own or none, below `base_url`, whose query stays; `query_params` are not part of it.
    pub fn address_of(&self, endpoint: &str) -> String {
        let (path, query) = match self.base_url.split_once('?') {
            Some((path, query)) if endpoint.contains('?') => (path, format!("&{query}")),
            Some((path, query)) => (path, format!("?{query}")),
            None => (self.base_url.as_str(), String::new()),
        };
        format!("{}/{endpoint}{query}", path.trim_end_matches('/'))
    }

    /// The header a credential travels in. The Messages API takes keys in one of its own, and tokens as everybody does.
    pub fn credential_header(&self, credential: &Secret) -> (&'static str, Secret) {
        match (self.wire_api, &self.auth) {
            (WireApi::Messages, ProviderAuth::EnvKey { .. }) => ("x-api-key", credential.clone()),
            _ => ("authorization", Secret::new(format!("Bearer {}", credential.expose()))),
        }
    }

    /// Whether the provider is OpenAI's own service: decided by the exact name, as custom providers may proxy it.
    pub fn is_first_party(&self) -> bool {
        self.name == OPENAI_NAME
    }

    /// Whether this is the built-in provider, whose requests carry the client's version.
    pub fn is_built_in_openai(&self) -> bool {
        self.id == OPENAI_ID
    }

    /// Whether requests go to the service behind a sign-in with ChatGPT: what only that understands is left out
    /// everywhere else (`responses-wire.md §1.1, §5.6`).
    pub fn is_chatgpt_backend(&self) -> bool {
        self.is_built_in_openai() && self.chatgpt.is_some()
    }

    /// Whether items keep the client's metadata on the wire (`responses-wire.md §1.3`).
    pub fn passthrough(&self) -> Passthrough {
        if self.is_first_party() { Passthrough::Keep } else { Passthrough::Strip }
    }
}
