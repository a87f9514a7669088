//! `codex login`, `codex login status` and `codex logout`. Everything told goes to standard error: nothing of it is
//! data (`config.md §8`).

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use codex_auth::{
    ACCESS_TOKEN_VARIABLE, AbsentLogin, AccessTokenKind, AuthError, AuthServer, BrowserSignIn, ChatGptTokens,
    Credentials, DeviceSignIn, Exchange, ExchangeAnswer, LoginKind, LoginMethod, LoginPlace, ProviderAuth,
    Removed, Secret, StoredLogin, agent_identity_of, exchange, owner_of,
};
use codex_config::Config;
use codex_core::{chatgpt_base_url, login_place};
use codex_model_provider::ProviderInfo;

use crate::args::{LoginArgs, LoginCommand, LogoutArgs, RootArgs};
use crate::commands::gateway_login;
use crate::commands::key_input::read_key;
use crate::error::CliError;
use crate::process::Process;
use crate::runtime::block_on;
use crate::settings::Flags;

/// Who signs in, as the server lists it.
pub(super) const ORIGINATOR: &str = "codex_cli_rs";
/// How long a server may take to judge a key.
const CHECK_LIMIT: Duration = Duration::from_secs(20);
/// How long a status waits for a server it need not hear.
const GLANCE_LIMIT: Duration = Duration::from_secs(5);

/// Stores a login, or shows the stored one.
pub(crate) fn run(args: LoginArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    let config = args.config.clone();
    if let Some(LoginCommand::Status { check, offline, config: later }) = args.command {
        let settings = Flags::inspecting(root, config.with(later)).load(process)?;
        let question = match (check, offline) {
            (true, _) => Question::Strict,
            (false, true) => Question::None,
            (false, false) => Question::Lenient,
        };
        return status(&settings.config, process, question);
    }
    if let Some(id) = &args.provider {
        return gateway_login::run(id, args.device_auth, config, root, process);
    }
    let settings = Flags::inspecting(root, config).load(process)?;
    let place = login_place(&settings.config);
    if args.with_api_key {
        return save_key(&place);
    }
    place.can_save(LoginMethod::ChatGpt)?;
    if args.with_access_token {
        let server = AuthServer::new(args.issuer.as_deref(), process.auth_env());
        return save_access_token(&settings.config, &server, process);
    }
    let server = AuthServer::new(args.issuer.as_deref(), process.auth_env());
    let tokens = match args.device_auth {
        true => block_on(Box::pin(sign_in_with_code(server)))??,
        false => block_on(Box::pin(sign_in_in_browser(server, args.port, &place.workspaces)))??,
    };
    let path = place.save_tokens(&tokens)?;
    tell(&format!("{} ({})", signed_in(&tokens), path.display()));
    tell_variable(process);
    Ok(ExitCode::SUCCESS)
}

async fn sign_in_in_browser(
    server: AuthServer,
    port: u16,
    workspaces: &[String],
) -> Result<ChatGptTokens, AuthError> {
    let sign_in = BrowserSignIn::begin(server, port).await?.only_for(workspaces);
    tell("Open this address in a browser on this machine and sign in:");
    tell("");
    tell(&sign_in.url(ORIGINATOR));
    tell("");
    tell("Waiting. No browser here? End this with Ctrl-C and use `codex login --device-auth`.");
    sign_in.finish().await
}

async fn sign_in_with_code(server: AuthServer) -> Result<ChatGptTokens, AuthError> {
    let sign_in = DeviceSignIn::begin(server).await?;
    tell("Open this address in a browser on any device, sign in, and type the code:");
    tell("");
    tell(&format!("  {}", sign_in.url()));
    tell(&format!("  {}", sign_in.user_code()));
    tell("");
    tell("Waiting. Never type a code that somebody else gave you: it would sign them in as you.");
    sign_in.finish().await
}

/// Removes the stored login.
pub(crate) fn log_out(args: LogoutArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    if let Some(id) = &args.provider {
        return gateway_login::log_out(id, args.config, root, process);
    }
    let settings = Flags::inspecting(root, args.config).load(process)?;
    match login_place(&settings.config).remove()? {
        Removed::Login => tell("Logged out: the stored login was removed."),
        Removed::Nothing => tell("Not logged in"),
    }
    tell_variable(process);
    Ok(ExitCode::SUCCESS)
}

/// Stores a token the server accepts, or the identity in one.
fn save_access_token(config: &Config, server: &AuthServer, process: &Process) -> Result<ExitCode, CliError> {
    let (place, env) = (login_place(config), process.auth_env());
    let token = read_key("access token")?;
    let (who, path) = match AccessTokenKind::of(&token) {
        None => return Err(CliError::NoKey("What was given is no access token.")),
        Some(AccessTokenKind::Personal) => {
            let owner = block_on(Box::pin(owner_of(&token, server, &env)))??;
            (owner.email.clone(), place.save_access_token(&token, &owner)?)
        }
        Some(AccessTokenKind::Agent) => {
            let base = &config.chatgpt_base_url;
            let identity = block_on(Box::pin(agent_identity_of(&token, base, &env)))??;
            (identity.email.clone(), place.save_agent_identity(&identity)?)
        }
    };
    let who = who.map(|who| format!(" of {who}")).unwrap_or_default();
    tell(&clean(&format!("The access token{who} is saved in {}.", path.display())));
    tell_variable(process);
    Ok(ExitCode::SUCCESS)
}

fn save_key(place: &LoginPlace) -> Result<ExitCode, CliError> {
    place.can_save(LoginMethod::ApiKey)?;
    let key = read_key("API key")?;
    let path = place.save_api_key(&key)?;
    tell(&format!("The API key {} is saved in {}.", key.masked(), path.display()));
    tell("Whether the server accepts it: `codex login status`.");
    Ok(ExitCode::SUCCESS)
}

/// Whether the server is asked about a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    None,
    /// A server that cannot be asked says nothing against the login.
    Lenient,
    Strict,
}

fn status(config: &Config, process: &Process, question: Question) -> Result<ExitCode, CliError> {
    let place = login_place(config);
    let login = match place.usable() {
        Ok(Some(login)) => login,
        Ok(None) => return Ok(not_logged_in(process, None)),
        Err(error) => return Ok(not_logged_in(process, Some(&error))),
    };
    if let Some(warning) = &login.warning {
        tell(&format!("warning: {warning}"));
    }
    let file = place.shown();
    match (&login.kind, &login.tokens) {
        (LoginKind::ChatGpt, Some(tokens)) => tell(&format!("{} ({file})", signed_in(tokens))),
        (LoginKind::AccessToken, _) => tell(&format!("Logged in with an access token ({file})")),
        (LoginKind::AgentIdentity, _) if login.agent.is_some() => {
            tell(&format!("Logged in with an Agent Identity ({file})"));
        }
        (LoginKind::Other(_), _) if login.bedrock.is_some() => {
            tell(&format!("Logged in with an API key for Amazon Bedrock ({file})"));
        }
        _ => match login.clone().credential() {
            Ok(Some(key)) => {
                tell(&format!("Logged in with an API key: {} ({})", key.masked(), file));
            }
            Ok(None) => return Ok(not_logged_in(process, None)),
            Err(error) => return Ok(not_logged_in(process, Some(&error))),
        },
    }
    tell_variable(process);
    // Keys of clouds and identities are not for the server that would be asked.
    let asked_of_it = matches!(login.kind, LoginKind::ApiKey | LoginKind::ChatGpt | LoginKind::AccessToken);
    match question {
        Question::None => Ok(ExitCode::SUCCESS),
        _ if !asked_of_it => Ok(ExitCode::SUCCESS),
        _ => block_on(Box::pin(ask_server(config, process, login, question))),
    }
}

/// Who is signed in, as one line.
pub(super) fn signed_in(tokens: &ChatGptTokens) -> String {
    let who = tokens.email().unwrap_or_else(|| "an account without an address".to_owned());
    let plan = tokens.plan().map(|plan| format!(", plan {plan}")).unwrap_or_default();
    clean(&format!("Logged in with ChatGPT: {who}{plan}"))
}

/// Without control characters: some of the words are a server's.
pub(super) fn clean(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).collect()
}

fn not_logged_in(process: &Process, reason: Option<&AuthError>) -> ExitCode {
    tell("Not logged in");
    if reason.is_none() && variable_in_use(process).is_none() {
        tell("hint: `codex login` signs in with ChatGPT, `codex login --with-api-key` stores a key");
    }
    if let Some(error) = reason {
        tell(&error.to_string());
        if let Some(hint) = error.hint() {
            tell(&format!("hint: {hint}"));
        }
    }
    tell_variable(process);
    ExitCode::FAILURE
}

/// Asks for the list of models: it needs a valid login and costs nothing.
async fn ask_server(config: &Config, process: &Process, login: StoredLogin, question: Question) -> ExitCode {
    let limit = if question == Question::Strict { CHECK_LIMIT } else { GLANCE_LIMIT };
    match answer_about(config, process, login, limit).await {
        Ok(answer) if answer.is_success() => {
            tell("The server accepts it.");
            return ExitCode::SUCCESS;
        }
        Ok(answer) if matches!(answer.status, 401 | 403) => {
            tell(&format!("The server refuses it (status {}).", answer.status));
            tell("hint: log in again; see `codex login --help`");
            return ExitCode::FAILURE;
        }
        Err(error @ AuthError::SignInOver { .. }) => {
            tell(&error.to_string());
            tell(&format!("hint: {}", error.hint().unwrap_or_default()));
            return ExitCode::FAILURE;
        }
        Ok(answer) => {
            tell(&format!("It could not be checked: the server answered with status {}.", answer.status));
        }
        Err(error) => {
            tell(&format!("It could not be checked: {error}"));
            if let Some(hint) = error.hint() {
                tell(&format!("hint: {hint}"));
            }
        }
    }
    if question == Question::Strict { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn answer_about(
    config: &Config,
    process: &Process,
    login: StoredLogin,
    limit: Duration,
) -> Result<ExchangeAnswer, AuthError> {
    let mut provider = ProviderInfo::openai(ProviderAuth::None);
    let mut headers = Vec::new();
    if login.kind.method() == LoginMethod::ChatGpt {
        provider.base_url = chatgpt_base_url(config);
        let account = login.workspace();
        headers.extend(account.map(|account| ("chatgpt-account-id".to_owned(), Secret::new(account))));
    }
    if let Some(base_url) = &config.openai_base_url {
        provider.base_url.clone_from(base_url);
    }
    let env = process.auth_env();
    headers.extend(
        provider
            .env_http_headers
            .iter()
            .filter_map(|(header, variable)| Some((header.clone(), Secret::new(env.var(variable)?)))),
    );
    let ask = async |bearer: Option<Secret>| {
        let url = provider.address_of(concat!("models?client_version=", env!("CARGO_PKG_VERSION")));
        let request = Exchange { bearer, headers: headers.clone(), ..Exchange::get(url, limit) };
        exchange(request, &env).await.map_err(AuthError::from)
    };
    // The stored login is what is asked about, whatever key the environment holds.
    let auth = ProviderAuth::StoredLogin { place: login_place(config), absent: AbsentLogin::Refused };
    let credentials =
        Credentials::new(auth, process.auth_env_without(&["CODEX_API_KEY", ACCESS_TOKEN_VARIABLE]));
    let bearer = credentials.resolve().await?;
    let answer = ask(bearer.clone()).await?;
    match bearer {
        Some(refused) if answer.status == 401 && credentials.can_renew() => {
            ask(credentials.renew(&refused).await?).await
        }
        _ => Ok(answer),
    }
}

/// A key in the environment goes before the stored login: whoever asks about logins should know.
fn tell_variable(process: &Process) {
    if let Some(line) = variable_in_use(process) {
        tell(line);
    }
}

/// That a variable goes before what is stored, if one does.
pub(super) fn variable_in_use(process: &Process) -> Option<&'static str> {
    if process.auth_env().var("CODEX_API_KEY").is_some() {
        Some("CODEX_API_KEY is set: its key is used, whatever is stored.")
    } else {
        let token = process.auth_env().var(ACCESS_TOKEN_VARIABLE);
        token.is_some().then_some("CODEX_ACCESS_TOKEN is set: its token is used, whatever is stored.")
    }
}

pub(super) fn tell(line: &str) {
    // Nobody reads it when standard error is closed.
    let _ = writeln!(io::stderr(), "{line}");
}
