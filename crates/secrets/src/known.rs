//! The secrets a process knows of, shared by everything that writes. The set only grows; what was written before a
//! value was known stays as it was. Cloning shares.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use crate::{Place, Secrets};

/// A credential is in a process, not in a thread: whatever the process writes must not hold it.
static OF_PROCESS: LazyLock<KnownSecrets> = LazyLock::new(KnownSecrets::none);

/// A shared, growing set of secrets.
#[derive(Clone, Debug, Default)]
pub struct KnownSecrets {
    set: Arc<RwLock<Arc<Secrets>>>,
}

impl KnownSecrets {
    /// A set of its own, empty.
    pub fn none() -> Self {
        Self::default()
    }

    /// The set of this process.
    pub fn of_process() -> Self {
        OF_PROCESS.clone()
    }

    /// The secrets of an environment; see [`Secrets::add_env`].
    pub fn learn_env<K: AsRef<OsStr>, V: AsRef<OsStr>>(&self, vars: impl IntoIterator<Item = (K, V)>) {
        self.change(|secrets| secrets.add_env(vars));
    }

    /// A value known to be secret.
    pub fn learn(&self, name: &str, value: &str) {
        if !self.current().knows(value) {
            self.change(|secrets| secrets.add(name, value));
        }
    }

    /// A header's value, if it looks like a credential.
    pub fn learn_header(&self, name: &str, value: &str) {
        self.change(|secrets| secrets.add_header(name, value));
    }

    /// Names of variables that hold no secrets.
    pub fn except<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        self.change(|secrets| secrets.except(names));
    }

    /// What is known now.
    pub fn current(&self) -> Arc<Secrets> {
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The text without secrets, and without pieces of one that a cut left.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.current().mask_torn(text)
    }

    /// One line of JSON without them; `None` when there are none. See [`Secrets::mask_json_line`].
    pub fn mask_json_line(&self, line: &[u8], keeps: &dyn Fn(&Place<'_>) -> bool) -> Option<String> {
        self.current().mask_json_line(line, keeps)
    }

    fn change(&self, change: impl FnOnce(&mut Secrets)) {
        let mut set = self.set.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Secrets::clone(&set);
        change(&mut changed);
        // What was made to look for the present ones is kept when nothing is new.
        if !changed.is_as_large_as(&set) {
            *set = Arc::new(changed);
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn what_one_learns_all_know() {
        let known = KnownSecrets::none();
        let other = known.clone();
        assert_eq!(other.mask("at-12345678"), "at-12345678");
        known.learn("auth.json", "at-12345678");
        known.learn("again", "at-12345678");
        assert_eq!(other.mask("at-12345678"), "[secret:auth_json]");
        assert_eq!(KnownSecrets::none().mask("at-12345678"), "at-12345678");
    }

    #[test]
    fn an_excepted_variable_is_forgotten_and_not_learned_again() {
        let known = KnownSecrets::none();
        let vars = [("BUILD_TOKEN", "abc123def456"), ("OTHER_TOKEN", "zyx987wvu654")];
        known.learn_env(vars);
        known.except(["build_token"]);
        known.learn_env(vars);
        assert_eq!(known.mask("abc123def456 zyx987wvu654"), "abc123def456 [secret:OTHER_TOKEN]");
    }
}
