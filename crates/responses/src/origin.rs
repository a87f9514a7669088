//! Who sends a session's requests, with which credential and headers, over which TLS: what both transports share.
//! Knows no request but the one it is given.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use reqwest::Url;

use codex_auth::{Credentials, Env, Secret, UnsignedRequest};
use codex_model_provider::ProviderInfo;
use codex_protocol::WireApi;

use crate::account_routing::{AccountRouting, REGION_HEADER, RouteQuestion};
use crate::endpoint::Endpoint;
use crate::http_client::HttpClient;
use crate::turn_state::TURN_STATE;
use crate::{ClientOptions, PreparedRequest, RequestCompression, StreamError};

/// The sending side of a session.
pub(crate) struct Origin {
    pub(crate) options: ClientOptions,
    pub(crate) credentials: Arc<Credentials>,
    pub(crate) http: HttpClient,
    routing: AccountRouting,
    user_agent: OnceLock<String>,
}

/// What one attempt carries beyond its request.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AttemptFacts<'a> {
    pub(crate) secret: Option<&'a Secret>,
    pub(crate) turn_state: Option<&'a HeaderValue>,
    pub(crate) region: Option<&'a HeaderValue>,
    /// Whether the body is the compressed one.
    pub(crate) packed: bool,
}

impl Origin {
    /// Reads nothing and connects to nothing.
    pub(crate) fn new(options: ClientOptions) -> Self {
        let credentials = Arc::clone(options.provider.credentials());
        let http = HttpClient::new(options.provider.env());
        Self { options, credentials, http, routing: AccountRouting::default(), user_agent: OnceLock::new() }
    }

    /// The server as requests see it.
    pub(crate) fn provider(&self) -> &ProviderInfo {
        self.options.provider.info()
    }

    /// Where variables are looked up.
    pub(crate) fn env(&self) -> &Env {
        self.options.provider.env()
    }

    /// The address for requests with this credential, and the region they ask for.
    pub(crate) async fn destination(
        &self,
        secret: Option<&Secret>,
    ) -> Result<(Endpoint, Option<HeaderValue>), StreamError> {
        let (provider, identity, env) = (self.provider(), &self.options.identity, self.env());
        let endpoint = Endpoint::of(provider)?;
        let (Some(backend), Some(secret)) = (&provider.chatgpt, secret) else { return Ok((endpoint, None)) };
        if !provider.is_chatgpt_backend() || backend.routing_url.is_none() {
            return Ok((endpoint, None));
        }
        let question = RouteQuestion {
            backend,
            user_agent: &identity.short_user_agent(env),
            env,
            limit: provider.websocket_connect_timeout,
        };
        let route = self.routing.route(question, secret).await?;
        let endpoint = match &route.origin {
            Some(origin) => endpoint.at(origin)?,
            None => endpoint,
        };
        Endpoint::require_safe(endpoint.url.as_str())?;
        Ok((endpoint, route.region))
    }

    /// The bytes to send: compressed where that is understood and wanted (`responses-wire.md §1.1`).
    pub(crate) async fn wire_body(&self, request: &PreparedRequest) -> Result<(Bytes, bool), StreamError> {
        if self.options.compression == RequestCompression::Zstd && self.provider().is_chatgpt_backend() {
            return Ok((request.packed.of(&request.body).await?, true));
        }
        Ok((request.body.clone(), false))
    }

    /// All headers of one attempt, the client's own first, in the order of `responses-wire.md §1.1`.
    pub(crate) fn headers(
        &self,
        request: &PreparedRequest,
        facts: AttemptFacts<'_>,
    ) -> Result<HeaderMap, StreamError> {
        let (provider, identity, env) = (self.provider(), &self.options.identity, self.env());
        let mut headers = HeaderMap::with_capacity(24);
        // What the client says about itself and the thread is for servers made for it.
        let responses = provider.wire_api == WireApi::Responses;
        if provider.is_built_in_openai() {
            put(&mut headers, "version", &identity.version)?;
        }
        if responses {
            put(&mut headers, "x-codex-beta-features", &identity.beta_features)?;
        }
        headers.extend(request.headers.clone());
        if let Some(state) = facts.turn_state.filter(|_| responses) {
            headers.insert(TURN_STATE, state.clone());
        }
        insert_region(&mut headers, facts.region);
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
        if facts.packed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("zstd"));
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.extend(facts.secret.map(|secret| credential(provider, secret)).transpose()?);
        if responses {
            put(&mut headers, "originator", &identity.originator)?;
        }
        put(&mut headers, "user-agent", self.user_agent.get_or_init(|| identity.user_agent(env)))?;
        self.configured_headers(&mut headers)?;
        Ok(headers)
    }

    /// All headers of one handshake, in the order of `responses-wire.md §3.2`. The handshake adds its own.
    pub(crate) fn handshake_headers(
        &self,
        request: &PreparedRequest,
        facts: AttemptFacts<'_>,
    ) -> Result<HeaderMap, StreamError> {
        let (provider, identity, env) = (self.provider(), &self.options.identity, self.env());
        let mut headers = HeaderMap::with_capacity(24);
        headers.extend(facts.secret.map(|secret| credential(provider, secret)).transpose()?);
        put(&mut headers, "user-agent", self.user_agent.get_or_init(|| identity.user_agent(env)))?;
        put(&mut headers, "originator", &identity.originator)?;
        put(&mut headers, "openai-beta", "responses_websockets=2026-02-06")?;
        let copy = |headers: &mut HeaderMap, name: &'static str| {
            headers.extend(
                request.headers.get(name).map(|value| (HeaderName::from_static(name), value.clone())),
            );
        };
        copy(&mut headers, "x-codex-turn-metadata");
        if provider.is_built_in_openai() {
            put(&mut headers, "version", &identity.version)?;
        }
        put(&mut headers, "x-codex-beta-features", &identity.beta_features)?;
        for name in COPIED_TO_HANDSHAKES {
            copy(&mut headers, name);
        }
        insert_region(&mut headers, facts.region);
        self.configured_headers(&mut headers)?;
        Ok(headers)
    }

    /// Passes on which list of models the server has now (`responses-wire.md §5.7`).
    pub(crate) fn heard(&self, headers: &HeaderMap) {
        let etag = headers.get("x-models-etag").and_then(|value| value.to_str().ok());
        if let (Some(models), Some(etag)) = (&self.options.models, etag) {
            models.mentioned(etag);
        }
    }

    /// Adds what a gateway before the server wants.
    pub(crate) async fn pass_gateway(&self, headers: &mut HeaderMap) -> Result<(), StreamError> {
        if let Some((name, value)) = self.options.provider.gateway_header().await? {
            let key = HeaderName::try_from(name.as_str())
                .map_err(|_| StreamError::Setup(format!("`{name}` cannot be the name of a header")))?;
            headers.insert(key, sensitive(value.expose())?);
        }
        Ok(())
    }

    /// Lets the signer see the attempt as it is sent, and adds what it says.
    pub(crate) async fn sign(
        &self,
        method: &Method,
        url: &Url,
        headers: &mut HeaderMap,
        body: &[u8],
    ) -> Result<(), StreamError> {
        let Some(signer) = self.options.provider.signer() else { return Ok(()) };
        let signed = signer.sign(UnsignedRequest { method, url, headers, body }).await?;
        for (name, value) in &signed {
            headers.insert(name, value.clone());
        }
        Ok(())
    }

    /// The provider's own headers, over the client's.
    fn configured_headers(&self, headers: &mut HeaderMap) -> Result<(), StreamError> {
        for (name, value) in self.options.provider.headers() {
            put(headers, &name, value.expose())?;
        }
        Ok(())
    }
}

/// The one try with a fresh token that a gateway's refusal is worth. One per request.
#[derive(Debug, Default)]
pub(crate) struct GatewayRecovery {
    tried: bool,
}

impl GatewayRecovery {
    /// Whether there is a token that has not been refused; it goes along from now on.
    pub(crate) async fn next(&mut self, origin: &Origin) -> Result<bool, StreamError> {
        if std::mem::replace(&mut self.tried, true) {
            return Ok(false);
        }
        Ok(origin.options.provider.renew_gateway().await?)
    }
}

/// Headers of a request that its handshake carries too.
const COPIED_TO_HANDSHAKES: [&str; 7] = [
    "x-codex-routing-hint",
    "x-client-request-id",
    "session-id",
    "thread-id",
    "x-codex-window-id",
    "x-codex-parent-thread-id",
    "x-openai-subagent",
];

fn insert_region(headers: &mut HeaderMap, region: Option<&HeaderValue>) {
    headers.extend(region.map(|region| (HeaderName::from_static(REGION_HEADER), region.clone())));
}

/// Adds or replaces a header. The value is not shown: it may be a credential.
fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), StreamError> {
    let key = HeaderName::try_from(name)
        .map_err(|_| StreamError::Setup(format!("`{name}` cannot be the name of a header")))?;
    let value = HeaderValue::from_str(value).map_err(|_| {
        StreamError::Setup(format!("the value of the header `{name}` holds forbidden characters"))
    })?;
    headers.insert(key, value);
    Ok(())
}

/// The header a credential travels in.
fn credential(provider: &ProviderInfo, secret: &Secret) -> Result<(HeaderName, HeaderValue), StreamError> {
    let (name, value) = provider.credential_header(secret);
    Ok((HeaderName::from_static(name), sensitive(value.expose())?))
}

fn sensitive(value: &str) -> Result<HeaderValue, StreamError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        StreamError::Setup("the credential holds characters that cannot stand in a header".to_owned())
    })?;
    value.set_sensitive(true);
    Ok(value)
}
