//! The system's keyring, through the program every desktop has for it: `secret-tool` (Secret Service), on macOS
//! `security`. A program instead of a library: nobody pays for it who does not use it.
//! Invariant: the secret goes through pipes only, never through arguments, which others can see.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use codex_stdx::run_piped;

use crate::fingerprint;

const SERVICE: &str = "codex";
/// A keyring that is locked may ask the person first.
const LIMIT: Duration = Duration::from_secs(30);

/// The entry of one home.
#[derive(Debug)]
pub(crate) struct Keyring {
    account: String,
}

impl Keyring {
    pub(crate) fn of(codex_home: &Path) -> Self {
        let home = codex_home.canonicalize().unwrap_or_else(|_| codex_home.to_owned());
        let account = fingerprint(&[&home.to_string_lossy()]);
        Self { account: account.chars().take(16).collect() }
    }

    /// The entry of one home for something other than its login.
    pub(crate) fn of_part(codex_home: &Path, part: &str) -> Self {
        let login = Self::of(codex_home).account;
        Self { account: fingerprint(&[&login, part]).chars().take(16).collect() }
    }

    /// What is kept; `None` when nothing is.
    pub(crate) fn read(&self) -> Result<Option<Vec<u8>>, String> {
        let out = match cfg!(target_os = "macos") {
            true => {
                run("security", &["find-generic-password", "-s", SERVICE, "-a", &self.account, "-w"], "")?
            }
            false => run("secret-tool", &["lookup", "service", SERVICE, "account", &self.account], "")?,
        };
        let text = String::from_utf8_lossy(&out.stdout).trim().to_owned();
        match (out.status.success(), text.is_empty()) {
            (true, false) => {
                STANDARD.decode(text).map(Some).map_err(|_| "it holds something else".to_owned())
            }
            (true, true) => Ok(None),
            // 44: macOS has no such entry; the Secret Service's program says nothing at all.
            (false, _) if out.status.code() == Some(44) || out.stderr.is_empty() => Ok(None),
            (false, _) => Err(said(&out)),
        }
    }

    /// Keeps a text in place of what was kept.
    pub(crate) fn write(&self, text: &[u8]) -> Result<(), String> {
        let secret = STANDARD.encode(text);
        let out = match cfg!(target_os = "macos") {
            true => {
                let account = &self.account;
                run(
                    "security",
                    &["-i"],
                    &format!("add-generic-password -U -s {SERVICE} -a {account} -w {secret}\n"),
                )?
            }
            false => {
                let label = "--label=codex login";
                run("secret-tool", &["store", label, "service", SERVICE, "account", &self.account], &secret)?
            }
        };
        if out.status.success() { Ok(()) } else { Err(said(&out)) }
    }

    /// Forgets what is kept.
    pub(crate) fn remove(&self) -> Result<(), String> {
        let out = match cfg!(target_os = "macos") {
            true => run("security", &["delete-generic-password", "-s", SERVICE, "-a", &self.account], "")?,
            false => run("secret-tool", &["clear", "service", SERVICE, "account", &self.account], "")?,
        };
        if out.status.success() { Ok(()) } else { Err(said(&out)) }
    }
}

fn run(program: &str, args: &[&str], input: &str) -> Result<Output, String> {
    run_piped(program, args, input.as_bytes(), LIMIT).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("the program `{program}` is not installed"),
        _ => format!("`{program}`: {error}"),
    })
}

fn said(out: &Output) -> String {
    let said = String::from_utf8_lossy(&out.stderr);
    let said: String = said.trim().chars().filter(|char| !char.is_control()).take(200).collect();
    if said.is_empty() { format!("it failed ({})", out.status) } else { said }
}
