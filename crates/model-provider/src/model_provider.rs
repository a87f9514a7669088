//! One server as a session uses it: where it is, what proves who asks, which headers requests carry, and how its
//! models are found out. Everything that talks to the server goes through one of these, so that a credential is had
//! once and shared.

use std::sync::Arc;
use std::time::Duration;

use codex_auth::{
    Credentials, Env, Exchange, ExchangeAnswer, LoginKind, ProviderAuth, RequestSigner, Secret, exchange,
    fingerprint,
};

use crate::{ListError, ProviderInfo};

/// A server, its credentials and what it offers.
#[derive(Debug)]
pub struct ModelProvider {
    info: ProviderInfo,
    credentials: Arc<Credentials>,
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
        Self { info, credentials, signer, env, client_version: client_version.into() }
    }

    /// Where requests go and what they carry.
    pub fn info(&self) -> &ProviderInfo {
        &self.info
    }

    /// What proves who asks; one for all requests of a session.
    pub fn credentials(&self) -> &Arc<Credentials> {
        &self.credentials
    }

    /// Who signs requests, when a credential in a header is not enough.
    pub fn signer(&self) -> Option<&Arc<dyn RequestSigner>> {
        self.signer.as_ref()
    }

    /// Version of this program, as servers are told.
    pub fn client_version(&self) -> &str {
        &self.client_version
    }

    /// The provider's own headers with the values they have now.
    pub fn headers(&self) -> Vec<(String, Secret)> {
        let from_env = self.info.env_http_headers.iter();
        let from_env =
            from_env.filter_map(|(header, var)| Some((header.clone(), Secret::new(self.env.var(var)?))));
        self.info.http_headers.iter().cloned().chain(from_env).collect()
    }

    /// Whether the server is asked for its models: with a command's token and with a ChatGPT account, not with a key.
    pub fn discovery(&self) -> Discovery {
        match &self.info.auth {
            ProviderAuth::Command(_) => Discovery::Served,
            ProviderAuth::StoredLogin { .. } if self.account().is_some() => Discovery::Served,
            _ => Discovery::Static,
        }
    }

    /// Whose list it is: another server or another account may have other models.
    pub(crate) fn identity(&self) -> String {
        let account = self.account().unwrap_or_default();
        fingerprint(&[&self.info.id, &self.info.base_url, &account])
    }

    /// The workspace of a sign-in with ChatGPT, or its access token's owner; `None` without one.
    fn account(&self) -> Option<String> {
        let ProviderAuth::StoredLogin { place, .. } = &self.info.auth else { return None };
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
        let mut headers = self.headers();
        headers.extend(etag.map(|etag| ("if-none-match".to_owned(), Secret::new(etag))));
        let url = self.info.address_of(&format!("models?client_version={}", self.client_version));
        let url = self.info.query_params.iter().fold(url, |url, (name, value)| {
            format!("{url}&{}", codex_stdx::query_encode([(name.as_str(), value.expose())]))
        });
        let ask = async |bearer: Option<Secret>| {
            let request = Exchange { bearer, headers: headers.clone(), ..Exchange::get(url.clone(), limit) };
            exchange(request, &self.env).await
        };
        let bearer = self.credentials.resolve().await?;
        let answer = ask(bearer.clone()).await?;
        match bearer {
            Some(refused) if answer.status == 401 && self.credentials.can_renew() => {
                Ok(ask(self.credentials.renew(&refused).await?).await?)
            }
            _ => Ok(answer),
        }
    }
}
