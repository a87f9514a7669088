//! `codex demo`: the built-in cassette in a fresh repository. Owns the tour and its verdict: the bug must be gone, and
//! every request, those of the resume and the fork included, must be the recorded one.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::ExitCode;

use codex_exec::{ColorChoice, ExecOutcome, Format};
use codex_sandbox::{Rung, Support, check_support};
use codex_sim::{Cassette, ReplayMode, ReplayReport, ThreadOp};
use codex_stdx::atomic_write;

use super::demo_project::DemoProject;
use super::demo_screen::{Look, Screen};
use super::replay_error::ReplayError;
use super::replay_playback::{PlannedTurn, Playback, PlaybackOptions};
use crate::args::{Color, DemoArgs};
use crate::error::CliError;
use crate::process::Process;
use crate::runtime::block_on;

/// Written by `cargo run -p codex-xtask -- demo-cassette`.
pub(super) const CASSETTE: &[u8] = include_bytes!("../../assets/demo.cassette.jsonl");

/// Plays the tour. Fails unless everything it shows is true.
pub(crate) fn run(args: &DemoArgs, process: &Process) -> Result<ExitCode, CliError> {
    match block_on(Box::pin(demo(args, process)))? {
        // A reader who has seen enough and closed the pipe is no error worth telling.
        Err(ReplayError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::FAILURE),
        done => Ok(done?),
    }
}

async fn demo(args: &DemoArgs, process: &Process) -> Result<ExitCode, ReplayError> {
    let screen = Screen::new(args.color.into(), process.var("NO_COLOR").is_some());
    screen.line(
        "codex demo: no key, no network, nothing of yours is touched. The model's answers were recorded; everything\n\
         else happens now: the commands, the patch, the saved threads, the requests.",
    )?;
    let support = check_support().await;
    if support.rung == Rung::None {
        tell_way_out(screen, support)?;
        return Ok(ExitCode::FAILURE);
    }
    let project = DemoProject::create().await?;
    let before = show_project(screen, &project).await?;
    let tour = play(screen, &project, process).await?;
    let fixed = verdict(screen, &project, before, &tour).await?;
    tell_places(screen, &project, &tour)?;
    Ok(if fixed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the turns left behind.
struct Tour {
    outcomes: Vec<ExecOutcome>,
    planned: usize,
    report: ReplayReport,
}

async fn show_project(screen: Screen, project: &DemoProject) -> Result<bool, ReplayError> {
    screen.heading("1. A project with a bug")?;
    screen.line(&format!("A git repository of three files, in {}", project.repository().display()))?;
    screen.line("$ sh tests.sh")?;
    let tests = project.run_tests().await?;
    screen.quoted(&tests.output)?;
    Ok(tests.passed)
}

async fn play(screen: Screen, project: &DemoProject, process: &Process) -> Result<Tour, ReplayError> {
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
        color: screen.choice(),
        env: environment(process),
    };
    let mut playback = Playback::start(cassette, options).await?;
    let planned = playback.turns().to_vec();
    let mut outcomes: Vec<ExecOutcome> = Vec::new();
    for (position, turn) in planned.iter().enumerate() {
        let source = outcomes.last().and_then(|outcome| outcome.thread_id).map(|id| id.to_string());
        tell_turn(screen, position + 2, turn, source.as_deref().unwrap_or("ID"))?;
        let outcome = playback.play_next(screen.streams()).await?;
        let failed = outcome.code != 0;
        outcomes.push(outcome);
        if failed {
            break;
        }
    }
    Ok(Tour { outcomes, planned: planned.len(), report: playback.finish().await })
}

/// The environment without what could make the recorded commands print something else: the repository of a git hook
/// that runs the demo, and a shell with start-up files.
pub(super) fn environment(process: &Process) -> Vec<(OsString, OsString)> {
    let varies =
        |name: &OsStr| name.as_encoded_bytes().starts_with(b"GIT_") || name == "BASH_ENV" || name == "SHELL";
    let kept = process.env.iter().filter(|(name, _)| !varies(name)).cloned();
    kept.chain([("SHELL".into(), "/bin/sh".into())]).collect()
}

fn tell_turn(screen: Screen, number: usize, turn: &PlannedTurn, source: &str) -> Result<(), ReplayError> {
    let (heading, words) = match turn.record.op {
        ThreadOp::New => ("The agent gets the task", format!("-s {}", turn.record.sandbox_mode)),
        ThreadOp::Resume => {
            ("The thread is resumed: the agent still knows what it did", format!("resume {source}"))
        }
        ThreadOp::Fork => ("The thread is forked: the same past, another future", format!("fork {source}")),
    };
    screen.heading(&format!("{number}. {heading}"))?;
    screen.line(&format!("$ codex exec {words} \"{}\"", turn.record.prompt))?;
    Ok(())
}

async fn verdict(
    screen: Screen,
    project: &DemoProject,
    passed_before: bool,
    tour: &Tour,
) -> Result<bool, ReplayError> {
    screen.heading(&format!("{}. What came of it", tour.planned + 2))?;
    let tests = project.run_tests().await?;
    let played = tour.outcomes.iter().filter(|outcome| outcome.code == 0).count();
    let report = &tour.report;
    let counted = tests.output.lines().last().unwrap_or_default();
    let checks = [
        (tests.passed && !passed_before, format!("the bug is fixed: `sh tests.sh` says \"{counted}\"")),
        (played == tour.planned, format!("{played} of {} turns were completed", tour.planned)),
        (
            report.is_clean(),
            format!(
                "{} of {} requests were sent, each with the history it must have; {} differed",
                report.served,
                report.recorded,
                report.differences.len()
            ),
        ),
    ];
    for (good, text) in &checks {
        let mark = if *good { screen.paint(Look::Good, "yes") } else { screen.paint(Look::Bad, " no") };
        screen.line(&format!("{mark}  {text}"))?;
    }
    if !report.is_clean() {
        screen.quoted(&format!("{report}\n"))?;
    }
    let diff = project.diff(screen.colour()).await?;
    if !diff.is_empty() {
        screen.line("$ git diff")?;
        screen.quoted(&diff)?;
    }
    Ok(checks.iter().all(|(good, _)| *good))
}

fn tell_places(screen: Screen, project: &DemoProject, tour: &Tour) -> Result<(), ReplayError> {
    screen.heading("Where everything is")?;
    screen.line(&format!("repository  {}", project.repository().display()))?;
    let mut shown = Vec::new();
    for path in tour.outcomes.iter().filter_map(|outcome| outcome.rollout_path.as_ref()) {
        if !shown.contains(&path) {
            let name = if shown.is_empty() { "thread" } else { "fork" };
            screen.line(&format!("{name:<12}{}", path.display()))?;
            shown.push(path);
        }
    }
    let root = project.root().display();
    screen.line(&format!("cassette    {}", project.cassette().display()))?;
    screen.heading("What to try next")?;
    let commands = [
        (format!("cd {}", project.repository().display()), ""),
        ("git stash".to_owned(), "the bug is back"),
        (
            format!("codex replay --strict {}", project.cassette().display()),
            "the recorded model fixes it again, in the present folder",
        ),
        (
            "CODEX_API_KEY=... codex exec -s workspace-write \"add a check for 1.0 and 1.0.0\"".to_owned(),
            "with a real model",
        ),
        (format!("rm -r {root}"), "when you have seen enough"),
    ];
    for (command, why) in commands {
        let why = if why.is_empty() { String::new() } else { screen.paint(Look::Dim, &format!("  # {why}")) };
        screen.line(&format!("{command}{why}"))?;
    }
    Ok(())
}

pub(super) fn tell_way_out(screen: Screen, support: Support) -> Result<(), ReplayError> {
    let heading = "This system cannot enforce the sandbox, so every command of the agent would be refused.";
    screen.line(&format!("\n{}", screen.paint(Look::Bad, heading)))?;
    for reason in
        [support.filter_missing, support.namespaces_missing, support.bubblewrap.err()].into_iter().flatten()
    {
        screen.line(&format!("  {reason}"))?;
    }
    screen.line(
        "\nCommands that may not touch everything need Linux with seccomp, and user namespaces, a working\n\
         bubblewrap or Landlock (Linux 6.2).\n\
         In a container, allow them, for example with `docker run --security-opt seccomp=unconfined`. In a container or\n\
         virtual machine you can throw away, `codex exec -s danger-full-access` works without a sandbox.",
    )?;
    Ok(())
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Always => Self::Always,
            Color::Never => Self::Never,
            Color::Auto => Self::Auto,
        }
    }
}
