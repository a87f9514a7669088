//! The words around a patch's outcome that the model reads (`tools.md §3, §4`).

use std::time::Duration;

/// Answer when the target is outside the writable roots or protected and nobody may be asked.
pub const REJECTED_OUTSIDE: &str =
    "patch rejected: writing outside of the project; rejected by user approval settings";

/// Answer in a read-only sandbox when nobody may be asked.
pub const REJECTED_READ_ONLY: &str =
    "patch rejected: writing is blocked by read-only sandbox; rejected by user approval settings";

/// Answer when the person said no.
pub const REJECTED_BY_USER: &str = "patch rejected by user";

/// The result of a patch that was applied, or failed while being written: header and text.
pub fn render_outcome(exit_code: i32, wall: Duration, text: &str) -> String {
    let tenths = (wall.as_secs_f64() * 10.0).round() / 10.0;
    format!("Exit code: {exit_code}\nWall time: {tenths} seconds\nOutput:\n{text}")
}

/// The same result when the patch was taken out of a shell command; `wall` is the command's.
pub fn render_intercepted(wall: Duration, outcome: &str) -> String {
    format!("Wall time: {:.4} seconds\nOutput:\n{outcome}", wall.as_secs_f64())
}
