//! Windows: a write-restricted token and the access entries that let it write. Pure; says what it cannot hold.
//! Invariant: whoever carries a plan out must refuse the command while `gaps` is not empty.

use std::fmt;
use std::path::PathBuf;

use codex_protocol::Permissions;

use super::guard::guarded;

/// What is done before the command starts, in this order; what was added is taken back when it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenStep {
    /// The identity the token is restricted to, made for this command: nothing of the system grants it anything.
    MakeIdentity,
    /// Lets the identity write a folder and what is below it.
    AllowWrite(PathBuf),
    /// Refuses it to write a path and what is below it, before any entry that allows.
    RefuseWrite(PathBuf),
    /// The same for a path that may be absent: an empty folder stands there meanwhile.
    RefuseMaking(PathBuf),
    /// Refuses it to remove or rename a folder itself.
    RefuseMoving(PathBuf),
    /// Makes the token: no privileges, the administrators' group for refusals only, writing checked against the identity.
    RestrictToken,
    /// A job that ends with us and takes every process along, without access to other desktops and the clipboard.
    Job,
    /// Starts the command with the token in the job, suspended, and lets it run.
    Start,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestrictedToken {
    /// What to do.
    pub steps: Vec<TokenStep>,
    /// What the permissions ask for and a token cannot hold.
    pub gaps: Vec<String>,
}

/// The plan of permissions; `None` without limits. `kept` stays read-only besides; all paths have to be real ones.
pub fn restricted_token(permissions: &Permissions, kept: &[PathBuf]) -> Option<RestrictedToken> {
    let files = permissions.files()?;
    let mut steps = vec![TokenStep::MakeIdentity];
    for guarded in guarded(files, kept) {
        let named: Vec<PathBuf> =
            files.protected_names(&guarded.root).map(|name| guarded.root.join(name)).collect();
        steps.push(TokenStep::AllowWrite(guarded.root));
        for path in guarded.kept {
            steps.push(match named.contains(&path) {
                true => TokenStep::RefuseMaking(path),
                false => TokenStep::RefuseWrite(path),
            });
        }
        steps.extend(guarded.held.into_iter().map(TokenStep::RefuseMoving));
    }
    steps.extend([TokenStep::RestrictToken, TokenStep::Job, TokenStep::Start]);
    let mut gaps = Vec::new();
    if files.denies() || !files.reads_everything() {
        gaps.push("a write-restricted token reads whatever the person reads".to_owned());
    }
    if !permissions.network_enabled() {
        gaps.push(
            "closing the network needs a firewall rule, which an administrator has to set up".to_owned(),
        );
    }
    Some(RestrictedToken { steps, gaps })
}

impl fmt::Display for TokenStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MakeIdentity => write!(f, "make an identity for this command"),
            Self::AllowWrite(path) => write!(f, "allow it to write `{}`", path.display()),
            Self::RefuseWrite(path) => write!(f, "refuse it to write `{}`", path.display()),
            Self::RefuseMaking(path) => write!(f, "refuse it to make or write `{}`", path.display()),
            Self::RefuseMoving(path) => write!(f, "refuse it to move `{}`", path.display()),
            Self::RestrictToken => write!(f, "restrict a copy of our token to it, without privileges"),
            Self::Job => write!(f, "make a job that ends with us"),
            Self::Start => write!(f, "start the command with the token in the job"),
        }
    }
}

impl fmt::Display for RestrictedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            writeln!(f, "{}. {step}", number + 1)?;
        }
        for gap in &self.gaps {
            writeln!(f, "not held: {gap}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::{FileAccess, FileRules, NetworkAccess};
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_plan_of_a_workspace_reads_as_it_is_carried_out() {
        assert_eq!(restricted_token(&Permissions::Unlimited, &[]), None);
        let mut files = FileRules::default();
        files.add(PathBuf::from("/"), FileAccess::Read);
        files.add(PathBuf::from("/w"), FileAccess::Write);
        let permissions = Permissions::Limited { files, network: NetworkAccess::Restricted };
        let plan = restricted_token(&permissions, &[PathBuf::from("/w/x/home")]).unwrap();
        let expected = "\
1. make an identity for this command
2. allow it to write `/w`
3. refuse it to make or write `/w/.agents`
4. refuse it to make or write `/w/.aws`
5. refuse it to make or write `/w/.codex`
6. refuse it to make or write `/w/.git`
7. refuse it to write `/w/x/home`
8. refuse it to move `/w`
9. refuse it to move `/w/x`
10. restrict a copy of our token to it, without privileges
11. make a job that ends with us
12. start the command with the token in the job
not held: closing the network needs a firewall rule, which an administrator has to set up
";
        assert_eq!(plan.to_string(), expected);
    }

    #[test]
    fn what_a_token_cannot_hold_is_a_gap() {
        let gaps = |denied: bool, network| {
            let mut files = FileRules::default();
            files.add(PathBuf::from("/"), FileAccess::Read);
            if denied {
                files.add(PathBuf::from("/secret"), FileAccess::Deny);
            }
            restricted_token(&Permissions::Limited { files, network }, &[]).unwrap().gaps.len()
        };
        assert_eq!(gaps(false, NetworkAccess::Enabled), 0);
        assert_eq!(gaps(false, NetworkAccess::Restricted), 1);
        assert_eq!(gaps(true, NetworkAccess::Restricted), 2);
    }
}
