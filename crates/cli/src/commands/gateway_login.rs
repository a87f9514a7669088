//! `codex login --provider ID` and `codex logout --provider ID`: the sign-in at the gateway before a model provider.

use std::process::ExitCode;

use codex_auth::{AuthError, Env, GatewayBrowserSignIn, GatewayDeviceSignIn, GatewayLogin};
use codex_core::gateway_login;

use crate::args::{ConfigArgs, RootArgs};
use crate::commands::login::{clean, tell};
use crate::error::CliError;
use crate::process::Process;
use crate::runtime::block_on;
use crate::settings::Flags;

/// Signs in and stores what that ends with.
pub(super) fn run(
    id: &str,
    by_code: bool,
    config: ConfigArgs,
    root: RootArgs,
    process: &Process,
) -> Result<ExitCode, CliError> {
    let login = login_of(id, config, root, process)?;
    let env = process.auth_env();
    match by_code {
        true => block_on(Box::pin(with_code(login, env)))??,
        false => block_on(Box::pin(in_browser(login, env)))??,
    }
    tell(&format!("Signed in at the gateway of `{id}`."));
    Ok(ExitCode::SUCCESS)
}

/// Removes what a sign-in has left.
pub(super) fn log_out(
    id: &str,
    config: ConfigArgs,
    root: RootArgs,
    process: &Process,
) -> Result<ExitCode, CliError> {
    let login = login_of(id, config, root, process)?;
    let found = block_on(Box::pin(login.forget()))??;
    tell(match found {
        true => "Logged out: the sign-in at the gateway was removed.",
        false => "Not signed in at the gateway",
    });
    Ok(ExitCode::SUCCESS)
}

fn login_of(
    id: &str,
    config: ConfigArgs,
    root: RootArgs,
    process: &Process,
) -> Result<GatewayLogin, CliError> {
    let settings = Flags::inspecting(root, config.at_provider(id)).load(process)?;
    gateway_login(&settings.config).ok_or_else(|| CliError::NoGateway(id.to_owned()))
}

async fn in_browser(login: GatewayLogin, env: Env) -> Result<(), AuthError> {
    let sign_in = GatewayBrowserSignIn::begin(login, env).await?;
    tell("Open this address in a browser on this machine and sign in:");
    tell("");
    tell(&sign_in.url());
    tell("");
    tell("Waiting. Ctrl-C ends this.");
    sign_in.finish().await
}

async fn with_code(login: GatewayLogin, env: Env) -> Result<(), AuthError> {
    let sign_in = GatewayDeviceSignIn::begin(login, env).await?;
    tell("Open this address in a browser on any device, sign in, and type the code:");
    tell("");
    tell(&clean(&format!("  {}", sign_in.url())));
    tell(&clean(&format!("  {}", sign_in.user_code())));
    tell("");
    tell("Waiting. Never type a code that somebody else gave you: it would sign them in as you.");
    sign_in.finish().await
}
