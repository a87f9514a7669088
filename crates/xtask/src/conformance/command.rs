//! The `conformance` command: reads the list and the sources, prints the report, decides the exit code.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use codex_tidy::Tree;

use super::covers::scan;
use super::report::Report;
use super::statements::parse;

const LIST: &str = "docs/conformance/statements.tsv";

/// Flags of `conformance`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print only the counts and what is missing.
    #[arg(long)]
    summary: bool,
    /// Print only statements that start with this text, such as `exec` or `tools T1`.
    #[arg(long)]
    only: Option<String>,
}

/// Runs the command over the repository this program was built from.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let tree = Tree::read(&repository())?;
    let list = tree.text(LIST).with_context(|| format!("{LIST} is missing"))?;
    let statements = parse(list).with_context(|| format!("cannot read {LIST}"))?;
    let sources = tree.files.iter().filter(|(file, _)| file.ends_with(".rs"));
    // The scanner's own tests are full of samples.
    let sources = sources.filter(|(file, _)| !file.starts_with("crates/xtask/"));
    let covers: Vec<_> = sources.flat_map(|(file, text)| scan(file, text)).collect();
    let report = Report::new(&statements, &covers);

    let mut out = std::io::stdout().lock();
    if !args.summary {
        out.write_all(report.listing(args.only.as_deref().unwrap_or_default()).as_bytes())?;
    }
    out.write_all(report.summary().as_bytes())?;
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
