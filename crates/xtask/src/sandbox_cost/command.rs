//! The `sandbox-cost` command: starts `true` again and again in every way and prints a Markdown table.
//! Invariant: the ways take turns, so that a busy moment of the machine falls on all of them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use codex_sandbox::{check_support, offer_helper};

use super::table::{Outcome, Row, milliseconds, render};
use super::way::{Attempt, Binaries, Place, ways};

/// Commands of the last figures.
const CALLS: usize = 50;

/// Flags of `sandbox-cost`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often each way is measured, after one start that does not count.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// The release binary of this repository, which bubblewrap starts as the inner half.
    #[arg(long, default_value = "target/release/codex")]
    ours: PathBuf,
    /// The official native binary: its `codex sandbox -- true` is measured beside ours.
    #[arg(long)]
    official: Option<PathBuf>,
    /// Where the workspace is made; not below /tmp, which workspace-write opens anyway. The workspace is removed afterwards.
    #[arg(long, default_value = "target/bench")]
    scratch: PathBuf,
}

/// Measures every way and prints the tables.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let binaries = Binaries { ours: &args.ours, official: args.official.as_deref() };
    write!(std::io::stdout(), "{}", report(&binaries, &args.scratch, args.rounds)?)?;
    Ok(ExitCode::SUCCESS)
}

/// The tables as text.
pub(crate) fn report(binaries: &Binaries<'_>, scratch: &Path, rounds: u16) -> anyhow::Result<String> {
    let place =
        Place::new(scratch).with_context(|| format!("cannot make a workspace in {}", scratch.display()))?;
    if binaries.ours.is_file() {
        // Bubblewrap starts it as the inner half.
        offer_helper(binaries.ours, std::env::var_os("PATH").unwrap_or_default())?;
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let begin = Instant::now();
    let support = runtime.block_on(check_support());
    let first_look = begin.elapsed();
    let ways = ways(&place, binaries);
    let mut outcomes: Vec<Outcome> = ways.iter().map(|_| Outcome::Took(Vec::new())).collect();
    for round in 0..=rounds {
        for ((name, way), outcome) in ways.iter().zip(&mut outcomes) {
            let Outcome::Took(starts) = outcome else { continue };
            match way.start(&runtime).with_context(|| format!("starting with {name}"))? {
                // The first one finds the program on disk and compiles the filters.
                Attempt::Took(_) if round == 0 => {}
                Attempt::Took(start) => starts.push(start),
                Attempt::Unavailable(reason) => *outcome = Outcome::Unavailable(reason),
            }
        }
    }
    let rows = ways.iter().zip(outcomes).map(|((name, _), outcome)| Row { name, outcome });
    let mut out = render(&rows.collect::<Vec<_>>());
    writeln!(
        out,
        "\nFinding out what this system enforces, every rung tried: {}.",
        milliseconds(first_look)
    )?;
    writeln!(out, "{CALLS} commands `true`, one after another:")?;
    for rung in support.rungs() {
        let took = place.many(&runtime, rung, CALLS)?;
        writeln!(out, "- {}: {}", rung.name(), milliseconds(took))?;
    }
    Ok(out)
}
