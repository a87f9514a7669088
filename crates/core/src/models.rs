//! Which models a configuration can use: its provider's list, and the one model it chooses.

use std::time::Duration;

use codex_auth::{Env, ExternalLogin, ProviderAuth};
use codex_config::Config;
use codex_model_provider::{
    BedrockService, GCP_ID, ModelCatalog, ModelInfo, ModelList, ModelProvider, ProviderInfo, Visibility,
    gcp_catalog,
};
use codex_protocol::{EffortChoice, Listed, ModelChoice, Standing};

use crate::bedrock;
use crate::error::StartError;
use crate::provider::{self, local_service};
use crate::start::StartThread;

/// How long a start waits for a list without which the chosen model is unknown.
const LIST_WAIT_MAX: Duration = Duration::from_secs(5);

/// The provider the config chooses and its models, as far as they are known without asking anybody.
///
/// # Errors
/// When there is no such provider, or `model_catalog_json` names a file that cannot be used.
pub fn model_list(config: &Config, env: &Env) -> Result<ModelList, StartError> {
    listed(config, env, None)
}

/// The same for a start, whose login may come from outside.
pub(crate) fn model_list_of(start: &StartThread) -> Result<ModelList, StartError> {
    listed(&start.config, &start.auth_env(), start.login.as_ref())
}

fn listed(config: &Config, env: &Env, external: Option<&ExternalLogin>) -> Result<ModelList, StartError> {
    let bedrock = BedrockService::of_id(&config.model_provider);
    let (info, signer) = match bedrock {
        Some(service) => bedrock::bedrock(service, config, env)?,
        None => match (provider::chosen(config, env, external)?, provider::agent_signer(config, env)) {
            // Handshakes are not signed, so such requests go over HTTP.
            (info, Some(signer)) if external.is_none() => {
                (ProviderInfo { auth: ProviderAuth::None, supports_websockets: false, ..info }, Some(signer))
            }
            (info, _) => (info, None),
        },
    };
    let provider = ModelProvider::new(info, signer, env.clone(), env!("CARGO_PKG_VERSION"));
    let fixed = match (&config.model_catalog_json, bedrock) {
        (Some(path), _) => Some(ModelCatalog::from_file(path)?),
        (None, Some(service)) => Some(service.catalog()),
        (None, None) if config.model_provider == GCP_ID => Some(gcp_catalog()),
        (None, None) => None,
    };
    Ok(match fixed {
        Some(catalog) => ModelList::fixed(provider, catalog, &config.codex_home),
        None => ModelList::open(provider, &config.codex_home),
    })
}

/// Makes sure that the chosen model is known, if its server can tell: asks for the list when the model is on none that
/// is at hand. Whatever goes wrong is told when it matters; a start never waits longer than some seconds.
pub async fn prepare_models(start: &StartThread) {
    let config = &start.config;
    let Ok(models) = model_list_of(start) else { return };
    let catalog = models.catalog();
    let undecided = config.model.is_none() && local_service(config).is_none() && models.lacks_default();
    let unknown = undecided || catalog.model_info(&chosen_model(config, &catalog)).is_fallback();
    if !models.is_stale() || !unknown {
        return;
    }
    match tokio::time::timeout(LIST_WAIT_MAX, models.refresh()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!(%error, "the server's models are not known"),
        Err(_) => tracing::info!("the server's models are not known: no answer in time"),
    }
}

/// The models a start can choose from, best first, as far as they are known without asking anybody. A stale list is asked
/// for anew in the background, so that the next look shows what the server has now: inside a tokio runtime. Blocking.
///
/// # Errors
/// As [`model_list`].
pub fn models_at_hand(start: &StartThread) -> Result<Vec<ModelChoice>, StartError> {
    let models = model_list_of(start)?;
    models.refresh_in_background();
    Ok(model_choices(&models))
}

/// The models of a list as menus show them, best first.
pub fn model_choices(models: &ModelList) -> Vec<ModelChoice> {
    let catalog = models.catalog();
    let default = catalog.default_model();
    let choice = |model: ModelInfo| ModelChoice {
        standing: if model.slug == default { Standing::Default } else { Standing::Other },
        listed: match model.visibility {
            Visibility::List => Listed::Shown,
            Visibility::Hide => Listed::Hidden,
        },
        slug: model.slug,
        name: model.display_name,
        description: model.description.unwrap_or_default(),
        efforts: model
            .supported_reasoning_levels
            .into_iter()
            .map(|level| EffortChoice { effort: level.effort, description: level.description })
            .collect(),
        default_effort: model.default_reasoning_level,
        upgrade: model.upgrade,
    };
    catalog.models().into_iter().map(choice).collect()
}

/// The slug the config chooses.
pub(crate) fn chosen_model(config: &Config, catalog: &ModelCatalog) -> String {
    let local = local_service(config).map(|(_, model)| model);
    local.or_else(|| config.model.clone()).unwrap_or_else(|| catalog.default_model())
}
