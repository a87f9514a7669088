//! One attempt on the tape: makes sure that every `request` has exactly one `end`.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Tape, TapeEnd};

/// Reports one attempt; dropping it unfinished reports that nobody wanted the rest.
pub(crate) struct TapeRun(Option<(Arc<dyn Tape>, u64)>);

impl TapeRun {
    pub(crate) fn start(tape: Option<&Arc<dyn Tape>>, body: &Bytes) -> Self {
        Self(tape.map(|tape| (Arc::clone(tape), tape.request(body))))
    }

    pub(crate) fn event(&self, data: &[u8]) {
        if let Some((tape, request)) = &self.0 {
            tape.event(*request, data);
        }
    }

    pub(crate) fn end(&mut self, outcome: TapeEnd<'_>) {
        if let Some((tape, request)) = self.0.take() {
            tape.end(request, outcome);
        }
    }
}

impl Drop for TapeRun {
    fn drop(&mut self) {
        self.end(TapeEnd::Cancelled);
    }
}
