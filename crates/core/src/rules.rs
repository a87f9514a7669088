//! Which rules files hold for a thread: those of the home, and those of a project that is trusted.

use codex_config::{Config, TrustLevel};
use codex_execpolicy::{ExecPolicy, LoadError, load_folder};
use codex_tools::Rules;

/// The rules of a thread.
///
/// # Errors
/// When any file cannot be used whole: nothing may run on half of the rules.
pub(crate) fn load(config: &Config) -> Result<Rules, LoadError> {
    let own = config.codex_home.join("rules");
    let mut policy = load_folder(&own)?;
    if config.project.trust == Some(TrustLevel::Trusted) {
        policy.extend(of_project(config)?);
    }
    Ok(Rules::new(policy, own.join("default.rules")))
}

/// From the project's root down to the working folder.
fn of_project(config: &Config) -> Result<ExecPolicy, LoadError> {
    let below_root = config.cwd.ancestors().take_while(|folder| folder.starts_with(&config.project.root));
    let mut folders: Vec<_> = below_root.map(|folder| folder.join(".codex/rules")).collect();
    folders.reverse();
    let mut policy = ExecPolicy::default();
    for folder in folders {
        policy.extend(load_folder(&folder)?);
    }
    Ok(policy)
}
