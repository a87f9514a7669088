//! From a config table to the provider the client talks to. Pure mapping (`responses-wire.md §5.1`).

use std::sync::Arc;
use std::time::Duration;

use codex_auth::{
    ACCESS_TOKEN_VARIABLE, AbsentLogin, AccessTokenKind, AgentSigner, AgentSource, CommandAuth, Env,
    ExternalLogin, GatewayLogin, GatewayServer, LoginKind, LoginMethod, LoginPlace, LoginStore, ProviderAuth,
    RequestSigner, Secret,
};
use codex_config::{
    Config, CredentialsStore, GatewayDelivery, GatewaySignIn, GatewaySource, LoginMethod as ForcedMethod,
    ProviderCommandAuth, ProviderConfig, ProviderGateway,
};
use codex_model_provider::{
    ChatGptBackend, Delivery, GCP_ID, GCP_PROJECT_VARIABLE, Gateway, LocalService, OPENAI_ID, ProviderInfo,
    gcp_base_url, gcp_provider, gcp_token_command,
};
use codex_protocol::WireApi;

use crate::error::StartError;

/// Google's program starts slowly, and may ask its server.
const GCP_TOKEN_WAIT: Duration = Duration::from_secs(30);
/// Tokens last an hour; the program renews them when they are about to end.
const GCP_TOKEN_FRESH: Duration = Duration::from_secs(300);

/// The provider chosen by the config. Of the environment only the address of a local server counts here; keys are
/// looked up when they are needed.
///
/// # Errors
/// When the provider is one this version cannot talk to yet, or lacks an address.
pub(crate) fn chosen(
    config: &Config,
    env: &Env,
    external: Option<&ExternalLogin>,
) -> Result<ProviderInfo, StartError> {
    let id = config.model_provider.as_str();
    if id == OPENAI_ID {
        // Behind another address there may be a proxy that adds the key.
        let absent = match config.openai_base_url {
            Some(_) => AbsentLogin::Anonymous,
            None => AbsentLogin::Refused,
        };
        let mut provider = ProviderInfo::openai(login(config, external, absent)?);
        let signed_in = chatgpt_account(config, env, external);
        if let Some(account_id) = &signed_in {
            provider.base_url = chatgpt_base_url(config);
            let ours = config.openai_base_url.is_none();
            provider.chatgpt = Some(ChatGptBackend {
                account_id: account_id.clone(),
                routing_url: ours.then(|| config.chatgpt_base_url.clone()),
            });
        }
        if let Some(base_url) = &config.openai_base_url {
            provider.base_url.clone_from(base_url);
        }
        provider.http_headers.extend(signed_in.flatten().map(account_header));
        return Ok(provider);
    }
    if let Some(service) = LocalService::of_id(id) {
        return Ok(service.provider(env));
    }
    if id == GCP_ID {
        return gcp(config, env);
    }
    let Some(table) = config.provider_table() else {
        return Err(StartError::ProviderUnsupported { id: id.to_owned() });
    };
    let Some(base_url) = table.base_url.clone() else {
        return Err(StartError::ProviderWithoutUrl { id: id.to_owned() });
    };
    let mut provider = ProviderInfo::custom(id, table.name.clone(), base_url);
    provider.wire_api = table.wire_api;
    provider.auth = auth(table, config, external)?;
    provider.gateway = table.gateway.as_ref().map(|gateway| self::gateway(gateway, config));
    provider.models_url.clone_from(&table.model_catalog_url);
    provider.query_params =
        table.query_params.iter().map(|(key, value)| (key.clone(), Secret::new(value.expose()))).collect();
    provider.http_headers =
        table.http_headers.iter().map(|(key, value)| (key.clone(), Secret::new(value.expose()))).collect();
    provider.env_http_headers =
        table.env_http_headers.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    provider.request_max_retries = table.request_max_retries;
    provider.stream_max_retries = table.stream_max_retries;
    provider.stream_idle_timeout = table.stream_idle_timeout;
    provider.websocket_connect_timeout = table.websocket_connect_timeout;
    provider.requires_openai_auth = table.requires_openai_auth;
    provider.supports_websockets = table.supports_websockets && table.wire_api == WireApi::Responses;
    if matches!(provider.auth, ProviderAuth::StoredLogin { .. } | ProviderAuth::External(_)) {
        provider.http_headers.extend(chatgpt_account(config, env, external).flatten().map(account_header));
    }
    Ok(provider)
}

fn auth(
    table: &ProviderConfig,
    config: &Config,
    external: Option<&ExternalLogin>,
) -> Result<ProviderAuth, StartError> {
    if let Some(var) = &table.env_key {
        let instructions = table.env_key_instructions.clone();
        return Ok(ProviderAuth::EnvKey { var: var.clone(), instructions });
    }
    if let Some(token) = &table.experimental_bearer_token {
        return Ok(ProviderAuth::Bearer(Secret::new(token.expose())));
    }
    if let Some(command) = &table.auth {
        return Ok(ProviderAuth::Command(command_auth(command, config)));
    }
    if table.requires_openai_auth {
        return login(config, external, AbsentLogin::Anonymous);
    }
    Ok(ProviderAuth::None)
}

/// Google Cloud: an address made of the project, and a token its own program prints.
fn gcp(config: &Config, env: &Env) -> Result<ProviderInfo, StartError> {
    let table = config.provider_table();
    let base_url = match table.and_then(|table| table.base_url.clone()) {
        Some(base_url) => base_url,
        None => {
            let project = table.and_then(|table| table.project_id.clone());
            let Some(project) = project.or_else(|| env.var(GCP_PROJECT_VARIABLE)) else {
                return Err(StartError::NoProject { variable: GCP_PROJECT_VARIABLE });
            };
            gcp_base_url(&project, table.and_then(|table| table.location.as_deref()))
        }
    };
    let mut provider = gcp_provider(base_url);
    provider.auth = ProviderAuth::Command(match table.and_then(|table| table.auth.as_ref()) {
        Some(command) => command_auth(command, config),
        None => {
            let file = table.and_then(|table| table.credential_file.as_deref());
            let (command, args, env) = gcp_token_command(file);
            CommandAuth {
                command: command.to_owned(),
                args,
                env,
                timeout: GCP_TOKEN_WAIT,
                refresh_interval: Some(GCP_TOKEN_FRESH),
                cwd: config.cwd.clone(),
            }
        }
    });
    let headers = table.map(|table| table.http_headers.iter()).into_iter().flatten();
    provider.http_headers.extend(headers.map(|(name, value)| (name.clone(), Secret::new(value.expose()))));
    Ok(provider)
}

fn gateway(table: &ProviderGateway, config: &Config) -> Gateway {
    let auth = match &table.source {
        GatewaySource::Command(command) => ProviderAuth::Command(command_auth(command, config)),
        GatewaySource::SignIn(server) => ProviderAuth::Gateway(gateway_login_at(server, config)),
    };
    let delivery = match &table.delivery {
        GatewayDelivery::Header { name, scheme } => {
            Delivery::Header { name: name.clone(), scheme: scheme.clone() }
        }
        GatewayDelivery::Cookie { name } => Delivery::Cookie { name: name.clone() },
    };
    Gateway { auth, delivery }
}

/// The sign-in at the gateway of the chosen provider; `None` when its table asks for none.
pub fn gateway_login(config: &Config) -> Option<GatewayLogin> {
    match &config.provider_table()?.gateway.as_ref()?.source {
        GatewaySource::SignIn(server) => Some(gateway_login_at(server, config)),
        GatewaySource::Command(_) => None,
    }
}

fn gateway_login_at(server: &GatewaySignIn, config: &Config) -> GatewayLogin {
    let server = GatewayServer {
        authorization_url: server.authorization_url.clone(),
        token_url: server.token_url.clone(),
        client_id: server.client_id.clone(),
        scopes: server.scopes.clone(),
        resource: server.resource.clone(),
        redirect_port: server.redirect_port,
        device_authorization_url: server.device_authorization_url.clone(),
    };
    let store = login_place(config).store;
    GatewayLogin::new(&config.model_provider, server, &config.codex_home, store)
}

/// `[model_providers.ID.auth]`
pub(crate) fn command_auth(command: &ProviderCommandAuth, config: &Config) -> CommandAuth {
    let interval = command.refresh_interval;
    CommandAuth {
        env: Vec::new(),
        command: command.command.clone(),
        args: command.args.clone(),
        timeout: command.timeout,
        refresh_interval: (!interval.is_zero()).then_some(interval),
        cwd: command.cwd.clone().unwrap_or_else(|| config.cwd.clone()),
    }
}

/// The login of the person: lent by the program around this one, else stored. The same rules hold for both.
fn login(
    config: &Config,
    external: Option<&ExternalLogin>,
    absent: AbsentLogin,
) -> Result<ProviderAuth, StartError> {
    const FOUND: &str = "the sign-in of the program around codex";
    let place = login_place(config);
    let Some(external) = external else { return Ok(ProviderAuth::StoredLogin { place, absent }) };
    place.allow(LoginMethod::ChatGpt, FOUND)?;
    place.allow_workspace(Some(external.account_id()), FOUND)?;
    Ok(ProviderAuth::External(external.clone()))
}

/// The workspace of a sign-in with ChatGPT that requests will carry; `Some(None)` when it names none. What is wrong with
/// a login is told when its credential is needed.
fn chatgpt_account(config: &Config, env: &Env, external: Option<&ExternalLogin>) -> Option<Option<String>> {
    if let Some(login) = external {
        return Some(Some(login.account_id().to_owned()));
    }
    if env.var("CODEX_API_KEY").is_some() {
        return None;
    }
    if env.var(ACCESS_TOKEN_VARIABLE).is_some() {
        return Some(None);
    }
    let login = login_place(config).usable().ok().flatten()?;
    match login.kind {
        LoginKind::ChatGpt | LoginKind::AccessToken | LoginKind::AgentIdentity => {
            Some(login.workspace().map(str::to_owned))
        }
        LoginKind::ApiKey | LoginKind::Other(_) => None,
    }
}

/// Who signs the built-in provider's requests, when the login is an Agent Identity. What is wrong with the login is
/// told when its credential is needed.
pub(crate) fn agent_signer(config: &Config, env: &Env) -> Option<Arc<dyn RequestSigner>> {
    if config.model_provider != OPENAI_ID || env.var("CODEX_API_KEY").is_some() {
        return None;
    }
    let place = login_place(config);
    let source = match env.var(ACCESS_TOKEN_VARIABLE).map(Secret::new) {
        Some(token) => {
            place.allow(LoginMethod::ChatGpt, ACCESS_TOKEN_VARIABLE).ok()?;
            place.allow_workspace(None, ACCESS_TOKEN_VARIABLE).ok()?;
            (AccessTokenKind::of(&token)? == AccessTokenKind::Agent).then_some(AgentSource::Token(token))?
        }
        None => {
            let login = place.usable().ok().flatten()?;
            login.agent.filter(|_| login.kind == LoginKind::AgentIdentity)?
        }
    };
    Some(Arc::new(AgentSigner::new(source, &config.chatgpt_base_url, env.clone())))
}

fn account_header(account: String) -> (String, Secret) {
    ("chatgpt-account-id".to_owned(), Secret::new(account))
}

/// Where the models of a ChatGPT account are (`responses-wire.md §5.1`).
pub fn chatgpt_base_url(config: &Config) -> String {
    format!("{}/codex", config.chatgpt_base_url.trim_end_matches('/'))
}

/// Where the config keeps logins, and which kind it lets be used.
pub fn login_place(config: &Config) -> LoginPlace {
    LoginPlace {
        codex_home: config.codex_home.clone(),
        store: match config.cli_auth_credentials_store {
            CredentialsStore::File => LoginStore::File,
            CredentialsStore::Keyring => LoginStore::Keyring,
            CredentialsStore::Auto => LoginStore::Auto,
            CredentialsStore::Ephemeral => LoginStore::Ephemeral,
        },
        workspaces: config.forced_chatgpt_workspace_ids.clone(),
        forced: config.forced_login_method.map(|method| match method {
            ForcedMethod::Api => LoginMethod::ApiKey,
            ForcedMethod::Chatgpt => LoginMethod::ChatGpt,
        }),
    }
}

/// The local model server the config chooses, and the model it is to run.
pub fn local_service(config: &Config) -> Option<(LocalService, String)> {
    let service = LocalService::of_id(&config.model_provider)?;
    let model = config.model.clone().unwrap_or_else(|| service.default_model().to_owned());
    Some((service, model))
}
