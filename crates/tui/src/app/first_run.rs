//! The door to what the UI cannot do itself: sign in, store a key, trust a folder, log out. Whoever starts the UI
//! stands behind it; nothing here knows how a login is kept.

use std::path::PathBuf;

use tokio::sync::mpsc;

use crate::state::{DoorAnswer, DoorAsk};

/// Asks and answers that may wait.
const DOOR_QUEUE_MAX: usize = 8;

/// What is still to be settled before the first conversation; with nothing left, only the door.
#[derive(Debug)]
pub struct FirstRun {
    /// Nobody is logged in, and the provider wants a login.
    pub login: bool,
    /// The folder that is neither trusted nor refused yet.
    pub trust: Option<PathBuf>,
    /// The way to settle it.
    pub door: Door,
}

/// The UI's side of the door.
#[derive(Debug)]
pub struct Door {
    pub(super) asks: mpsc::Sender<DoorAsk>,
    pub(super) answers: mpsc::Receiver<DoorAnswer>,
}

/// The other side.
#[derive(Debug)]
pub struct DoorKeeper {
    /// What the UI asks for; ends with the UI.
    pub asks: mpsc::Receiver<DoorAsk>,
    /// What came of it.
    pub answers: mpsc::Sender<DoorAnswer>,
}

impl Door {
    /// A door with its two sides.
    pub fn new() -> (Self, DoorKeeper) {
        let (asks, asked) = mpsc::channel(DOOR_QUEUE_MAX);
        let (answer, answers) = mpsc::channel(DOOR_QUEUE_MAX);
        (Self { asks, answers }, DoorKeeper { asks: asked, answers: answer })
    }
}
