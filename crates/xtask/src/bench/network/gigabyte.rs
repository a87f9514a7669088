//! `bench --only gigabyte`: one stream of a billion bytes over each transport, with its table. A part of its own, as it
//! takes longer than all of the others.

use std::fmt::Write as _;
use std::path::Path;

use super::super::side::Side;
use super::case::{StreamFigures, streams};
use super::table::{GROWTH_MIB_MAX, STREAM_MB_PER_S_MIN};

/// Measures and renders it.
pub(crate) async fn report(side: &Side, scratch: &Path) -> anyhow::Result<String> {
    let (sse, websocket) = streams(side, scratch, 1_000).await?;
    Ok(table(&[("SSE", sse), ("WebSocket", websocket)]))
}

fn table(rows: &[(&str, StreamFigures)]) -> String {
    let mut out = format!(
        "| stream of 1 GB | MB each CPU second (≥ {STREAM_MB_PER_S_MIN}) | MB each second | peak | over 100 MB (≤ {GROWTH_MIB_MAX} MiB) |\n\
         |---|---:|---:|---:|---:|\n"
    );
    for (name, figures) in rows {
        let StreamFigures { mb_per_s, wall_mb_per_s, peak_mib, growth_mib } = figures;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "| {name} | {mb_per_s:.0} | {wall_mb_per_s:.0} | {peak_mib:.1} MiB | {growth_mib:.1} MiB |"
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_what_was_measured() {
        let figures =
            StreamFigures { mb_per_s: 410.4, wall_mb_per_s: 205.0, peak_mib: 17.25, growth_mib: 0.5 };
        let text = table(&[("SSE", figures)]);
        assert!(text.ends_with("| SSE | 410 | 205 | 17.2 MiB | 0.5 MiB |\n"), "{text}");
    }
}
