//! Skills of a thread: where they may come from.
//! Invariant: a project that is not trusted brings none.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use codex_config::{Config, TrustLevel};
use codex_skills::Roots;

/// Where the skills of a configuration lie (`agents.md §5`).
pub fn skill_roots(config: &Config, env: &[(OsString, OsString)]) -> Roots {
    let home = env.iter().find(|(name, _)| name == if cfg!(windows) { "USERPROFILE" } else { "HOME" });
    let project = match config.project.trust {
        Some(TrustLevel::Trusted) => folders_up_to(&config.cwd, &config.project.root),
        Some(TrustLevel::Untrusted) | None => Vec::new(),
    };
    Roots {
        project,
        codex_home: Some(config.codex_home.clone()),
        home: home.map(|(_, value)| PathBuf::from(value)),
        system: cfg!(unix).then(|| PathBuf::from(codex_config::SYSTEM_DIR)),
        disabled: config.skills.disabled.clone(),
        disabled_names: config.skills.disabled_names.clone(),
    }
}

fn folders_up_to(cwd: &Path, root: &Path) -> Vec<PathBuf> {
    cwd.ancestors().take_while(|folder| folder.starts_with(root)).map(Path::to_path_buf).collect()
}
