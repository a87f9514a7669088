//! The project of the demo: a small git repository with a real bug in a fresh temporary folder, next to a fresh home.
//! Invariant: nothing outside that folder is written, and the user's git settings and environment decide nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_stdx::{Captured, ProgramRun, atomic_write, capture_program};

use super::replay_error::ReplayError;
use crate::scratch::scratch_folder;

/// The project's files; `demo-cassette` of crates/xtask copies the same folder.
const FILES: [(&str, &str); 3] = [
    ("README.md", include_str!("../../assets/demo/README.md")),
    ("lib/version.sh", include_str!("../../assets/demo/lib/version.sh")),
    ("tests.sh", include_str!("../../assets/demo/tests.sh")),
];

/// Makes a repository of the folder it runs in.
const SETUP: &str = include_str!("../../assets/demo_setup.sh");

/// Shows what changed, whatever git is configured to show; `$1` is `always` or `never`.
const DIFF: &str = "unset $(git rev-parse --local-env-vars)
GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null exec git --no-pager diff --no-ext-diff --color=\"$1\"";

const SCRIPT_TIMEOUT: Duration = Duration::from_secs(30);
const SCRIPT_OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// The folders of one demo. They are kept: the user may look around afterwards.
#[derive(Debug)]
pub(crate) struct DemoProject {
    root: PathBuf,
}

/// How a run of the project's tests ended.
#[derive(Debug)]
pub(crate) struct TestRun {
    pub(crate) passed: bool,
    pub(crate) output: String,
}

impl DemoProject {
    /// Writes the project and commits it.
    pub(crate) async fn create() -> Result<DemoProject, ReplayError> {
        let made = scratch_folder("codex-demo-");
        let failed = |path: PathBuf| {
            move |source| ReplayError::MakeFolder {
                path,
                source,
                hint: "set TMPDIR to a folder you can write to",
            }
        };
        let made = made.map_err(failed(std::env::temp_dir()))?;
        // Links on the way would make the folder the model is told unlike the one commands report.
        let root = made.path().canonicalize().map_err(failed(made.path().to_path_buf()))?;
        let project = DemoProject { root };
        for folder in [project.codex_home(), project.repository().join("lib")] {
            fs::create_dir_all(&folder).map_err(failed(folder))?;
        }
        for (name, text) in FILES {
            atomic_write(&project.repository().join(name), text.as_bytes())?;
        }
        let set_up = project.script(SETUP, &[]).await?;
        if !set_up.status.success() {
            let said = String::from_utf8_lossy(&set_up.stderr).trim().to_owned();
            return Err(ReplayError::Repository(said));
        }
        let _kept = made.keep();
        Ok(project)
    }

    /// Everything of the demo lies below this folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The repository the agent works in.
    pub(crate) fn repository(&self) -> PathBuf {
        self.root.join("version-sh")
    }

    /// A copy of the cassette, to be played again by hand.
    pub(crate) fn cassette(&self) -> PathBuf {
        self.root.join("demo.cassette.jsonl")
    }

    /// `$CODEX_HOME` of the demo.
    pub(crate) fn codex_home(&self) -> PathBuf {
        self.root.join("codex-home")
    }

    /// Runs the project's tests.
    pub(crate) async fn run_tests(&self) -> Result<TestRun, ReplayError> {
        let run = self.script("exec sh ./tests.sh", &[]).await?;
        let output = [run.stdout, run.stderr].concat();
        Ok(TestRun { passed: run.status.success(), output: String::from_utf8_lossy(&output).into_owned() })
    }

    /// What the agent changed since the commit.
    pub(crate) async fn diff(&self, colour: bool) -> Result<String, ReplayError> {
        let run = self.script(DIFF, &[if colour { "always" } else { "never" }]).await?;
        Ok(String::from_utf8_lossy(&run.stdout).into_owned())
    }

    async fn script(&self, script: &str, words: &[&str]) -> Result<Captured, ReplayError> {
        let args: Vec<String> = ["-c", script, "sh"].iter().chain(words).map(ToString::to_string).collect();
        let run = ProgramRun {
            program: "sh",
            args: &args,
            env: &[],
            cwd: &self.repository(),
            timeout: SCRIPT_TIMEOUT,
            output_bytes_max: SCRIPT_OUTPUT_BYTES_MAX,
        };
        Ok(capture_program(&run).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pretty_assertions::assert_eq;

    use super::*;

    fn files(folder: &Path, below: &str, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                files(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name, fs::read_to_string(entry.path()).unwrap());
            }
        }
    }

    #[test]
    fn the_project_is_the_asset_folder() {
        let mut found = BTreeMap::new();
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo"), "", &mut found);
        let embedded = FILES.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(BTreeMap::from(embedded), found);
    }

    #[tokio::test]
    async fn the_project_is_a_clean_repository_whose_tests_fail_until_the_bug_is_fixed() {
        let project = DemoProject::create().await.unwrap();
        let before = project.run_tests().await.unwrap();
        let diff_before = project.diff(false).await.unwrap();
        let code = project.repository().join("lib/version.sh");
        let text = fs::read_to_string(&code).unwrap();
        let fixed = text.replace(r#"expr "x$_a" '<' "x$_b" >/dev/null"#, r#"[ "${_a:-0}" -lt "${_b:-0}" ]"#);
        fs::write(&code, fixed).unwrap();
        let after = project.run_tests().await.unwrap();
        let diff_after = project.diff(false).await.unwrap();
        fs::remove_dir_all(project.root()).unwrap();
        assert!(!before.passed && before.output.ends_with("6 checks, 2 failed\n"), "{}", before.output);
        assert_eq!(diff_before, "");
        assert!(after.passed && after.output.ends_with("6 checks, 0 failed\n"), "{}", after.output);
        assert!(diff_after.contains("\n-            if expr "), "{diff_after}");
    }
}
