//! The `bench` and `thread` commands: flags, progress on stderr, tables on stdout.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use super::case::{CASES, Case};
use super::decision;
use super::network::{self, NetworkFigures};
use super::renewal;
use super::screen::{self, ScreenFigures};
use super::side::{Side, Whose};
use super::table::{self, Figures, Summary};
use super::thread_file::{self, ThreadSpec};
use crate::sandbox_cost::{self, Binaries};

/// Starts of each kind in the sandbox part.
const SANDBOX_ROUNDS: u16 = 100;

/// Flags of `bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The release binary of this repository.
    #[arg(long, default_value = "target/release/codex")]
    ours: PathBuf,
    /// The official native binary, measured beside ours.
    #[arg(long)]
    official: Option<PathBuf>,
    /// Run only cases whose name contains this text, such as `turn` or `resume`.
    #[arg(long)]
    only: Option<String>,
    /// Also let the official binary resume 1 GB, which takes it minutes and several GB of memory.
    #[arg(long)]
    official_gigabyte: bool,
    /// Millions of bytes of the long streams; fewer for a debug build.
    #[arg(long, default_value_t = 300)]
    stream_megabytes: usize,
    /// Where homes, repositories and threads are made; needs 2 GB, removed afterwards.
    #[arg(long, default_value = "target/bench")]
    scratch: PathBuf,
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
    #[arg(long, default_value = "gpt-5.5")]
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

/// Runs every case on both binaries and prints the tables.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if is_part_wanted(args, "decision") {
        writeln!(std::io::stdout(), "{}\n", decision::row()?)?;
        if args.only.is_some() {
            return Ok(ExitCode::SUCCESS);
        }
    }
    if is_part_wanted(args, "sandbox") {
        let binaries = Binaries { ours: &args.ours, official: args.official.as_deref() };
        writeln!(std::io::stdout(), "{}", sandbox_cost::report(&binaries, &args.scratch, SANDBOX_ROUNDS)?)?;
        if args.only.is_some() {
            return Ok(ExitCode::SUCCESS);
        }
    }
    if args.only.as_deref() == Some("gigabyte") {
        return gigabyte(args);
    }
    let ours = figures(args, &Side { whose: Whose::Ours, binary: args.ours.canonicalize()? })?;
    let official = match &args.official {
        Some(binary) => figures(args, &Side { whose: Whose::Official, binary: binary.canonicalize()? })?,
        None => Figures::default(),
    };
    let screens = match is_part_wanted(args, "tui") {
        true => Some(screens(args)?),
        false => None,
    };
    let networks = match is_part_wanted(args, "network") {
        true => Some(networks(args)?),
        false => None,
    };
    let renewal = match is_part_wanted(args, "token refresh") {
        true => {
            let runtime = tokio::runtime::Runtime::new()?;
            Some(runtime.block_on(renewal::row(&args.ours.canonicalize()?, &args.scratch))?)
        }
        false => None,
    };
    let mut out = std::io::stdout().lock();
    if let Some(renewal) = &renewal {
        writeln!(out, "{renewal}\n")?;
    }
    if let Some((ours, official)) = &screens {
        writeln!(out, "{}", screen::table(ours, official.as_ref()))?;
    }
    if let Some((ours, official)) = &networks {
        writeln!(out, "{}", network::table(ours, official.as_ref()))?;
    }
    if ours.cases.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "{}", table::promised(&ours, &official))?;
    write!(out, "{}", table::all(&[("ours", &ours), ("official", &official)]))?;
    Ok(ExitCode::SUCCESS)
}

/// Streams of 1 GB, which only run when asked for.
fn gigabyte(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    let sides = [(Whose::Ours, Some(&args.ours)), (Whose::Official, args.official.as_ref())];
    for (whose, binary) in sides {
        let Some(binary) = binary else { continue };
        let side = Side { whose, binary: binary.canonicalize()? };
        let table = runtime.block_on(network::gigabyte(&side, &args.scratch))?;
        writeln!(std::io::stdout(), "{whose:?}\n\n{table}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Parts with a table of their own: `--only tui`, `--only network`, `--only decision`, `--only sandbox`.
fn is_part_wanted(args: &Args, part: &str) -> bool {
    args.only.as_ref().is_none_or(|only| part.contains(only.as_str()))
}

fn networks(args: &Args) -> anyhow::Result<(NetworkFigures, Option<NetworkFigures>)> {
    let runtime = tokio::runtime::Runtime::new()?;
    let measure = |whose, binary: &PathBuf| -> anyhow::Result<NetworkFigures> {
        writeln!(std::io::stderr(), "{whose:?}: connection")?;
        let side = Side { whose, binary: binary.canonicalize()? };
        runtime.block_on(network::measure(&side, &args.scratch, args.stream_megabytes))
    };
    let ours = measure(Whose::Ours, &args.ours)?;
    let official = args.official.as_ref().map(|binary| measure(Whose::Official, binary)).transpose()?;
    Ok((ours, official))
}

fn screens(args: &Args) -> anyhow::Result<(ScreenFigures, Option<ScreenFigures>)> {
    // The scripted server works on other threads than the one that watches the screen.
    let runtime = tokio::runtime::Runtime::new()?;
    let measure = |whose, binary: &PathBuf| -> anyhow::Result<ScreenFigures> {
        writeln!(std::io::stderr(), "{whose:?}: terminal UI")?;
        let side = Side { whose, binary: binary.canonicalize()? };
        runtime.block_on(screen::measure(&side, &args.scratch))
    };
    let ours = measure(Whose::Ours, &args.ours)?;
    let official = args.official.as_ref().map(|binary| measure(Whose::Official, binary)).transpose()?;
    Ok((ours, official))
}

fn figures(args: &Args, side: &Side) -> anyhow::Result<Figures> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut figures = Figures { binary_bytes: side.size()?, ..Figures::default() };
    for case in CASES.into_iter().filter(|case| is_wanted(args, side, *case)) {
        writeln!(std::io::stderr(), "{:?}: {} ({} runs)", side.whose, case.name(), case.runs())?;
        let runs = side.run(case, &args.scratch, &runtime)?;
        figures.cases.extend(Summary::of(&runs).map(|summary| (case, summary)));
    }
    Ok(figures)
}

fn is_wanted(args: &Args, side: &Side, case: Case) -> bool {
    let named = args.only.as_ref().is_none_or(|only| case.name().contains(only.as_str()));
    // The cost of a resume is stated over a fresh turn, so that one is always run with it.
    let needed =
        case == Case::OneTurn && args.only.as_ref().is_some_and(|only| "resume".contains(only.as_str()));
    let huge = matches!(case, Case::Resume { megabytes: 1000, .. });
    let bearable = side.whose == Whose::Ours || args.official_gigabyte || !huge;
    (named || needed) && bearable
}
