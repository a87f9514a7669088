//! Where variables come from. Passed as a value, so that tests never touch the process environment.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// A lookup of environment variables. Cloning shares it.
#[derive(Clone)]
pub struct Env(Source);

#[derive(Clone)]
enum Source {
    Process,
    Fixed(Arc<HashMap<String, String>>),
}

impl Env {
    /// The variables of this process.
    pub fn process() -> Self {
        Self(Source::Process)
    }

    /// Exactly these variables.
    pub fn of<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(Source::Fixed(Arc::new(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect())))
    }

    /// The trimmed value; a variable that is unset, blank or not Unicode counts as absent.
    pub fn var(&self, name: &str) -> Option<String> {
        let value = match &self.0 {
            Source::Process => std::env::var(name).ok()?,
            Source::Fixed(pairs) => pairs.get(name)?.clone(),
        };
        match value.trim() {
            "" => None,
            trimmed => Some(trimmed.to_owned()),
        }
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be credentials.
        f.write_str(match &self.0 {
            Source::Process => "Env(process)",
            Source::Fixed(_) => "Env(fixed)",
        })
    }
}
