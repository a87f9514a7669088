//! Model servers on this machine: where they listen, what they run by default, and whether they are ready
//! (`responses-wire.md §5.10`). Starts and downloads nothing: it says what to start and what to fetch.

use std::time::Duration;

use codex_auth::{Env, Exchange, ExchangeAnswer, ExchangeError, Payload, exchange};
use serde_json::{Value, json};

use crate::{NotReady, ProviderInfo};

/// Where a local server is, when it is not where it usually is; for either of them.
pub const LOCAL_URL_VARIABLE: &str = "CODEX_OSS_BASE_URL";
/// A server on this machine answers at once or not at all.
const PROBE_LIMIT: Duration = Duration::from_secs(5);
/// Reading a large model from disk into memory takes minutes.
const LOAD_LIMIT: Duration = Duration::from_secs(300);
/// The first Ollama that speaks the Responses API.
const OLLAMA_VERSION_MIN: [u64; 3] = [0, 13, 3];

/// A kind of model server that is known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalService {
    /// Ollama.
    Ollama,
    /// LM Studio.
    LmStudio,
}

impl LocalService {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ollama, Self::LmStudio];

    /// The service of a provider id.
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.id() == id)
    }

    /// The provider id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::LmStudio => "lmstudio",
        }
    }

    /// As its makers write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ollama => "Ollama",
            Self::LmStudio => "LM Studio",
        }
    }

    /// The model when none is chosen.
    pub fn default_model(self) -> &'static str {
        match self {
            Self::Ollama => "gpt-oss:20b",
            Self::LmStudio => "openai/gpt-oss-20b",
        }
    }

    /// What a person does so that it runs.
    pub fn start_advice(self) -> &'static str {
        match self {
            Self::Ollama => "start it with `ollama serve`; to install it see https://ollama.com/download",
            Self::LmStudio => {
                "start it with `lms server start`; to install it see https://lmstudio.ai/download"
            }
        }
    }

    fn fetch_command(self, model: &str) -> String {
        match self {
            Self::Ollama => format!("ollama pull {model}"),
            Self::LmStudio => format!("lms get {model}"),
        }
    }

    /// Where its API lies.
    pub fn base_url(self, env: &Env) -> String {
        match (env.var(LOCAL_URL_VARIABLE), self) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Self::Ollama) => "http://localhost:11434/v1".to_owned(),
            (None, Self::LmStudio) => "http://localhost:1234/v1".to_owned(),
        }
    }

    /// The provider: no credential is sent to it, even when one is stored.
    pub fn provider(self, env: &Env) -> ProviderInfo {
        ProviderInfo::custom(self.id(), self.name(), self.base_url(env))
    }

    /// Makes sure that the server runs and has the model. What a server does not tell is taken to be fine.
    ///
    /// # Errors
    /// When a turn would fail for a reason that can be told now; the error says what to do.
    pub async fn make_ready(self, model: &str, env: &Env) -> Result<(), NotReady> {
        let base = self.base_url(env);
        let listed = self.probe(&format!("{base}/models"), env).await?;
        let models = match self {
            Self::Ollama => {
                let root = base.strip_suffix("/v1").unwrap_or(&base);
                let version = self.probe(&format!("{root}/api/version"), env).await?;
                check_ollama_version(&version)?;
                let tags = self.probe(&format!("{root}/api/tags"), env).await?;
                names(&tags, "models", "name").or_else(|| names(&listed, "data", "id"))
            }
            Self::LmStudio => names(&listed, "data", "id"),
        };
        if let Some(models) = models
            && !models.iter().any(|known| self.same_model(known, model))
        {
            return Err(NotReady::NoModel {
                service: self.name(),
                model: model.to_owned(),
                fetch: self.fetch_command(model),
                present: models,
            });
        }
        match self {
            Self::Ollama => Ok(()),
            Self::LmStudio => self.load(&base, model, env).await,
        }
    }

    /// Ollama's names have a tag, which is `latest` when it is left out.
    fn same_model(self, known: &str, asked: &str) -> bool {
        known == asked
            || (self == Self::Ollama && !asked.contains(':') && known.strip_suffix(":latest") == Some(asked))
    }

    async fn probe(self, url: &str, env: &Env) -> Result<ExchangeAnswer, NotReady> {
        exchange(Exchange::get(url, PROBE_LIMIT), env).await.map_err(|error| self.absent(error))
    }

    /// Makes LM Studio read the model into memory, so that a model too large for the machine is told as such.
    async fn load(self, base: &str, model: &str, env: &Env) -> Result<(), NotReady> {
        let body = json!({ "model": model, "input": "", "max_output_tokens": 1 });
        let url = format!("{base}/responses");
        let request = Exchange { payload: Some(Payload::Json(body)), ..Exchange::get(url, LOAD_LIMIT) };
        let answer = exchange(request, env).await.map_err(|error| self.absent(error))?;
        if answer.is_success() {
            return Ok(());
        }
        let said = answer.json().and_then(|body| {
            let error = &body["error"];
            error["message"].as_str().or(error.as_str()).map(str::to_owned)
        });
        let reason = said.unwrap_or_else(|| format!("it answered with status {}", answer.status));
        Err(NotReady::NotLoaded { service: self.name(), model: model.to_owned(), reason })
    }

    fn absent(self, error: ExchangeError) -> NotReady {
        NotReady::NotRunning {
            service: self.name(),
            reason: error.to_string(),
            advice: self.start_advice(),
            variable: LOCAL_URL_VARIABLE,
        }
    }
}

fn check_ollama_version(answer: &ExchangeAnswer) -> Result<(), NotReady> {
    let body = answer.json();
    let Some(version) = body.as_ref().and_then(|body| body["version"].as_str()) else { return Ok(()) };
    // A build from source calls itself 0.0.0.
    match parse_version(version) {
        Some(parsed) if parsed < OLLAMA_VERSION_MIN && parsed != [0, 0, 0] => Err(NotReady::TooOld {
            service: LocalService::Ollama.name(),
            version: version.to_owned(),
            needed: OLLAMA_VERSION_MIN.map(|part| part.to_string()).join("."),
        }),
        _ => Ok(()),
    }
}

/// The three numbers at the start; what follows (`-rc1`) does not count.
fn parse_version(text: &str) -> Option<[u64; 3]> {
    let numbers = text.trim_start_matches('v').split(['-', '+']).next()?;
    let mut parts = numbers.split('.').map(|part| part.parse().ok());
    Some([parts.next()??, parts.next()??, parts.next()??])
}

/// The names in `{LIST: [{FIELD: name}]}`; `None` when the answer is no such list.
fn names(answer: &ExchangeAnswer, list: &str, field: &str) -> Option<Vec<String>> {
    if !answer.is_success() {
        return None;
    }
    let body = answer.json()?;
    let Value::Array(items) = &body[list] else { return None };
    Some(items.iter().filter_map(|item| Some(item[field].as_str()?.to_owned())).collect())
}
