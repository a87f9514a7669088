//! Where logins are kept and by which rules: finding, storing and removing one.
//! Invariant: two processes change a login one after the other. Knows no terminal.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_stdx::{LockFile, LockFileError};

use crate::login_file::{self, Former};
use crate::stored_login::FILE_NAME;
use crate::{AuthError, ChatGptTokens, LoginMethod, LoginStore, Secret, StoredLogin};

const NO_KEYRING: &str = "cannot be used: this version has no keyring";
const LOCK_NAME: &str = "auth.json.lock";
/// Longer than any holder may take.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(40);

/// The store of logins of one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginPlace {
    /// `$CODEX_HOME`
    pub codex_home: PathBuf,
    /// `cli_auth_credentials_store`
    pub store: LoginStore,
    /// `forced_login_method`
    pub forced: Option<LoginMethod>,
}

/// What a logout found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// There was a login; it is gone.
    Login,
    /// There was none.
    Nothing,
}

impl LoginPlace {
    /// The default store of a home, for logins of any kind.
    pub fn of(codex_home: impl Into<PathBuf>) -> Self {
        Self { codex_home: codex_home.into(), store: LoginStore::File, forced: None }
    }

    /// The stored login, whatever kind it is of.
    ///
    /// # Errors
    /// When there is a file that cannot be used, or the store is not available.
    pub fn find(&self) -> Result<Option<StoredLogin>, AuthError> {
        match self.store {
            LoginStore::File | LoginStore::Auto => StoredLogin::read(&self.codex_home),
            LoginStore::Ephemeral => Ok(None),
            LoginStore::Keyring => Err(self.unavailable(NO_KEYRING)),
        }
    }

    /// The stored login, if the rules let it be used.
    ///
    /// # Errors
    /// As [`Self::find`], and when `forced_login_method` asks for another kind.
    pub fn usable(&self) -> Result<Option<StoredLogin>, AuthError> {
        let login = self.find()?;
        if let Some(login) = &login {
            self.allow(login.kind.method(), &format!("the login in {}", self.file().display()))?;
        }
        Ok(login)
    }

    /// Refuses a kind of login that `forced_login_method` rules out. `found` names what would be used.
    ///
    /// # Errors
    /// Then.
    pub fn allow(&self, method: LoginMethod, found: &str) -> Result<(), AuthError> {
        match self.forced {
            Some(forced) if forced != method => {
                Err(AuthError::MethodForbidden { found: found.to_owned(), forced })
            }
            _ => Ok(()),
        }
    }

    /// Whether a login of this kind could be stored; to be asked before a person types a secret.
    ///
    /// # Errors
    /// When the rules or the store do not allow it.
    pub fn can_save(&self, method: LoginMethod) -> Result<(), AuthError> {
        self.allow(method, method.described())?;
        match self.store {
            LoginStore::File | LoginStore::Auto => Ok(()),
            LoginStore::Keyring => Err(self.unavailable(NO_KEYRING)),
            LoginStore::Ephemeral => Err(self.unavailable("would forget the login at once")),
        }
    }

    /// Stores an API key in the place of any login, in the form of `responses-wire.md §5.2`, and says where.
    /// Fields that belong to no login stay; a file that is no JSON object is replaced.
    ///
    /// # Errors
    /// When the rules or the store do not allow it, or the file cannot be written.
    pub fn save_api_key(&self, key: &Secret) -> Result<PathBuf, AuthError> {
        self.can_save(LoginMethod::ApiKey)?;
        let path = self.file();
        let unwritable = |source| AuthError::Unwritable { path: path.clone(), source };
        fs::create_dir_all(&self.codex_home).map_err(unwritable)?;
        let _lock = self.lock()?;
        login_file::write_api_key(&path, key).map_err(unwritable)?;
        Ok(path)
    }

    /// Stores a sign-in with ChatGPT in the place of any login, and says where.
    ///
    /// # Errors
    /// As for [`Self::save_api_key`].
    pub fn save_tokens(&self, tokens: &ChatGptTokens) -> Result<PathBuf, AuthError> {
        self.can_save(LoginMethod::ChatGpt)?;
        let path = self.file();
        let unwritable = |source| AuthError::Unwritable { path: path.clone(), source };
        fs::create_dir_all(&self.codex_home).map_err(unwritable)?;
        let _lock = self.lock()?;
        login_file::write_tokens(&path, tokens, Former::Replaced).map_err(unwritable)?;
        Ok(path)
    }

    /// Removes the login, of whatever kind. A link is removed with the file it points to.
    ///
    /// # Errors
    /// When the store is not available or the file stays.
    pub fn remove(&self) -> Result<Removed, AuthError> {
        match self.store {
            LoginStore::File | LoginStore::Auto => {}
            LoginStore::Keyring => return Err(self.unavailable(NO_KEYRING)),
            LoginStore::Ephemeral => return Ok(Removed::Nothing),
        }
        let path = self.file();
        let unwritable = |source| AuthError::Unwritable { path: path.clone(), source };
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Removed::Nothing),
            Err(error) => return Err(unwritable(error)),
            Ok(_) => {}
        }
        let _lock = self.lock()?;
        if let Ok(target) = fs::canonicalize(&path)
            && target != path
        {
            remove_if_there(&target).map_err(unwritable)?;
        }
        remove_if_there(&path).map_err(unwritable)?;
        Ok(Removed::Login)
    }

    /// `auth.json`
    pub fn file(&self) -> PathBuf {
        self.codex_home.join(FILE_NAME)
    }

    /// Excludes other processes until dropped. Blocks the thread while another has it.
    pub(crate) fn lock(&self) -> Result<LockFile, AuthError> {
        LockFile::hold(&self.codex_home.join(LOCK_NAME), LOCK_WAIT_MAX).map_err(|error| match error {
            LockFileError::Io { path, source } => AuthError::Unwritable { path, source },
            LockFileError::Held { path, waited } => AuthError::Locked { path, waited_s: waited.as_secs() },
        })
    }

    fn unavailable(&self, problem: &'static str) -> AuthError {
        AuthError::StoreUnavailable { store: self.store, problem }
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
