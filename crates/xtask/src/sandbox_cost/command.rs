//! The `sandbox-cost` command: starts `true` again and again in every way and prints a Markdown table.
//! Invariant: the ways take turns, so that a busy moment of the machine falls on all of them.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::table::{Outcome, Row, render};
use super::way::{Attempt, Place, ways};

/// Flags of `sandbox-cost`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often each way is measured, after one start that does not count.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Where the workspace is made; not below /tmp, which workspace-write opens anyway. The workspace is removed afterwards.
    #[arg(long, default_value = "target/bench")]
    scratch: PathBuf,
}

/// Measures every way and prints the table.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let place = Place::new(&args.scratch)
        .with_context(|| format!("cannot make a workspace in {}", args.scratch.display()))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let ways = ways(&place);
    let mut outcomes: Vec<Outcome> = ways.iter().map(|_| Outcome::Took(Vec::new())).collect();
    for round in 0..=args.rounds {
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
    write!(std::io::stdout(), "{}", render(&rows.collect::<Vec<_>>()))?;
    Ok(ExitCode::SUCCESS)
}
