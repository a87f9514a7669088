//! Twenty processes that find the same ended access token at once: how many requests that costs, and how long.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use codex_sim::{Route, Script, SideAnswer, SideServer, SimServer};
use serde_json::json;
use tokio::process::Command;
use tokio::task::JoinSet;

const PROCESSES: usize = 20;
/// Tokens whose middle part says when they end: in 2001, and in 2096.
const ENDED: &str = "e30.eyJleHAiOjEwMDAwMDAwMDB9.x";
const FRESH: &str = "e30.eyJleHAiOjQwMDAwMDAwMDB9.x";

/// Runs them and gives the row of the table.
pub(crate) async fn row(binary: &Path, scratch: &Path) -> anyhow::Result<String> {
    let renewed = json!({ "id_token": FRESH, "access_token": FRESH, "refresh_token": "r2" });
    let auth = SideServer::start([Route::post("/renew", [SideAnswer::json(200, &renewed)])]).await?;
    let models = SimServer::start(Script::new([])).await?;
    let home = scratch.join("renewal");
    fs::create_dir_all(&home)?;
    let tokens =
        json!({ "id_token": ENDED, "access_token": ENDED, "refresh_token": "r1", "account_id": "a" });
    let login = json!({ "auth_mode": "chatgpt", "OPENAI_API_KEY": null, "tokens": tokens });
    fs::write(home.join("auth.json"), login.to_string())?;
    fs::write(home.join("config.toml"), format!("openai_base_url = \"{}\"\n", models.url()))?;
    let home = home.canonicalize()?;
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..PROCESSES {
        let mut command = Command::new(binary);
        command.args(["login", "status", "--check"]).env_clear().env("CODEX_HOME", &home).env("HOME", &home);
        command.env("CODEX_REFRESH_TOKEN_URL_OVERRIDE", format!("{}/renew", auth.url())).current_dir(&home);
        all.spawn(async move { command.output().await });
    }
    while let Some(out) = all.join_next().await {
        let out = out?.context("a process could not be run")?;
        ensure!(out.status.success(), "a process failed: {}", String::from_utf8_lossy(&out.stderr));
    }
    let (took, requests) = (begun.elapsed(), auth.paths().len());
    fs::remove_dir_all(&home)?;
    ensure!(requests == 1, "{PROCESSES} processes made {requests} refresh requests");
    let ms = took.as_millis();
    Ok(format!("token refresh by {PROCESSES} processes at once: {requests} request (all done after {ms} ms)"))
}
