//! Where logins are kept and by which rules: finding, storing and removing one.
//! Invariant: two processes change a login one after the other. Knows no terminal.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_stdx::{LockFile, LockFileError, make_private_folder};

use crate::keyring::Keyring;
use crate::login_file::{self, Former, Present};
use crate::stored_login::FILE_NAME;
use crate::{
    AgentIdentity, AuthError, ChatGptTokens, LoginMethod, LoginStore, Secret, StoredLogin, TokenOwner,
};

/// Shown where a path would be.
const KEYRING_PLACE: &str = "the system keyring";
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
    /// `forced_chatgpt_workspace_id`; empty allows all.
    pub workspaces: Vec<String>,
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
        Self { codex_home: codex_home.into(), store: LoginStore::File, forced: None, workspaces: Vec::new() }
    }

    /// The stored login, whatever kind it is of.
    ///
    /// # Errors
    /// When there is a file that cannot be used, or the store is not available.
    pub fn find(&self) -> Result<Option<StoredLogin>, AuthError> {
        match self.store {
            LoginStore::File => StoredLogin::read(&self.codex_home),
            LoginStore::Keyring => self.in_keyring(),
            // A keyring that cannot be used holds nothing, and its place is the file.
            LoginStore::Auto => match self.in_keyring() {
                Ok(Some(login)) => Ok(Some(login)),
                Ok(None) | Err(AuthError::Keyring { .. }) => StoredLogin::read(&self.codex_home),
                Err(error) => Err(error),
            },
            LoginStore::Ephemeral => Ok(None),
        }
    }

    fn in_keyring(&self) -> Result<Option<StoredLogin>, AuthError> {
        let kept = self.keyring().read().map_err(|problem| AuthError::Keyring { problem })?;
        kept.map(|bytes| StoredLogin::of_bytes(&bytes, KEYRING_PLACE.into(), None)).transpose()
    }

    fn keyring(&self) -> Keyring {
        Keyring::of(&self.codex_home)
    }

    /// The stored login, if the rules let it be used.
    ///
    /// # Errors
    /// As [`Self::find`], and when `forced_login_method` asks for another kind.
    pub fn usable(&self) -> Result<Option<StoredLogin>, AuthError> {
        let login = self.find()?;
        if let Some(login) = &login {
            let found = format!("the login in {}", self.shown());
            self.allow(login.kind.method(), &found)?;
            if login.kind.method() == LoginMethod::ChatGpt {
                self.allow_workspace(login.workspace(), &found)?;
            }
        }
        Ok(login)
    }

    /// Refuses a workspace that `forced_chatgpt_workspace_id` does not name.
    ///
    /// # Errors
    /// Then.
    pub fn allow_workspace(&self, workspace: Option<&str>, found: &str) -> Result<(), AuthError> {
        let allowed = self.workspaces.is_empty()
            || workspace.is_some_and(|workspace| self.workspaces.iter().any(|one| one == workspace));
        match allowed {
            true => Ok(()),
            false => Err(AuthError::WorkspaceForbidden {
                found: found.to_owned(),
                workspace: workspace.map(str::to_owned),
            }),
        }
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
            LoginStore::Keyring => {
                self.keyring().read().map(|_| ()).map_err(|problem| AuthError::Keyring { problem })
            }
            LoginStore::Ephemeral => Err(self.unavailable("would forget the login at once")),
        }
    }

    /// Stores an API key in the place of any login, in the form of `responses-wire.md §5.2`, and says where.
    /// Fields that belong to no login stay; a file that is no JSON object is replaced.
    ///
    /// # Errors
    /// When the rules or the store do not allow it, or the place cannot be written.
    pub fn save_api_key(&self, key: &Secret) -> Result<PathBuf, AuthError> {
        self.can_save(LoginMethod::ApiKey)?;
        let key = key.clone().known_as(FILE_NAME);
        self.replace(|present| login_file::api_key(&key, present))
    }

    /// Stores a sign-in with ChatGPT in the place of any login, and says where.
    ///
    /// # Errors
    /// As for [`Self::save_api_key`], and when its workspace is not allowed.
    pub fn save_tokens(&self, tokens: &ChatGptTokens) -> Result<PathBuf, AuthError> {
        self.can_save(LoginMethod::ChatGpt)?;
        self.allow_workspace(tokens.account_id.as_deref(), "this sign-in")?;
        self.replace(|present| login_file::tokens(tokens, Former::Replaced, present))
    }

    /// Stores a personal access token in the place of any login, and says where.
    ///
    /// # Errors
    /// As for [`Self::save_tokens`].
    pub fn save_access_token(&self, token: &Secret, owner: &TokenOwner) -> Result<PathBuf, AuthError> {
        self.can_save(LoginMethod::ChatGpt)?;
        self.allow_workspace(owner.account_id.as_deref(), "this token")?;
        let token = token.clone().known_as(FILE_NAME);
        self.replace(|present| login_file::access_token(&token, owner, present))
    }

    /// Stores an identity in the place of any login, and says where.
    ///
    /// # Errors
    /// As for [`Self::save_tokens`].
    pub fn save_agent_identity(&self, identity: &AgentIdentity) -> Result<PathBuf, AuthError> {
        self.can_save(LoginMethod::ChatGpt)?;
        self.allow_workspace(identity.account_id.as_deref(), "this identity")?;
        self.replace(|present| login_file::agent_identity(identity, present))
    }

    fn replace(&self, made: impl FnOnce(Present) -> io::Result<Vec<u8>>) -> Result<PathBuf, AuthError> {
        let unwritable = |source| AuthError::Unwritable { path: self.file(), source };
        make_private_folder(&self.codex_home).map_err(unwritable)?;
        let _lock = self.lock()?;
        self.put(made)
    }

    /// Puts tokens in the place of those they renew. The caller holds the lock.
    pub(crate) fn put_renewed(&self, tokens: &ChatGptTokens) -> Result<(), AuthError> {
        self.put(|present| login_file::tokens(tokens, Former::Renewed, present)).map(|_| ())
    }

    /// Writes where the store says, and says where that was.
    fn put(&self, made: impl FnOnce(Present) -> io::Result<Vec<u8>>) -> Result<PathBuf, AuthError> {
        let path = self.file();
        let unwritable = |source| AuthError::Unwritable { path: path.clone(), source };
        let kept = match self.store {
            LoginStore::Keyring | LoginStore::Auto => self.keyring().read(),
            LoginStore::File | LoginStore::Ephemeral => Ok(None),
        };
        let present = match &kept {
            Ok(Some(kept)) => login_file::fields(kept),
            _ => login_file::fields_of_file(&path),
        };
        let text = made(present).map_err(unwritable)?;
        match self.store {
            LoginStore::Keyring | LoginStore::Auto => match self.keyring().write(&text) {
                Ok(()) => {
                    // A copy left behind would be the secret the keyring is to keep.
                    remove_if_there(&path).map_err(unwritable)?;
                    return Ok(KEYRING_PLACE.into());
                }
                Err(problem) if self.store == LoginStore::Keyring => {
                    return Err(AuthError::Keyring { problem });
                }
                Err(problem) => tracing::info!(problem, "the keyring is not used"),
            },
            LoginStore::File | LoginStore::Ephemeral => {}
        }
        login_file::write(&path, &text).map_err(unwritable)?;
        Ok(path)
    }

    /// Removes the login, of whatever kind. A link is removed with the file it points to.
    ///
    /// # Errors
    /// When the store is not available or the file stays.
    pub fn remove(&self) -> Result<Removed, AuthError> {
        let from_keyring = match self.store {
            LoginStore::Keyring | LoginStore::Auto => match self.forget_in_keyring() {
                Err(_) if self.store == LoginStore::Auto => Removed::Nothing,
                outcome => outcome?,
            },
            LoginStore::Ephemeral => return Ok(Removed::Nothing),
            LoginStore::File => Removed::Nothing,
        };
        let path = self.file();
        let unwritable = |source| AuthError::Unwritable { path: path.clone(), source };
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(from_keyring),
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

    fn forget_in_keyring(&self) -> Result<Removed, AuthError> {
        let failed = |problem| AuthError::Keyring { problem };
        if self.keyring().read().map_err(failed)?.is_none() {
            return Ok(Removed::Nothing);
        }
        self.keyring().remove().map_err(failed)?;
        Ok(Removed::Login)
    }

    /// Where the login lies or would lie, for people.
    pub fn shown(&self) -> String {
        match self.store {
            LoginStore::Keyring => KEYRING_PLACE.to_owned(),
            LoginStore::Auto if matches!(self.in_keyring(), Ok(Some(_))) => KEYRING_PLACE.to_owned(),
            _ => self.file().display().to_string(),
        }
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
