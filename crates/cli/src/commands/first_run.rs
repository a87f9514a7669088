//! What a first run of the terminal UI settles: the login and the trust; later, the end of a login. Stands behind the UI's door; the UI knows no
//! credentials and no files.

use std::path::PathBuf;

use codex_auth::{
    AuthError, AuthServer, BrowserSignIn, DeviceSignIn, LoginMethod, LoginPlace, Removed, Secret,
};
use codex_config::{Config, remember_trusted, trust_project};
use codex_core::login_place;
use codex_tui::{Door, DoorAnswer, DoorAsk, DoorKeeper, FirstRun};
use tokio::sync::mpsc::Sender;

use super::login::{ORIGINATOR, signed_in, variable_in_use};
use super::tui::with_default_sandbox;
use crate::error::CliError;
use crate::process::Process;
use crate::settings::Flags;

/// The port that sign-ins in a browser come back to.
const BROWSER_PORT: u16 = 1455;
const OPENAI: &str = "openai";

/// The keeper of the door, and what it needs for its work.
pub(crate) struct Keeper {
    door: DoorKeeper,
    flags: Flags,
    process: Process,
    place: LoginPlace,
    root: PathBuf,
}

/// What has to be settled before the first conversation, and who stands behind the door.
pub(crate) fn first_run(config: &Config, flags: &Flags, process: &Process) -> (FirstRun, Keeper) {
    let login = needs_login(config, process);
    let chosen = flags.agent.dangerously_bypass_approvals_and_sandbox || flags.place.sandbox.is_some();
    let asks_trust = config.project.trust.is_none() && !chosen;
    let (door, keeper) = Door::new();
    let root = config.project.root.clone();
    let trust = asks_trust.then(|| root.clone());
    let keeper = Keeper {
        door: keeper,
        flags: flags.clone(),
        process: process.clone(),
        place: login_place(config),
        root,
    };
    (FirstRun { login, trust, door }, keeper)
}

/// Nobody is logged in, and the provider is the one that wants a login. Behind an address of the person's own there may
/// be a proxy that adds the key; a login that cannot be read is told when it is used.
fn needs_login(config: &Config, process: &Process) -> bool {
    config.model_provider == OPENAI
        && config.openai_base_url.is_none()
        && variable_in_use(process).is_none()
        && matches!(login_place(config).usable(), Ok(None))
}

impl Keeper {
    /// Answers until the UI has gone.
    pub(crate) async fn keep(mut self) {
        let mut next = self.door.asks.recv().await;
        while let Some(ask) = next {
            let answers = self.door.answers.clone();
            // A new ask ends what is going on.
            next = tokio::select! {
                biased;
                ask = self.door.asks.recv() => ask,
                () = answer(&self.flags, &self.process, &self.place, &self.root, ask, &answers) => {
                    self.door.asks.recv().await
                }
            };
        }
    }
}

async fn answer(
    flags: &Flags,
    process: &Process,
    place: &LoginPlace,
    root: &std::path::Path,
    ask: DoorAsk,
    answers: &Sender<DoorAnswer>,
) {
    let answer = match ask {
        DoorAsk::Cancel => return,
        DoorAsk::SaveKey(key) => save_key(place, key.expose()).map_err(|error| told(&error)),
        DoorAsk::Browser => browser(place, process, answers).await.map_err(|error| told(&error)),
        DoorAsk::DeviceCode => device(place, process, answers).await.map_err(|error| told(&error)),
        DoorAsk::LogOut => log_out(place, process).map_err(|error| told(&error)),
        DoorAsk::Trust => trust(flags, process, root).map_err(|error| error.to_string()),
    };
    // A UI that has gone needs no answer.
    let _ = answers.send(answer.unwrap_or_else(DoorAnswer::Failed)).await;
}

fn told(error: &AuthError) -> String {
    match error.hint() {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    }
}

fn save_key(place: &LoginPlace, key: &str) -> Result<DoorAnswer, AuthError> {
    place.can_save(LoginMethod::ApiKey)?;
    let key = Secret::new(key);
    let path = place.save_api_key(&key)?;
    Ok(DoorAnswer::LoggedIn(format!("The API key {} is saved in {}.", key.masked(), path.display())))
}

fn log_out(place: &LoginPlace, process: &Process) -> Result<DoorAnswer, AuthError> {
    Ok(match place.remove()? {
        Removed::Nothing => DoorAnswer::Failed("Not logged in: no login is stored.".to_owned()),
        Removed::Login => {
            let still = variable_in_use(process).map(|line| format!("\n{line}")).unwrap_or_default();
            DoorAnswer::LoggedOut(format!("Logged out: the stored login was removed.{still}"))
        }
    })
}

async fn browser(
    place: &LoginPlace,
    process: &Process,
    answers: &Sender<DoorAnswer>,
) -> Result<DoorAnswer, AuthError> {
    place.can_save(LoginMethod::ChatGpt)?;
    let sign_in = BrowserSignIn::begin(AuthServer::new(None, process.auth_env()), BROWSER_PORT).await?;
    // A UI that has gone ends this future next.
    let _ = answers.send(DoorAnswer::Open { url: sign_in.url(ORIGINATOR), code: None }).await;
    let tokens = sign_in.finish().await?;
    place.save_tokens(&tokens)?;
    Ok(DoorAnswer::LoggedIn(signed_in(&tokens)))
}

async fn device(
    place: &LoginPlace,
    process: &Process,
    answers: &Sender<DoorAnswer>,
) -> Result<DoorAnswer, AuthError> {
    place.can_save(LoginMethod::ChatGpt)?;
    let sign_in = DeviceSignIn::begin(AuthServer::new(None, process.auth_env())).await?;
    let open = DoorAnswer::Open { url: sign_in.url(), code: Some(sign_in.user_code().to_owned()) };
    // A UI that has gone ends this future next.
    let _ = answers.send(open).await;
    let tokens = sign_in.finish().await?;
    place.save_tokens(&tokens)?;
    Ok(DoorAnswer::LoggedIn(signed_in(&tokens)))
}

fn trust(flags: &Flags, process: &Process, root: &std::path::Path) -> Result<DoorAnswer, CliError> {
    let before = flags.load(process)?;
    trust_project(&before.config.codex_home, root)?;
    remember_trusted(&before.config.codex_home, root, &before.config.cwd)?;
    let settings = flags.load(process)?;
    let known = before.warnings;
    let warnings = settings.warnings.into_iter().filter(|warning| !known.contains(warning)).collect();
    Ok(DoorAnswer::Trusted { config: with_default_sandbox(settings.config), warnings })
}
