//! What a first run asks for and hears: log in, store a key, trust a folder; later, log out. Plain words; how a login is kept is known
//! only behind the door.

use std::sync::Arc;

use codex_config::Config;

/// A key as it was typed; never shown, not even in a log.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TypedKey(String);

/// What the UI asks for. A new ask ends the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoorAsk {
    /// Store this API key.
    SaveKey(TypedKey),
    /// Sign in with a browser on this machine.
    Browser,
    /// Sign in with a code typed on any device.
    DeviceCode,
    /// Give up what is going on.
    Cancel,
    /// Trust the folder and load its settings.
    Trust,
    /// Remove the stored login.
    LogOut,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoorAnswer {
    /// To be opened in a browser; with a code, the code is to be typed there.
    Open {
        /// The address.
        url: String,
        /// What is typed there.
        code: Option<String>,
    },
    /// Somebody is logged in now; who, and where it is kept.
    LoggedIn(String),
    /// The stored login is gone; what there is to say about it.
    LoggedOut(String),
    /// It did not work, and the way out.
    Failed(String),
    /// The folder is trusted; this is the configuration now, and what there is to say about it.
    Trusted {
        /// All layers, those of the project included.
        config: Arc<Config>,
        /// To be shown.
        warnings: Vec<String>,
    },
}

impl TypedKey {
    /// A key of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for TypedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedKey(…)")
    }
}
