//! Waiting for the state of the world outside (files, processes), which has no channel to wait on.

use std::time::{Duration, Instant};

use crate::error::TestError;

/// Time between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Looks until `look` gives a value, or fails once `limit` has passed. `what` names the condition in the error.
pub async fn wait_until<T>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> Result<T, TestError> {
    let begin = Instant::now();
    loop {
        if let Some(value) = look() {
            return Ok(value);
        }
        if begin.elapsed() > limit {
            return Err(TestError::WaitedInVain { what: what.to_owned(), seen: format!("{limit:?} passed") });
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
