//! Agent Identity: a program's own identity, whose key signs each model request (`responses-wire.md §5.11`).
//! Invariants: one task is registered per identity and run; what is missing is an error, never a request without proof.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::access_token::agent_identity_of;
use crate::auth_server::success;
use crate::{
    AuthError, Env, Exchange, Payload, RequestSigner, Secret, Signing, UnsignedRequest, exchange, sealed_box,
};

const REGISTER_LIMIT: Duration = Duration::from_secs(30);

type Task = Arc<OnceCell<String>>;
/// Tasks of this run, by server and identity: every thread of the process shares them.
static TASKS: LazyLock<Mutex<BTreeMap<(String, String), Task>>> = LazyLock::new(Mutex::default);

/// One identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentIdentity {
    /// Whom the server knows.
    pub runtime_id: String,
    /// Ed25519, PKCS #8, base64.
    pub private_key: Secret,
    /// The workspace.
    pub account_id: Option<String>,
    /// The address of the person behind it.
    pub email: Option<String>,
}

/// What is at hand of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentSource {
    /// The identity itself.
    Known(AgentIdentity),
    /// A token that has yet to be checked.
    Token(Secret),
}

/// Signs model requests for an identity.
#[derive(Debug)]
pub struct AgentSigner {
    source: AgentSource,
    chatgpt_base_url: String,
    env: Env,
    identity: OnceCell<AgentIdentity>,
}

impl AgentIdentity {
    /// From a stored login or the claims of a token; `None` when a part is missing.
    pub(crate) fn of_json(value: &Value) -> Option<Self> {
        let text = |name: &str| value[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Some(Self {
            runtime_id: text("agent_runtime_id")?,
            private_key: Secret::new(text("agent_private_key")?).known_as("agent_private_key"),
            account_id: text("account_id"),
            email: text("email"),
        })
    }

    /// The fields of a stored login.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "agent_runtime_id": self.runtime_id,
            "agent_private_key": self.private_key.expose(),
            "account_id": self.account_id,
            "email": self.email,
        })
    }

    fn pkcs8(&self) -> Result<Vec<u8>, AuthError> {
        STANDARD.decode(self.private_key.expose()).map_err(|_| unusable_key())
    }

    fn sign(&self, text: &str) -> Result<Vec<u8>, AuthError> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&self.pkcs8()?).map_err(|_| unusable_key())?;
        Ok(pair.sign(text.as_bytes()).as_ref().to_vec())
    }
}

impl AgentSigner {
    /// Asks nobody before the first request.
    pub fn new(source: AgentSource, chatgpt_base_url: impl Into<String>, env: Env) -> Self {
        let chatgpt_base_url = chatgpt_base_url.into().trim_end_matches('/').to_owned();
        Self { source, chatgpt_base_url, env, identity: OnceCell::new() }
    }

    async fn identity(&self) -> Result<&AgentIdentity, AuthError> {
        let have = async || match &self.source {
            AgentSource::Known(identity) => Ok(identity.clone()),
            AgentSource::Token(token) => agent_identity_of(token, &self.chatgpt_base_url, &self.env).await,
        };
        self.identity.get_or_try_init(have).await
    }

    async fn task(&self, identity: &AgentIdentity) -> Result<String, AuthError> {
        let key = (self.chatgpt_base_url.clone(), identity.runtime_id.clone());
        let task = {
            let mut tasks = TASKS.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(tasks.entry(key).or_default())
        };
        task.get_or_try_init(|| self.register(identity)).await.cloned()
    }

    async fn register(&self, identity: &AgentIdentity) -> Result<String, AuthError> {
        let id = &identity.runtime_id;
        let timestamp = now();
        let signature = STANDARD.encode(identity.sign(&format!("{id}:{timestamp}"))?);
        let url = format!("{}/v1/agent/{id}/task/register", self.chatgpt_base_url);
        let body = json!({ "timestamp": timestamp, "signature": signature });
        let request = Exchange { payload: Some(Payload::Json(body)), ..Exchange::get(url, REGISTER_LIMIT) };
        let body = success(&exchange(request, &self.env).await?)?;
        let failed = |problem: &str| AuthError::AgentIdentity { problem: problem.to_owned() };
        let open = ["task_id", "taskId"].iter().find_map(|name| body[*name].as_str());
        let task = match (open, body["encrypted_task_id"].as_str()) {
            (Some(task), _) => task.to_owned(),
            (None, Some(sealed)) => sealed_box::open(sealed, &identity.pkcs8()?)
                .ok_or_else(|| failed("the server sealed its task for another key"))?,
            (None, None) => String::new(),
        };
        match task.is_empty() {
            true => Err(failed("the server registered no task")),
            false => Ok(task),
        }
    }
}

impl RequestSigner for AgentSigner {
    fn sign<'a>(&'a self, _request: UnsignedRequest<'a>) -> Signing<'a> {
        Box::pin(async move {
            let identity = self.identity().await?;
            let task = self.task(identity).await?;
            let (id, timestamp) = (&identity.runtime_id, now());
            let signature = STANDARD.encode(identity.sign(&format!("{id}:{task}:{timestamp}"))?);
            // Sorted by name.
            let assertion = json!({
                "agent_runtime_id": id, "signature": signature, "task_id": task, "timestamp": timestamp,
            });
            let value = format!("AgentAssertion {}", URL_SAFE_NO_PAD.encode(assertion.to_string()));
            let mut value = HeaderValue::from_str(&value).map_err(|_| AuthError::AgentIdentity {
                problem: "its assertion cannot stand in a header".to_owned(),
            })?;
            value.set_sensitive(true);
            Ok(HeaderMap::from_iter([(AUTHORIZATION, value)]))
        })
    }
}

fn unusable_key() -> AuthError {
    AuthError::AgentIdentity { problem: "its private key cannot be used".to_owned() }
}

/// RFC 3339, whole seconds, `Z`.
fn now() -> String {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}
