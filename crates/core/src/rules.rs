//! Which rules files hold for a thread: those of the home, and those of a project that is trusted.

use codex_config::{Config, RequiredRule, RuleFiles, TrustLevel};
use codex_execpolicy::{Decision, ExecPolicy, LoadError, PrefixRule, load_folder};
use codex_tools::Rules;

/// The rules of a thread, with the file that accepted ones are added to.
///
/// # Errors
/// As [`exec_policy`].
pub(crate) fn load(config: &Config) -> Result<Rules, LoadError> {
    Ok(Rules::new(exec_policy(config)?, config.codex_home.join("rules/default.rules")))
}

/// The rules that hold for a thread with this configuration.
///
/// # Errors
/// When any file cannot be used whole: nothing may run on half of the rules.
pub fn exec_policy(config: &Config) -> Result<ExecPolicy, LoadError> {
    // What an administrator wrote is no file that could be left out.
    let mut required = ExecPolicy::default();
    config.required_rules.iter().for_each(|rule| required.add_rule(prefix_rule(rule)));
    if config.rule_files == RuleFiles::Skip {
        return Ok(required);
    }
    let mut policy = load_folder(&config.codex_home.join("rules"))?;
    if config.project.trust == Some(TrustLevel::Trusted) {
        policy.extend(of_project(config)?);
    }
    policy.extend(required);
    Ok(policy)
}

fn prefix_rule(rule: &RequiredRule) -> PrefixRule {
    let RequiredRule { pattern, forbidden, justification, place } = rule.clone();
    let decision = if forbidden { Decision::Forbidden } else { Decision::Prompt };
    PrefixRule { pattern, decision, justification, place }
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
