//! Two texts -> unified diff hunks, as file changes carry them. Pure.

use std::time::Duration;

use similar::TextDiff;

/// Unchanged lines shown around a change (`rollouts.md §4`, FileChange).
const CONTEXT_LINES: usize = 1;

/// After this the diff is finished coarsely; it stays correct, only longer.
const DIFF_MS_MAX: Duration = Duration::from_millis(500);

/// The hunks without file headers: `@@ -1 +1 @@\n-hi\n+ho\n`; empty when the texts are equal.
pub(crate) fn unified_diff(old: &str, new: &str) -> String {
    let old_lines: Vec<&str> = pieces(old);
    let new_lines: Vec<&str> = pieces(new);
    TextDiff::configure()
        .timeout(DIFF_MS_MAX)
        .newline_terminated(true)
        .diff_slices(&old_lines, &new_lines)
        .unified_diff()
        .context_radius(CONTEXT_LINES)
        .to_string()
}

/// Line by line, where a CR alone ends a line only in a text without LF.
fn pieces(text: &str) -> Vec<&str> {
    let breaker = if !text.contains('\n') && text.contains('\r') { '\r' } else { '\n' };
    text.split_inclusive(breaker).collect()
}
