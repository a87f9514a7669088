//! `codex demo --tui`: the built-in cassette in the terminal UI. The messages lie ready in the composer, the person
//! presses Enter; commands, patches and requests are real, only the model's answers were recorded.

use std::process::ExitCode;

use codex_core::{Deltas, StartThread};
use codex_exec::{ColorChoice, Format};
use codex_sandbox::{Rung, check_support};
use codex_sim::{Cassette, ReplayMode, ThreadOp};
use codex_stdx::atomic_write;
use codex_tui::{Mode, Opening, TuiRun};

use super::demo::{CASSETTE, environment, tell_way_out};
use super::demo_project::DemoProject;
use super::demo_screen::Screen;
use super::replay_error::ReplayError;
use super::replay_playback::{Playback, PlaybackOptions};
use crate::error::CliError;
use crate::process::Process;
use crate::runtime::block_on;

/// Plays the tour.
pub(crate) fn run(process: &Process) -> Result<ExitCode, CliError> {
    Ok(block_on(Box::pin(demo(process)))??)
}

async fn demo(process: &Process) -> Result<ExitCode, ReplayError> {
    let screen = Screen::new(ColorChoice::Auto, process.var("NO_COLOR").is_some());
    let support = check_support().await;
    if support.rung == Rung::None {
        tell_way_out(screen, support)?;
        return Ok(ExitCode::FAILURE);
    }
    let project = DemoProject::create().await?;
    let cassette = Cassette::parse("the built-in cassette", CASSETTE)?;
    atomic_write(&project.cassette(), CASSETTE)?;
    let options = PlaybackOptions {
        // A recorded answer must not follow what it was not an answer to.
        mode: ReplayMode::Strict,
        cwd: project.repository(),
        codex_home: project.codex_home(),
        home_dir: process.home_dir.clone(),
        sandbox: None,
        format: Format::Human,
        color: ColorChoice::Auto,
        env: environment(process),
    };
    let playback = Playback::start(cassette, options).await?;
    let (start, mut warnings) = playback.first_start()?;
    // What follows in the same thread; a fork would be another one.
    let turns = playback.turns().iter().take_while(|turn| turn.record.op != ThreadOp::Fork);
    let suggestions: Vec<String> = turns.map(|turn| turn.record.prompt.clone()).collect();
    warnings.insert(
        0,
        format!(
            "A recorded run in {}: {} messages lie ready, press Enter to send each. Commands and patches are real, \
             the model's answers were recorded; other messages get no answer.",
            project.repository().display(),
            suggestions.len()
        ),
    );
    let run = TuiRun {
        start: StartThread { deltas: Deltas::Wanted, ..start },
        initial_prompt: None,
        mode: Mode::Fullscreen,
        warnings,
        opening: Opening::Thread,
        first_run: None,
        suggestions,
    };
    let end = codex_tui::run(run).await;
    let report = playback.finish().await;
    if !report.differences.is_empty() {
        screen.quoted(&format!("{report}\n"))?;
    }
    screen.line(&format!(
        "What the demo made: {} (remove it when you have seen enough)",
        project.root().display()
    ))?;
    Ok(ExitCode::from(end.code))
}
