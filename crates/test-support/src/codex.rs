//! `TestCodex`: one test's world. A fresh home whose only provider is a scripted server, a fresh git repository and
//! a fixed environment; all of it goes away with the value. Knows how to run the binary, not what it should do.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use codex_sim::{Normaliser, Script, SimServer};
use tempfile::TempDir;
use tokio::process::Command;

use crate::command::CodexCommand;
use crate::error::TestError;
use crate::rollout::{self, Rollout};

/// The key the scripted provider is given, as `SIM_KEY`.
pub const SIM_KEY: &str = "sim-key-0123456789";

/// A model of the bundled catalogue that takes plain tools.
const MODEL: &str = "gpt-5.5";

/// What a [`TestCodex`] is made of.
#[derive(Debug)]
pub struct TestCodexBuilder {
    binary: PathBuf,
    script: Script,
    model: String,
    config: String,
    raw_config: Option<String>,
    provider: Vec<(String, String)>,
    files: Vec<(String, String)>,
    home_files: Vec<(String, String)>,
    repository: Repository,
    root_in: Option<PathBuf>,
    env: Vec<(OsString, OsString)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repository {
    Git,
    PlainFolder,
}

impl TestCodexBuilder {
    /// The answers of the scripted server; none without this call.
    #[must_use]
    pub fn script(mut self, script: impl Into<Script>) -> Self {
        self.script = script.into();
        self
    }

    /// The configured model.
    #[must_use]
    pub fn model(mut self, slug: &str) -> Self {
        slug.clone_into(&mut self.model);
        self
    }

    /// Adds text to config.toml, after `model` and `model_provider` and before the provider's table. `$REPO`,
    /// `$CODEX_HOME` and `$SERVER` (the base URL) are replaced.
    #[must_use]
    pub fn config(mut self, toml: &str) -> Self {
        self.config.push_str(toml);
        self.config.push('\n');
        self
    }

    /// Replaces the whole config.toml; the same words are replaced.
    #[must_use]
    pub fn raw_config(mut self, toml: &str) -> Self {
        self.raw_config = Some(toml.to_owned());
        self
    }

    /// Adds a key to the provider's table; the value is TOML (`1`, `"text"`).
    #[must_use]
    pub fn provider(mut self, key: &str, value: &str) -> Self {
        self.provider.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Adds a file to the repository's first commit.
    #[must_use]
    pub fn file(mut self, path: &str, content: &str) -> Self {
        self.files.push((path.to_owned(), content.to_owned()));
        self
    }

    /// Adds a file to `$CODEX_HOME`.
    #[must_use]
    pub fn home_file(mut self, path: &str, content: &str) -> Self {
        self.home_files.push((path.to_owned(), content.to_owned()));
        self
    }

    /// Makes the working folder no repository.
    #[must_use]
    pub fn no_git(mut self) -> Self {
        self.repository = Repository::PlainFolder;
        self
    }

    /// Puts everything under this folder instead of the temporary one, which a workspace-write sandbox may write to.
    /// Pass `env!("CARGO_TARGET_TMPDIR")`.
    #[must_use]
    pub fn root_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.root_in = Some(folder.into());
        self
    }

    /// Adds an environment variable to every command.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Creates everything and starts the server.
    pub async fn build(self) -> Result<TestCodex, TestError> {
        let in_folder = self.root_in.clone().unwrap_or_else(std::env::temp_dir);
        let new_folder = || tempfile::Builder::new().prefix("codex-test-").tempdir_in(&in_folder);
        let made = fs::create_dir_all(&in_folder).and_then(|()| new_folder());
        let root = made.map_err(TestError::io(format!("create a folder in {}", in_folder.display())))?;
        // Links on the way (the temporary folder of macOS) would make paths in output unlike ours.
        let path = root.path().canonicalize().map_err(TestError::io("resolve the test's folder"))?;
        let server = SimServer::start(self.script.clone()).await?;
        let codex = TestCodex {
            binary: self.binary.clone(),
            repo: path.join("repo"),
            home: path.join("codex-home"),
            user_home: path.join("user-home"),
            path,
            _root: root,
            server,
            env: self.env.clone(),
        };
        self.fill(&codex).await?;
        Ok(codex)
    }

    async fn fill(&self, codex: &TestCodex) -> Result<(), TestError> {
        for folder in [&codex.repo, &codex.home, &codex.user_home, &codex.path.join("tmp")] {
            fs::create_dir_all(folder).map_err(TestError::io(format!("create {}", folder.display())))?;
        }
        let identity = "[user]\n\tname = Test\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n";
        write(&codex.user_home.join(".gitconfig"), identity)?;
        write(&codex.home.join("config.toml"), &self.config_toml(codex))?;
        for (path, content) in &self.home_files {
            write(&codex.home.join(path), content)?;
        }
        for (path, content) in &self.files {
            write(&codex.repo.join(path), content)?;
        }
        if self.repository == Repository::Git {
            if self.files.is_empty() {
                write(&codex.repo.join("a.txt"), "hello\n")?;
            }
            codex.git(["init", "-q"]).await?;
            codex.git(["add", "-A"]).await?;
            codex.git(["commit", "-q", "--allow-empty", "-m", "first"]).await?;
        }
        Ok(())
    }

    fn config_toml(&self, codex: &TestCodex) -> String {
        let text = self.raw_config.clone().unwrap_or_else(|| {
            let extra: String = self.provider.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
            format!(
                "model = \"{}\"\nmodel_provider = \"sim\"\ncheck_for_update_on_startup = false\n{}\
                 [model_providers.sim]\nname = \"Sim\"\nbase_url = \"$SERVER\"\nenv_key = \"SIM_KEY\"\n{extra}",
                self.model, self.config
            )
        });
        text.replace("$REPO", &codex.repo.to_string_lossy())
            .replace("$CODEX_HOME", &codex.home.to_string_lossy())
            .replace("$SERVER", &codex.server.url())
    }
}

/// A fresh home, a fresh repository, a scripted server and the binary under test.
#[derive(Debug)]
pub struct TestCodex {
    binary: PathBuf,
    path: PathBuf,
    repo: PathBuf,
    home: PathBuf,
    user_home: PathBuf,
    env: Vec<(OsString, OsString)>,
    /// The scripted model. End tests with `server.verify().unwrap()`.
    pub server: SimServer,
    _root: TempDir,
}

impl TestCodex {
    /// Begins with the binary under test: `env!("CARGO_BIN_EXE_codex")`.
    pub fn builder(binary: impl Into<PathBuf>) -> TestCodexBuilder {
        TestCodexBuilder {
            binary: binary.into(),
            script: Script::new([]),
            model: MODEL.to_owned(),
            config: String::new(),
            raw_config: None,
            provider: Vec::new(),
            files: Vec::new(),
            home_files: Vec::new(),
            repository: Repository::Git,
            root_in: None,
            env: Vec::new(),
        }
    }

    /// The working folder of the commands.
    pub fn repo(&self) -> &Path {
        &self.repo
    }

    /// `$CODEX_HOME`.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The user's home folder.
    pub fn user_home(&self) -> &Path {
        &self.user_home
    }

    /// The folder that holds all of it.
    pub fn root(&self) -> &Path {
        &self.path
    }

    /// `codex exec ARGS` in the repository.
    pub fn exec<A: Into<OsString>>(&self, args: impl IntoIterator<Item = A>) -> CodexCommand {
        self.command(["exec"]).args(args)
    }

    /// `codex ARGS` in the repository.
    pub fn command<A: Into<OsString>>(&self, args: impl IntoIterator<Item = A>) -> CodexCommand {
        self.program(&self.binary).args(args)
    }

    /// Another program in the same surroundings.
    pub fn program(&self, program: impl Into<PathBuf>) -> CodexCommand {
        CodexCommand::new(program.into(), self.repo.clone(), self.environment())
    }

    /// Writes a file into the repository (uncommitted).
    pub fn write(&self, path: &str, content: &str) -> Result<(), TestError> {
        write(&self.repo.join(path), content)
    }

    /// Reads a file of the repository.
    pub fn read(&self, path: &str) -> Result<String, TestError> {
        fs::read_to_string(self.repo.join(path)).map_err(TestError::io(format!("read {path}")))
    }

    /// Runs git in the repository and gives its output.
    pub async fn git<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<String, TestError> {
        let mut command = Command::new("git");
        command.args(args).current_dir(&self.repo).env_clear().envs(self.environment());
        let run = command.stdin(Stdio::null()).kill_on_drop(true).output();
        let output = run.await.map_err(TestError::io("run git"))?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(TestError::SetUp { program: format!("{command:?}"), stderr });
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// All rollout files of the home, by path; archived ones last.
    pub fn rollouts(&self) -> Result<Vec<Rollout>, TestError> {
        let mut paths = rollout::find(&self.home.join("sessions"))?;
        paths.extend(rollout::find(&self.home.join("archived_sessions"))?);
        paths.iter().map(|path| Rollout::read(path)).collect()
    }

    /// The only rollout file of the home.
    pub fn rollout(&self) -> Result<Rollout, TestError> {
        let mut rollouts = self.rollouts()?;
        match rollouts.pop() {
            Some(rollout) if rollouts.is_empty() => Ok(rollout),
            last => {
                let found = rollouts.into_iter().chain(last).map(|rollout| rollout.path).collect();
                Err(TestError::RolloutCount { found })
            }
        }
    }

    /// A normaliser that knows this test's folders and server: `<repo>`, `<codex-home>`, `<user-home>`, `<root>`,
    /// `<server>`.
    pub fn normaliser(&self) -> Normaliser {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        Normaliser::new()
            .with_path(&path(&self.repo), "<repo>")
            .with_path(&path(&self.home), "<codex-home>")
            .with_path(&path(&self.user_home), "<user-home>")
            .with_path(&path(&self.path), "<root>")
            .with_path(&self.server.url(), "<server>")
    }

    /// The whole environment of a command: fixed, but for the search path.
    fn environment(&self) -> Vec<(OsString, OsString)> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut env: Vec<(OsString, OsString)> = vec![
            ("PATH".into(), path),
            ("HOME".into(), self.user_home.clone().into()),
            ("CODEX_HOME".into(), self.home.clone().into()),
            ("SIM_KEY".into(), SIM_KEY.into()),
            ("TMPDIR".into(), self.path.join("tmp").into()),
        ];
        let fixed = [
            ("TZ", "UTC"),
            ("LANG", "C.UTF-8"),
            ("TERM", "xterm"),
            ("SHELL", "/bin/sh"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z"),
            ("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z"),
        ];
        env.extend(fixed.map(|(name, value)| (name.into(), value.into())));
        env.extend(self.env.iter().cloned());
        env
    }
}

fn write(path: &Path, content: &str) -> Result<(), TestError> {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, content));
    written.map_err(TestError::io(format!("write {}", path.display())))
}
