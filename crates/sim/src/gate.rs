//! `Gate`: a door a test opens. Owns the only way a scripted reply may wait, so that no test needs a sleep.

use tokio::sync::watch;

/// A one-way door: replies wait at it until the test opens it. Clones share the door.
#[derive(Clone, Debug)]
pub struct Gate {
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    open: bool,
    reached: usize,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Gate {
        Gate { state: watch::Sender::new(State::default()) }
    }

    /// Opens the gate for ever; everything waiting goes on.
    pub fn open(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    /// Whether the gate has been opened.
    pub fn is_open(&self) -> bool {
        self.state.borrow().open
    }

    /// Waits until at least one reply has arrived at the gate, having sent what was scripted before it.
    pub async fn reached(&self) {
        let mut seen = self.state.subscribe();
        // The sender lives in `self`, so the wait can only end with the condition.
        let _ = seen.wait_for(|state| state.reached > 0).await;
    }

    /// Announces the arrival and waits for the opening.
    pub(crate) async fn pass(&self) {
        self.state.send_modify(|state| state.reached += 1);
        let mut seen = self.state.subscribe();
        let _ = seen.wait_for(|state| state.open).await;
    }
}

impl Default for Gate {
    fn default() -> Gate {
        Gate::new()
    }
}
