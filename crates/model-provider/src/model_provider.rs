//! One server as a session uses it: where it is, what proves who asks, which headers requests carry, and how its
//! models are found out. Everything that talks to the server goes through one of these, so that a credential is had
//! once and shared.

use std::sync::Arc;
use std::time::Duration;

use codex_auth::{
    AuthError, Credentials, Env, Exchange, ExchangeAnswer, LoginKind, ProviderAuth, RequestSigner, Secret,
    exchange, fingerprint,
};

use codex_protocol::WireApi;

use crate::{Delivery, ListError, LocalService, MESSAGES_VERSION, ProviderInfo};

/// A server, its credentials and what it offers.
#[derive(Debug)]
pub struct ModelProvider {
    info: ProviderInfo,
    credentials: Arc<Credentials>,
    gateway: Option<(Credentials, Delivery)>,
    signer: Option<Arc<dyn RequestSigner>>,
    env: Env,
    client_version: String,
}

/// How the models of a server are found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discovery {
    /// It is not asked: the list is the built-in one, or the one of the config.
    Static,
    /// It is asked for its list (`responses-wire.md §5.7`).
    Served,
}

impl ModelProvider {
    /// Reads nothing and connects to nothing.
    pub fn new(
        info: ProviderInfo,
        signer: Option<Arc<dyn RequestSigner>>,
        env: Env,
        client_version: impl Into<String>,
    ) -> Self {
        let credentials = Arc::new(Credentials::new(info.auth.clone(), env.clone()));
        let gateway = info.gateway.as_ref();
        let gateway = gateway
            .map(|gateway| (Credentials::new(gateway.auth.clone(), env.clone()), gateway.delivery.clone()));
        Self { info, credentials, gateway, signer, env, client_version: client_version.into() }
    }

    /// Where requests go and what they carry.
    pub fn info(&self) -> &ProviderInfo {
        &self.info
    }

    /// What proves who asks; one for all requests of a session.
    pub fn credentials(&self) -> &Arc<Credentials> {
        &self.credentials
    }

    /// The header in which a gateway before the server finds its token; `None` without one.
    ///
    /// # Errors
    /// When its token cannot be had.
    pub async fn gateway_header(&self) -> Result<Option<(String, Secret)>, AuthError> {
        let Some((credentials, delivery)) = &self.gateway else { return Ok(None) };
        let token = credentials.resolve().await?;
        Ok(token.map(|token| delivery.header(&token)))
    }

    /// Has the gateway's token anew after a refusal; whether there is a gateway at all.
    ///
    /// # Errors
    /// When no other token can be had.
    pub async fn renew_gateway(&self) -> Result<bool, AuthError> {
        let Some((credentials, _)) = &self.gateway else { return Ok(false) };
        if let Some(refused) = credentials.resolve().await? {
            credentials.renew(&refused).await?;
        }
        Ok(true)
    }

    /// Who signs requests, when a credential in a header is not enough.
    pub fn signer(&self) -> Option<&Arc<dyn RequestSigner>> {
        self.signer.as_ref()
    }

    /// Version of this program, as servers are told.
    pub fn client_version(&self) -> &str {
        &self.client_version
    }

    /// Where values of headers, proxies and the like are looked up.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The provider's own headers with the values they have now.
    pub fn headers(&self) -> Vec<(String, Secret)> {
        let from_env = self.info.env_http_headers.iter();
        let from_env =
            from_env.filter_map(|(header, var)| Some((header.clone(), Secret::new(self.env.var(var)?))));
        self.info.http_headers.iter().cloned().chain(from_env).collect()
    }

    /// Whether the server is asked for its models. One that speaks the Responses API is, with a command's token or a
    /// ChatGPT account, not with a key; others always are, as nobody could know their models otherwise.
    pub fn discovery(&self) -> Discovery {
        match &self.info.auth {
            _ if self.info.models_url.is_some() => Discovery::Served,
            ProviderAuth::Command(_) => Discovery::Served,
            _ if self.has_models_of_its_own() => Discovery::Served,
            ProviderAuth::External(_) => Discovery::Served,
            ProviderAuth::StoredLogin { .. } if self.account().is_some() => Discovery::Served,
            _ => Discovery::Static,
        }
    }

    /// Whether the built-in models say nothing about those of this server.
    pub(crate) fn has_models_of_its_own(&self) -> bool {
        self.info.wire_api != WireApi::Responses
            || LocalService::of_id(&self.info.id).is_some()
            || self.info.models_url.is_some()
    }

    /// Where the server's models are listed.
    fn models_url(&self) -> String {
        let joined = |url: String, name: &str, value: &str| {
            let mark = if url.contains('?') { '&' } else { '?' };
            format!("{url}{mark}{}", codex_stdx::query_encode([(name, value)]))
        };
        let params = self.info.query_params.iter();
        if let Some(url) = &self.info.models_url {
            let url = params.fold(url.clone(), |url, (name, value)| joined(url, name, value.expose()));
            return joined(url, "client_version", &self.client_version);
        }
        let endpoint = match self.info.wire_api {
            // The service gives twenty at a time unless it is asked for more.
            WireApi::Messages => "models?limit=1000".to_owned(),
            _ if self.has_models_of_its_own() => "models".to_owned(),
            _ => format!("models?client_version={}", self.client_version),
        };
        params.fold(self.info.address_of(&endpoint), |url, (name, value)| joined(url, name, value.expose()))
    }

    /// Whose list it is: another server or another account may have other models.
    pub(crate) fn identity(&self) -> String {
        let account = self.account().unwrap_or_default();
        match &self.info.models_url {
            Some(url) => fingerprint(&[&self.info.id, &self.info.base_url, &account, url]),
            None => fingerprint(&[&self.info.id, &self.info.base_url, &account]),
        }
    }

    /// The workspace of a sign-in with ChatGPT, or its access token's owner; `None` without one.
    fn account(&self) -> Option<String> {
        let place = match &self.info.auth {
            ProviderAuth::External(login) => return Some(login.account_id().to_owned()),
            ProviderAuth::StoredLogin { place, .. } => place,
            _ => return None,
        };
        if self.credentials.has_key_of_environment() {
            return None;
        }
        // What is wrong with a login is told when its credential is needed.
        let login = place.usable().ok().flatten()?;
        match login.kind {
            LoginKind::ChatGpt | LoginKind::AccessToken => {
                Some(login.workspace().unwrap_or_default().to_owned())
            }
            LoginKind::ApiKey | LoginKind::AgentIdentity | LoginKind::Other(_) => None,
        }
    }

    /// Asks for the list of models; with a known `etag`, only for a newer one. A refused credential is renewed once.
    pub(crate) async fn ask_for_models(
        &self,
        etag: Option<&str>,
        limit: Duration,
    ) -> Result<ExchangeAnswer, ListError> {
        let mut headers = Vec::new();
        if self.info.wire_api == WireApi::Messages {
            headers.push(("anthropic-version".to_owned(), Secret::new(MESSAGES_VERSION)));
        }
        headers.extend(etag.map(|etag| ("if-none-match".to_owned(), Secret::new(etag))));
        let ask = async |credential: Option<Secret>| {
            let mut headers = headers.clone();
            headers.extend(credential.map(|credential| {
                let (name, value) = self.info.credential_header(&credential);
                (name.to_owned(), value)
            }));
            headers.extend(self.headers());
            headers.extend(self.gateway_header().await?);
            let request = Exchange { headers, ..Exchange::get(self.models_url(), limit) };
            Ok::<_, ListError>(exchange(request, &self.env).await?)
        };
        let bearer = self.credentials.resolve().await?;
        let answer = ask(bearer.clone()).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        match bearer {
            Some(refused) if self.credentials.can_renew() => {
                ask(self.credentials.renew(&refused).await?).await
            }
            bearer if self.renew_gateway().await? => ask(bearer).await,
            _ => Ok(answer),
        }
    }
}
