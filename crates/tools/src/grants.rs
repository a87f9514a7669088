//! Permissions a person granted besides the policy: for one turn, or for as long as the thread is open.
//! Invariant: a turn's grants end with it; nothing here widens what a profile denies.

use std::sync::{Mutex, MutexGuard, PoisonError};

use codex_protocol::{AdditionalPermissions, Grant, GrantScope, Permissions, TurnId};

/// What was granted in a thread.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    session: AdditionalPermissions,
    turn: Option<(TurnId, AdditionalPermissions)>,
}

impl Grants {
    /// Takes in a grant made in this turn.
    pub(crate) fn add(&self, turn: TurnId, grant: &Grant) {
        let mut held = self.held();
        match grant.scope {
            GrantScope::Session => held.session.join(&grant.permissions),
            GrantScope::Turn => {
                let before = held.turn.take().filter(|(of, _)| *of == turn);
                let mut sum = before.map(|(_, sum)| sum).unwrap_or_default();
                sum.join(&grant.permissions);
                held.turn = Some((turn, sum));
            }
        }
    }

    /// A policy's permissions with what was granted on top.
    pub(crate) fn on_top_of(&self, permissions: Permissions, turn: TurnId) -> Permissions {
        let held = self.held();
        let permissions = permissions.with(&held.session);
        match &held.turn {
            Some((of, granted)) if *of == turn => permissions.with(granted),
            _ => permissions,
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::{SandboxPolicy, Surroundings};
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn grants_of_a_turn_end_with_it() {
        let grants = Grants::default();
        let (first, second) = (TurnId::new_v7(), TurnId::new_v7());
        let write = |path: &str| AdditionalPermissions { write: vec![path.into()], ..Default::default() };
        grants.add(first, &Grant { permissions: write("/a"), scope: GrantScope::Turn });
        grants.add(first, &Grant { permissions: write("/b"), scope: GrantScope::Turn });
        grants.add(first, &Grant { permissions: write("/c"), scope: GrantScope::Session });
        let roots = |turn| {
            let policy = SandboxPolicy::ReadOnly.resolve("/w".as_ref(), Surroundings::default());
            grants.on_top_of(policy, turn).writable_roots().unwrap()
        };
        let paths = |texts: &[&str]| texts.iter().map(std::path::PathBuf::from).collect::<Vec<_>>();
        assert_eq!(roots(first), paths(&["/a", "/b", "/c"]));
        assert_eq!(roots(second), paths(&["/c"]));
        grants.add(second, &Grant { permissions: write("/d"), scope: GrantScope::Turn });
        assert_eq!(roots(second), paths(&["/c", "/d"]));
        assert_eq!(roots(first), paths(&["/c"]));
    }
}
