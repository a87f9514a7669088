//! A home folder, a system folder and a project in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};

use codex_config::{Config, ConfigError, ConfigWarning, LoadRequest, Loaded, Strictness, load};
use tempfile::TempDir;

/// The folders one load sees.
pub(crate) struct World {
    dir: TempDir,
    pub(crate) request: LoadRequest,
}

impl World {
    /// Empty folders; the working folder is the root of a project.
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let base = fs::canonicalize(dir.path()).unwrap();
        for name in ["home", "system", "work/.git"] {
            fs::create_dir_all(base.join(name)).unwrap();
        }
        let mut request = LoadRequest::new(base.join("home"), base.join("work"));
        request.system_dir = base.join("system");
        request.home_dir = Some(base);
        Self { dir, request }
    }

    /// A world whose user file holds `text`.
    pub(crate) fn user(text: &str) -> Self {
        let world = Self::new();
        world.write("home/config.toml", text);
        world
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        fs::canonicalize(self.dir.path()).unwrap().join(relative)
    }

    pub(crate) fn write(&self, relative: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap()
    }

    /// The user-file table that trusts the project.
    pub(crate) fn trust_table(&self) -> String {
        format!("[projects.{:?}]\ntrust_level = \"trusted\"\n", self.path("work").to_str().unwrap())
    }

    pub(crate) fn over(mut self, overrides: &[&str]) -> Self {
        self.request.overrides.extend(overrides.iter().map(|text| (*text).to_owned()));
        self
    }

    pub(crate) fn profile(mut self, name: &str) -> Self {
        self.request.profile = Some(name.parse().unwrap());
        self
    }

    pub(crate) fn strict(mut self) -> Self {
        self.request.strictness = Strictness::Strict;
        self
    }

    pub(crate) fn load(&self) -> Loaded {
        load(&self.request).unwrap_or_else(|err| panic!("{}", self.plain(&err)))
    }

    pub(crate) fn config(&self) -> Config {
        self.load().config
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        self.load().warnings.iter().map(|warning| self.shorten(&warning.to_string())).collect()
    }

    pub(crate) fn raw_warnings(&self) -> Vec<ConfigWarning> {
        self.load().warnings
    }

    pub(crate) fn error(&self) -> ConfigError {
        load(&self.request).expect_err("the load should fail")
    }

    /// What the command line would print, with the temporary folder written as `W`.
    pub(crate) fn report(&self) -> String {
        self.plain(&self.error())
    }

    pub(crate) fn plain(&self, err: &ConfigError) -> String {
        self.shorten(&err.report())
    }

    fn shorten(&self, text: &str) -> String {
        text.replace(self.path("").to_str().unwrap(), "W/")
    }
}

/// The names in a folder.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
