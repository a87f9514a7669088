//! Development commands of this repository: `conformance`, `bench`, `sandbox-cost` and `demo-cassette`. Dispatch only.

mod bench;
mod conformance;
mod demo_cassette;
mod sandbox_cost;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Development commands of this repository.", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prints every statement we promise with the tests that prove it; fails while one of the present scope has none.
    Conformance(conformance::Args),
    /// Measures whole runs of the release binary and prints a Markdown table.
    Bench(bench::Args),
    /// Measures what the sandbox adds to the start of a command and prints a Markdown table.
    SandboxCost(sandbox_cost::Args),
    /// Records the run that `codex demo` replays; to be run after every change of what requests hold.
    DemoCassette(demo_cassette::Args),
    /// Writes a synthetic thread into a home folder and prints its id.
    Thread(bench::ThreadArgs),
    /// Runs one program and prints what it used; a process of its own, so that the bench's memory is not counted.
    #[command(hide = true)]
    Measure(bench::MeasureArgs),
    /// Sends one body again and again over a bare socket; the bench's floor for what sending costs.
    #[command(hide = true)]
    Pour(bench::PourArgs),
}

fn main() -> anyhow::Result<ExitCode> {
    match Args::parse().command {
        Command::Conformance(args) => conformance::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::SandboxCost(args) => sandbox_cost::run(&args),
        Command::DemoCassette(args) => demo_cassette::run(&args),
        Command::Thread(args) => bench::write_thread(&args),
        Command::Measure(args) => bench::measure(&args),
        Command::Pour(args) => bench::pour(&args),
    }
}
