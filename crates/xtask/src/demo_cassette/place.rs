//! Where the demo is recorded: a copy of the demo project as a git repository, a fresh home, and the binary that
//! works there. All of it goes away with the value.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tempfile::TempDir;

/// The folder of files that belong to the demo.
pub(super) fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/assets")
}

pub(super) struct Place {
    codex: PathBuf,
    path: PathBuf,
    _dir: TempDir,
}

impl Place {
    pub(super) fn new(codex: &Path, url: &str) -> anyhow::Result<Self> {
        let codex = codex.canonicalize().with_context(|| {
            format!("no binary at {}: run `cargo build` first, or name one with --codex", codex.display())
        })?;
        let dir = tempfile::Builder::new().prefix("codex-demo-").tempdir()?;
        let place = Self { codex, path: dir.path().canonicalize()?, _dir: dir };
        fs::create_dir(place.home())?;
        let config = format!(
            "model_provider = \"demo\"\n[model_providers.demo]\nname = \"Demo\"\nbase_url = \"{url}\"\n"
        );
        fs::write(place.home().join("config.toml"), config)?;
        copy_folder(&assets().join("demo"), &place.project())?;
        place.run(Command::new("sh").arg(assets().join("demo_setup.sh").canonicalize()?))?;
        Ok(place)
    }

    pub(super) fn cassette(&self) -> PathBuf {
        self.path.join("cassette.jsonl")
    }

    fn home(&self) -> PathBuf {
        self.path.join("codex-home")
    }

    fn project(&self) -> PathBuf {
        self.path.join("version-sh")
    }

    /// `codex exec` with the flags of the demo, then `words`; gives the id of the thread.
    pub(super) fn exec(&self, words: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(&self.codex);
        command.args(["exec", "--json", "-s", "workspace-write", "-m", "gpt-5.5"]);
        command.args(["-c", "tools.update_plan.enabled=true", "-c", "web_search=\"disabled\""]);
        command.arg("--record").arg(self.cassette()).args(words);
        let events = self.run(&mut command)?;
        let first: Value = serde_json::from_str(events.lines().next().unwrap_or_default())?;
        let thread = first["thread_id"].as_str().context("the first event names no thread")?;
        Ok(thread.to_owned())
    }

    /// Whether the bug is gone.
    pub(super) fn run_tests(&self) -> anyhow::Result<()> {
        self.run(Command::new("sh").arg("tests.sh")).map(drop)
    }

    fn run(&self, command: &mut Command) -> anyhow::Result<String> {
        command.current_dir(self.project()).env_clear().envs(self.environment()).stdin(Stdio::null());
        let output = command.output().with_context(|| format!("{command:?}"))?;
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "{command:?} failed ({})\n{stdout}\n{stderr}", output.status);
        Ok(stdout.into_owned())
    }

    fn environment(&self) -> Vec<(OsString, OsString)> {
        vec![
            ("PATH".into(), std::env::var_os("PATH").unwrap_or_default()),
            ("HOME".into(), self.path.clone().into()),
            ("CODEX_HOME".into(), self.home().into()),
            ("SHELL".into(), "/bin/sh".into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("TZ".into(), "UTC".into()),
        ]
    }
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
