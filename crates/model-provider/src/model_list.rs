//! The models of one server over the life of a session: the list on disk, when it is asked for again, and what is
//! known meanwhile. Invariant: nothing waits for the server unless it is told to; without a network the last list, else
//! the built-in one, stands.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codex_auth::{AuthError, ExchangeError};
use jiff::Timestamp;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::listed_models;
use crate::models_cache::{CachedModels, ModelsCache};
use crate::{Discovery, ModelCatalog, ModelInfo, ModelProvider};

/// A list that is younger is not asked for again.
const FRESH: Duration = Duration::from_secs(300);
/// How long a server may take for its list.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// The models of a server. Cloning shares it; requests still under way end when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct ModelList(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    asker: Arc<Asker>,
    tasks: Mutex<JoinSet<()>>,
}

#[derive(Debug)]
struct Asker {
    provider: Arc<ModelProvider>,
    /// The list of the config; then nobody is asked.
    fixed: Option<ModelCatalog>,
    discovery: Discovery,
    cache: ModelsCache,
    known: Mutex<Known>,
    // Held during a request, so that several reasons to ask make one.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    cached: Option<CachedModels>,
    /// The last name of the list the server mentioned: the same is not looked into twice, even if the list itself
    /// goes by another one.
    mentioned: Option<String>,
}

/// Why a list could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// There is no credential.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// There was no answer.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The server does not want to tell.
    #[error("the server answered the request for its models with status {0}")]
    Status(u16),
    /// It answered with something else.
    #[error("the server's list of models is of another form: {0}")]
    Form(&'static str),
}

impl ModelList {
    /// The list as far as it is known: reads the file, asks nobody.
    pub fn open(provider: ModelProvider, codex_home: &Path) -> Self {
        let discovery = provider.discovery();
        Self::with(provider, discovery, None, codex_home)
    }

    /// A list that stands as it is, such as that of `model_catalog_json`: nobody is asked for another.
    pub fn fixed(provider: ModelProvider, catalog: ModelCatalog, codex_home: &Path) -> Self {
        Self::with(provider, Discovery::Static, Some(catalog), codex_home)
    }

    fn with(
        provider: ModelProvider,
        discovery: Discovery,
        fixed: Option<ModelCatalog>,
        codex_home: &Path,
    ) -> Self {
        let cache = ModelsCache::of(codex_home);
        let cached = match discovery {
            Discovery::Served => cache.read(provider.client_version(), &provider.identity()),
            Discovery::Static => None,
        };
        let known = Mutex::new(Known { cached, mentioned: None });
        let asking = tokio::sync::Mutex::default();
        let asker = Asker { provider: Arc::new(provider), fixed, discovery, cache, known, asking };
        Self(Arc::new(Shared { asker: Arc::new(asker), tasks: Mutex::default() }))
    }

    /// The server.
    pub fn provider(&self) -> &Arc<ModelProvider> {
        &self.0.asker.provider
    }

    /// The models known now: the server's, with the built-in ones behind them.
    pub fn catalog(&self) -> ModelCatalog {
        if let Some(fixed) = &self.0.asker.fixed {
            return fixed.clone();
        }
        match &self.0.asker.known().cached {
            Some(cached) => ModelCatalog::served(read_models(&cached.models)),
            None => ModelCatalog::bundled(),
        }
    }

    /// Whether asking the server now could tell more than is known.
    pub fn is_stale(&self) -> bool {
        self.0.asker.discovery == Discovery::Served && !self.0.asker.is_fresh()
    }

    /// Whether the model that is used when none is chosen can only be known from the server, and is not known yet.
    pub fn lacks_default(&self) -> bool {
        let Asker { provider, fixed, .. } = &*self.0.asker;
        fixed.is_none() && provider.has_models_of_its_own() && self.0.asker.known().cached.is_none()
    }

    /// Asks in the background, if the list is old. Outside a tokio runtime this does nothing.
    pub fn refresh_in_background(&self) {
        if self.is_stale() {
            self.spawn(None);
        }
    }

    /// The server mentioned the name of its present list: if ours is another, it is asked for in the background.
    pub fn mentioned(&self, etag: &str) {
        if self.0.asker.discovery == Discovery::Static {
            return;
        }
        {
            let mut known = self.0.asker.known();
            let ours = known.cached.as_ref().and_then(|cached| cached.etag.as_deref());
            if ours == Some(etag) || known.mentioned.as_deref() == Some(etag) {
                return;
            }
            known.mentioned = Some(etag.to_owned());
        }
        self.spawn(Some(etag.to_owned()));
    }

    /// Asks now, whatever is known.
    ///
    /// # Errors
    /// When there is no list to be had; what was known stays.
    pub async fn refresh(&self) -> Result<(), ListError> {
        self.0.asker.ask(None).await
    }

    /// Waits until the requests under way have ended, at most so long.
    pub async fn settle(&self, limit: Duration) {
        let mut tasks = std::mem::take(&mut *self.tasks());
        // Those that are not done by then are aborted with the set.
        let _ = tokio::time::timeout(limit, async { while tasks.join_next().await.is_some() {} }).await;
    }

    fn spawn(&self, mentioned: Option<String>) {
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let asker = Arc::clone(&self.0.asker);
        let mut tasks = self.tasks();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            if let Err(error) = asker.ask(mentioned.as_deref()).await {
                tracing::info!(%error, "the list of models stays as it was");
            }
        });
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asker {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_fresh(&self) -> bool {
        let age = self.known().cached.as_ref().and_then(|cached| cached.age(Timestamp::now()));
        age.is_some_and(|age| age < FRESH)
    }

    /// Asks, unless the list that is wanted has arrived while this waited for its turn.
    async fn ask(&self, wanted: Option<&str>) -> Result<(), ListError> {
        let _turn = self.asking.lock().await;
        let before = self.known().cached.clone();
        let etag = before.as_ref().and_then(|cached| cached.etag.clone());
        if wanted.is_some() && etag.as_deref() == wanted {
            return Ok(());
        }
        let answer = self.provider.ask_for_models(etag.as_deref(), ANSWER_LIMIT).await?;
        let models = match (answer.status, before) {
            (304, Some(before)) => before.models,
            (200..300, _) => {
                let body = answer.json().ok_or(ListError::Form("no JSON"))?;
                let models =
                    listed_models::models(&body).ok_or(ListError::Form("no `models` and no `data`"))?;
                if read_models(&models).is_empty() {
                    return Err(ListError::Form("it is empty"));
                }
                models
            }
            (status, _) => return Err(ListError::Status(status)),
        };
        let cached = CachedModels {
            fetched_at: Timestamp::now().to_string(),
            etag: answer.etag.or(etag.filter(|_| answer.status == 304)),
            client_version: self.provider.client_version().to_owned(),
            identity: self.provider.identity(),
            models,
        };
        let (cache, kept) = (self.cache.clone(), cached.clone());
        self.known().cached = Some(cached);
        // Disks can be slow; whether it worked is nobody's loss.
        let _ = tokio::task::spawn_blocking(move || cache.write(&kept)).await;
        Ok(())
    }
}

/// The models this version understands; others are left out, with a word in the log.
fn read_models(models: &[Value]) -> Vec<ModelInfo> {
    let read = |model: &Value| match serde_json::from_value::<ModelInfo>(model.clone()) {
        Ok(info) if !info.slug.is_empty() => Some(info),
        Ok(_) => None,
        Err(error) => {
            tracing::info!(%error, slug = %model["slug"], "a model of the server's list is not understood");
            None
        }
    };
    models.iter().filter_map(read).collect()
}
