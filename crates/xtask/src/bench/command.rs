//! The `bench` and `thread` commands.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use super::thread_file::{self, ThreadSpec};

/// Flags of `bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The release binary of this repository.
    #[arg(long, default_value = "target/release/codex")]
    ours: PathBuf,
}

/// Flags of `thread`.
#[derive(Debug, clap::Args)]
pub(crate) struct ThreadArgs {
    /// Home folder (`CODEX_HOME`) below which the thread is written.
    #[arg(long)]
    home: PathBuf,
    /// Directory the thread says it worked in.
    #[arg(long)]
    cwd: PathBuf,
    /// Size in millions of bytes.
    #[arg(long)]
    megabytes: u64,
    /// Model the thread says it used.
    #[arg(long, default_value = "gpt-5.4")]
    model: String,
    /// Id of the model provider the thread says it used.
    #[arg(long, default_value = "bench")]
    provider: String,
}

/// Writes a synthetic thread and prints its id and file.
pub(crate) fn write_thread(args: &ThreadArgs) -> anyhow::Result<ExitCode> {
    let thread = thread_file::write(&ThreadSpec {
        home: &args.home,
        cwd: &args.cwd,
        model: &args.model,
        model_provider: &args.provider,
        bytes_min: args.megabytes * 1_000_000,
    })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} {}", thread.id, thread.file.display())?;
    writeln!(out, "{} turns, {} lines, {} bytes", thread.turns, thread.lines, thread.bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs every case.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("no bench cases for {}", args.ours.display())
}
