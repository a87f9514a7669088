//! The `demo-cassette` command: the built `codex` works on the demo project against the scripted model, records
//! itself, and the recording becomes the asset. Writes nothing unless the run did what the demo promises.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use codex_sim::{Cassette, Script, SimServer, ThreadOp};

use super::place::{Place, assets};
use super::story;

/// The asset is part of the binary and of every clone.
const ASSET_BYTES_MAX: usize = 250_000;

/// Flags of `demo-cassette`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The binary to record; the one beside this program when left out.
    #[arg(long)]
    codex: Option<PathBuf>,
    /// The file to write.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Records the demo and replaces the asset.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let codex = match &args.codex {
        Some(codex) => codex.clone(),
        None => std::env::current_exe()?.with_file_name(format!("codex{}", std::env::consts::EXE_SUFFIX)),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let recording = runtime.block_on(async {
        let server = SimServer::start(Script::new(story::replies())).await?;
        let url = server.url();
        let recorded = tokio::task::spawn_blocking(move || record(&codex, &url)).await?;
        let verified = server.verify();
        server.stop().await;
        let recorded = recorded?;
        verified?;
        anyhow::Ok(recorded)
    })?;
    let out = args.out.clone().unwrap_or_else(|| assets().join("demo.cassette.jsonl"));
    std::fs::write(&out, &recording).with_context(|| format!("cannot write {}", out.display()))?;
    writeln!(std::io::stdout(), "{}: {} bytes", out.display(), recording.len())?;
    Ok(ExitCode::SUCCESS)
}

fn record(codex: &Path, url: &str) -> anyhow::Result<Vec<u8>> {
    let place = Place::new(codex, url)?;
    ensure!(place.run_tests().is_err(), "the demo project has no bug to fix");
    let thread = place.exec(&[story::FIX])?;
    place.run_tests()?;
    place.exec(&["resume", &thread, story::RESUME])?;
    place.exec(&["fork", &thread, story::FORK])?;
    let bytes = std::fs::read(place.cassette())?;
    let cassette = Cassette::parse("the recording", &bytes)?;
    let ops: Vec<ThreadOp> = cassette.prompts().iter().map(|turn| turn.op).collect();
    ensure!(ops == [ThreadOp::New, ThreadOp::Resume, ThreadOp::Fork], "recorded turns are {ops:?}");
    ensure!(
        cassette.source_turn(2) == Some(1) && cassette.source_turn(3).is_some(),
        "a source thread is missing"
    );
    let all_complete = cassette.exchanges.iter().all(codex_sim::Exchange::is_complete);
    ensure!(all_complete && cassette.notes.is_empty(), "the recording is not whole: {:?}", cassette.notes);
    ensure!(bytes.len() <= ASSET_BYTES_MAX, "the recording has {} bytes", bytes.len());
    Ok(bytes)
}
