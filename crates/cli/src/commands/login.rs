//! `codex login`, `codex login status` and `codex logout`. Everything told goes to standard error: nothing of it is
//! data (`config.md §8`).

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use codex_auth::{
    AuthError, Exchange, ExchangeError, LoginMethod, LoginPlace, ProviderAuth, Removed, Secret, exchange,
};
use codex_config::Config;
use codex_core::login_place;
use codex_model_provider::ProviderInfo;

use crate::args::{LoginArgs, LoginCommand, LogoutArgs, RootArgs};
use crate::commands::key_input::read_key;
use crate::error::CliError;
use crate::process::Process;
use crate::runtime::block_on;
use crate::settings::Flags;

/// How long a server may take to judge a key.
const CHECK_LIMIT: Duration = Duration::from_secs(20);

/// Stores a login, or shows the stored one.
pub(crate) fn run(args: LoginArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    let LoginArgs { command, with_api_key, with_access_token, device_auth, config } = args;
    match command {
        Some(LoginCommand::Status { check, config: later }) => {
            let settings = Flags::inspecting(root, config.with(later)).load(process)?;
            status(&settings.config, process, check)
        }
        None if with_access_token => Err(CliError::LoginNotAvailable("codex login --with-access-token")),
        None if device_auth => Err(CliError::LoginNotAvailable("codex login --device-auth")),
        None if with_api_key => {
            let settings = Flags::inspecting(root, config).load(process)?;
            save_key(&login_place(&settings.config))
        }
        None => Err(CliError::LoginNotAvailable("codex login")),
    }
}

/// Removes the stored login.
pub(crate) fn log_out(args: LogoutArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    let settings = Flags::inspecting(root, args.config).load(process)?;
    match login_place(&settings.config).remove()? {
        Removed::Login => tell("Logged out: the stored login was removed."),
        Removed::Nothing => tell("Not logged in"),
    }
    tell_variable(process);
    Ok(ExitCode::SUCCESS)
}

fn save_key(place: &LoginPlace) -> Result<ExitCode, CliError> {
    place.can_save(LoginMethod::ApiKey)?;
    let key = read_key()?;
    let path = place.save_api_key(&key)?;
    tell(&format!("The API key {} is saved in {}.", key.masked(), path.display()));
    tell("Whether the server accepts it: `codex login status --check`.");
    Ok(ExitCode::SUCCESS)
}

fn status(config: &Config, process: &Process, check: bool) -> Result<ExitCode, CliError> {
    let place = login_place(config);
    let key = match place.usable() {
        Ok(Some(login)) => {
            if let Some(warning) = &login.warning {
                tell(&format!("warning: {warning}"));
            }
            match login.credential() {
                Ok(key) => key,
                Err(error) => return Ok(not_logged_in(process, Some(&error))),
            }
        }
        Ok(None) => None,
        Err(error) => return Ok(not_logged_in(process, Some(&error))),
    };
    let Some(key) = key else { return Ok(not_logged_in(process, None)) };
    tell(&format!("Logged in with an API key: {} ({})", key.masked(), place.file().display()));
    tell_variable(process);
    if check { block_on(Box::pin(ask_server(config, process, key))) } else { Ok(ExitCode::SUCCESS) }
}

fn not_logged_in(process: &Process, reason: Option<&AuthError>) -> ExitCode {
    tell("Not logged in");
    if let Some(error) = reason {
        tell(&error.to_string());
        if let Some(hint) = error.hint() {
            tell(&format!("hint: {hint}"));
        }
    }
    tell_variable(process);
    ExitCode::FAILURE
}

/// Asks for the list of models: it needs a valid key and costs nothing.
async fn ask_server(config: &Config, process: &Process, key: Secret) -> ExitCode {
    let mut provider = ProviderInfo::openai(ProviderAuth::None);
    if let Some(base_url) = &config.openai_base_url {
        provider.base_url.clone_from(base_url);
    }
    let env = process.auth_env();
    let headers = provider
        .env_http_headers
        .iter()
        .filter_map(|(header, variable)| Some((header.clone(), Secret::new(env.var(variable)?))))
        .collect();
    let request =
        Exchange { bearer: Some(key), headers, ..Exchange::get(provider.address_of("models"), CHECK_LIMIT) };
    match exchange(request, &env).await {
        Ok(answer) if answer.is_success() => {
            tell("The server accepts it.");
            ExitCode::SUCCESS
        }
        Ok(answer) if matches!(answer.status, 401 | 403) => {
            tell(&format!("The server refuses it (status {}).", answer.status));
            tell("hint: store another key with `codex login --with-api-key`");
            ExitCode::FAILURE
        }
        Ok(answer) => {
            tell(&format!("It could not be checked: the server answered with status {}.", answer.status));
            ExitCode::FAILURE
        }
        Err(error) => {
            tell(&format!("It could not be checked: {error}."));
            if matches!(error, ExchangeError::Unreachable { .. } | ExchangeError::Timeout { .. }) {
                tell("hint: check the network, and HTTPS_PROXY if you need a proxy");
            }
            ExitCode::FAILURE
        }
    }
}

/// A key in the environment goes before the stored login: whoever asks about logins should know.
fn tell_variable(process: &Process) {
    if process.auth_env().var("CODEX_API_KEY").is_some() {
        tell("CODEX_API_KEY is set: its key is used, whatever is stored.");
    }
}

fn tell(line: &str) {
    // Nobody reads it when standard error is closed.
    let _ = writeln!(io::stderr(), "{line}");
}
