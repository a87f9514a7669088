//! What `git clean` would remove: git itself is asked, behind the sandbox, with `--dry-run` and without anything the
//! repository names.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_sandbox::run_confined;

/// How long git may look.
const TIME_MAX: Duration = Duration::from_secs(3);

/// The entries that would go; `None` when git does not say.
pub(crate) async fn would_clean(
    folder: &Path,
    words: &[String],
    environment: &[(OsString, OsString)],
) -> Option<Vec<PathBuf>> {
    let mut args: Vec<OsString> =
        ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"]
            .into_iter()
            .chain(["-c", "clean.requireForce=false", "--no-optional-locks", "clean", "--dry-run"])
            .map(OsString::from)
            .collect();
    // An interactive clean asks; what is listed is the same.
    args.extend(
        words.iter().filter(|word| !matches!(word.as_str(), "-i" | "--interactive")).map(OsString::from),
    );
    let output = run_confined("git", args, folder, safe(environment, folder), TIME_MAX).await.ok()?;
    if output.exit_code != 0 {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let named = text.lines().filter_map(|line| line.strip_prefix("Would remove "));
    Some(named.map(|name| folder.join(name.trim_matches('"').trim_end_matches('/'))).collect())
}

/// The environment git gets: no program is found in the folder, nothing is fetched, texts are not translated.
fn safe(environment: &[(OsString, OsString)], folder: &Path) -> Vec<(OsString, OsString)> {
    let keeps = |name: &OsStr| !name.to_string_lossy().starts_with("GIT_") && name != "LANGUAGE";
    let mut env: Vec<_> = environment.iter().filter(|(name, _)| keeps(name)).cloned().collect();
    for (name, value) in &mut env {
        if name == "PATH" {
            let folders = std::env::split_paths(&value)
                .filter(|path| path.is_absolute() && !path.starts_with(folder))
                .collect::<Vec<_>>();
            *value = std::env::join_paths(folders).unwrap_or_default();
        }
    }
    env.retain(|(name, _)| name != "LC_ALL");
    env.push(("LC_ALL".into(), "C.UTF-8".into()));
    env.push(("GIT_NO_LAZY_FETCH".into(), "1".into()));
    env.push(("GIT_ALLOW_PROTOCOL".into(), "none".into()));
    env
}
