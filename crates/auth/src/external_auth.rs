//! Credentials from outside: a program that embeds this one signs people in itself and lends their access tokens.
//! Invariants: a token that was refused or has ended is never used again; the workspace stays that of the first token.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::refresh::has_ended;
use crate::{AuthError, Secret};

/// What a lent token is called where it is masked.
const LENT: &str = "lent token";

/// A token that is lent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LentToken {
    /// What requests carry.
    pub access_token: Secret,
    /// The workspace it is for.
    pub account_id: String,
}

/// What a supplier comes to.
pub type Supplying<'a> = Pin<Box<dyn Future<Output = Result<LentToken, AuthError>> + Send + 'a>>;

/// Who lends tokens, such as the client of an app server (`account/chatgptAuthTokens/refresh` of `app-server.md`).
pub trait ExternalAuth: fmt::Debug + Send + Sync {
    /// A token other than `stale`, which a server refused or which has ended. Asked once at a time; dropping the future
    /// gives the question up. Failures are told with [`AuthError::External`].
    fn supply<'a>(&'a self, stale: &'a Secret) -> Supplying<'a>;
}

/// A sign-in that lives outside of this program. Cloning shares it.
#[derive(Clone)]
pub struct ExternalLogin(Arc<Lent>);

struct Lent {
    supplier: Arc<dyn ExternalAuth>,
    account_id: String,
    // Held while the supplier is asked: its answer serves everybody who waits for it.
    token: Mutex<Secret>,
}

impl ExternalLogin {
    /// Begins with the token the sign-in came with.
    pub fn new(first: LentToken, supplier: Arc<dyn ExternalAuth>) -> Self {
        let LentToken { access_token, account_id } = first;
        let access_token = access_token.known_as(LENT);
        Self(Arc::new(Lent { supplier, account_id, token: Mutex::new(access_token) }))
    }

    /// The workspace all tokens are for.
    pub fn account_id(&self) -> &str {
        &self.0.account_id
    }

    /// The token for the next request: the present one, unless it has ended.
    pub(crate) async fn present(&self) -> Result<Secret, AuthError> {
        let mut token = self.0.token.lock().await;
        if has_ended(&token) {
            *token = self.fresh(&token).await?;
        }
        Ok(token.clone())
    }

    /// A token other than the refused one: what somebody else has been lent meanwhile, else a new one.
    pub(crate) async fn other_than(&self, refused: &Secret) -> Result<Secret, AuthError> {
        let mut token = self.0.token.lock().await;
        if *token == *refused || has_ended(&token) {
            *token = self.fresh(&token).await?;
        }
        Ok(token.clone())
    }

    async fn fresh(&self, stale: &Secret) -> Result<Secret, AuthError> {
        let lent = self.0.supplier.supply(stale).await?;
        let refuse = |problem: &str| Err(AuthError::External { problem: problem.to_owned() });
        if lent.account_id != self.0.account_id {
            return refuse("it lent a token of another workspace");
        }
        if lent.access_token.is_empty() || lent.access_token == *stale {
            return refuse("it lent the token again that is of no more use");
        }
        if has_ended(&lent.access_token) {
            return refuse("it lent a token that has ended");
        }
        Ok(lent.access_token.known_as(LENT))
    }
}

impl PartialEq for ExternalLogin {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ExternalLogin {}

impl fmt::Debug for ExternalLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalLogin").field("supplier", &self.0.supplier).finish_non_exhaustive()
    }
}
