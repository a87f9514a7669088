//! One binary under measurement: its home, its repository, its flags, and the loop that runs a case on it.
//! Everything lives below one folder that is removed afterwards.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use codex_sim::{Script, SimServer};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::case::{Case, Index};
use super::measure::{Used, measured};
use super::thread_file::{self, ThreadSpec};

const MODEL: &str = "gpt-5.5";
const PROVIDER: &str = "bench";
const KEY_VARIABLE: &str = "BENCH_API_KEY";

/// Switches off what the official binary does besides the turn (update check, marketplace), so that only the
/// turn is compared.
const OFFICIAL_FLAGS: [&str; 8] = [
    "-c",
    "features.plugins=false",
    "-c",
    "features.apps=false",
    "-c",
    "features.tool_suggest=false",
    "-c",
    "check_for_update_on_startup=false",
];

/// Whose binary it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Ours,
    Official,
}

/// A binary to measure.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) whose: Whose,
    pub(crate) binary: PathBuf,
}

impl Side {
    /// Runs a case as often as it asks for, after one run that is not counted.
    pub(crate) fn run(&self, case: Case, scratch: &Path, runtime: &Runtime) -> anyhow::Result<Vec<Used>> {
        let place = Place::new(scratch)?;
        let server = runtime.block_on(SimServer::start(Script::new([])))?;
        place.write_config(&server.url())?;
        let thread = match case {
            Case::Resume { megabytes, .. } => Some(place.write_thread(megabytes)?.id),
            _ => None,
        };
        let program = self.program(case, thread.as_deref());
        let mut runs = Vec::new();
        for _ in 0..=case.runs() {
            let replies = case.replies();
            let expected = server.requests().len() + replies.len();
            server.push(replies);
            if matches!(case, Case::Resume { index: Index::Removed, .. }) {
                place.remove_databases()?;
            }
            let used =
                place.measure(&program).with_context(|| format!("{} of {:?}", case.name(), self.whose))?;
            let seen = server.requests().len();
            ensure!(seen == expected, "{}: {seen} requests arrived instead of {expected}", case.name());
            if thread.is_some() {
                let items = server.requests().last().map_or(0, |request| request.input().len());
                let wanted = thread_file::items_live();
                ensure!(
                    items > wanted,
                    "{}: {items} items were sent, the thread holds {wanted}",
                    case.name()
                );
            }
            runs.push(used);
        }
        server.verify()?;
        runtime.block_on(server.stop());
        runs.remove(0);
        Ok(runs)
    }

    /// Flags before the command, so that only the work is compared.
    pub(crate) fn flags(&self) -> &'static [&'static str] {
        match self.whose {
            Whose::Ours => &[],
            Whose::Official => &OFFICIAL_FLAGS,
        }
    }

    /// A run of one turn with this prompt.
    pub(crate) fn exec(&self, prompt: &str) -> Vec<OsString> {
        let program = [self.binary.clone().into_os_string()].into_iter();
        let flags = self.flags().iter().map(OsString::from);
        program.chain(flags).chain(["exec", "--json", prompt].map(OsString::from)).collect()
    }

    fn program(&self, case: Case, thread: Option<&str>) -> Vec<OsString> {
        let mut words = vec![self.binary.clone().into_os_string()];
        if case != Case::Version {
            words.extend(self.flags().iter().map(OsString::from));
        }
        words.extend(case.arguments(thread).into_iter().map(OsString::from));
        words
    }

    /// Size of the binary in bytes.
    pub(crate) fn size(&self) -> anyhow::Result<u64> {
        Ok(fs::metadata(&self.binary)
            .with_context(|| format!("no binary at {}", self.binary.display()))?
            .len())
    }
}

/// A fresh home and a fresh git repository.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new(scratch: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(scratch)?;
        let dir = tempfile::Builder::new().prefix("bench-").tempdir_in(scratch.canonicalize()?)?;
        let place = Self { dir };
        fs::create_dir_all(place.home())?;
        fs::create_dir_all(place.repo())?;
        fs::write(place.repo().join("notes.txt"), "A file to work on.\n")?;
        place.git(&["init", "-q"])?;
        place.git(&["add", "."])?;
        place.git(&[
            "-c",
            "user.name=bench",
            "-c",
            "user.email=bench@localhost",
            "commit",
            "-q",
            "-m",
            "start",
        ])?;
        Ok(place)
    }

    fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// The working folder.
    pub(crate) fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    fn git(&self, words: &[&str]) -> anyhow::Result<()> {
        let status = Command::new("git").args(words).current_dir(self.repo()).stdin(Stdio::null()).status();
        let status = status.context("the bench needs git")?;
        ensure!(status.success(), "git {} failed", words.join(" "));
        Ok(())
    }

    /// The configuration of a person who trusts the repository.
    pub(crate) fn write_config(&self, url: &str) -> anyhow::Result<()> {
        self.write_config_with(url, "")
    }

    /// The same with more lines for the provider.
    pub(crate) fn write_config_with(&self, url: &str, provider: &str) -> anyhow::Result<()> {
        let text = format!(
            "model = \"{MODEL}\"\nmodel_provider = \"{PROVIDER}\"\n\n[model_providers.{PROVIDER}]\n\
             name = \"{PROVIDER}\"\nbase_url = \"{url}\"\nenv_key = \"{KEY_VARIABLE}\"\n{provider}\n[projects.{:?}]\ntrust_level = \"trusted\"\n",
            self.repo().display().to_string()
        );
        Ok(fs::write(self.home().join("config.toml"), text)?)
    }

    /// A saved thread of at least this size.
    pub(crate) fn write_thread(&self, megabytes: u64) -> anyhow::Result<thread_file::SavedThread> {
        let thread = thread_file::write(&ThreadSpec {
            home: &self.home(),
            cwd: &self.repo(),
            model: MODEL,
            model_provider: PROVIDER,
            bytes_min: megabytes * 1_000_000,
        })?;
        // Dirty pages of a fresh gigabyte would otherwise be written out during the measured runs.
        fs::File::open(&thread.file)?.sync_all()?;
        Ok(thread)
    }

    /// Databases hold nothing a thread needs (`rollouts.md §1`).
    fn remove_databases(&self) -> anyhow::Result<()> {
        for entry in fs::read_dir(self.home())? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().contains(".sqlite")) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Runs a program to its end; a failed one is an error with what it said.
    pub(crate) fn measure(&self, program: &[OsString]) -> anyhow::Result<Used> {
        let log = self.dir.path().join("log.txt");
        let used = measured(program, &self.repo(), &self.environment(), &log)?;
        if used.exit_code != 0 {
            let said = fs::read_to_string(&log).unwrap_or_default();
            let tail: String = said.chars().rev().take(1500).collect::<Vec<_>>().into_iter().rev().collect();
            anyhow::bail!("exit code {}, it said:\n{tail}", used.exit_code);
        }
        Ok(used)
    }

    /// The whole environment of a run.
    pub(crate) fn environment(&self) -> Vec<(OsString, OsString)> {
        let mut environment: Vec<(OsString, OsString)> = vec![
            ("HOME".into(), self.dir.path().into()),
            ("CODEX_HOME".into(), self.home().into()),
            (KEY_VARIABLE.into(), "bench-key".into()),
            ("LANG".into(), "C.UTF-8".into()),
        ];
        environment.extend(std::env::var_os("PATH").map(|path| ("PATH".into(), path)));
        environment
    }
}
