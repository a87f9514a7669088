//! What is measured on the screen: the start, keys, a streamed reply, rest, and a long thread.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use codex_sim::{Gate, Item, Reply, Script, SimServer};

use super::super::side::{Place, Side, Whose};
use super::rig::Rig;

const STARTS: usize = 7;
const KEYS: usize = 60;
const KEY_PAUSE: Duration = Duration::from_millis(40);
/// Deltas of the streamed reply, in bursts.
const DELTAS: usize = 2_000;
const BURSTS: usize = 100;
const STREAM: Duration = Duration::from_secs(5);
const REST: Duration = Duration::from_secs(5);
/// A thread of this size holds more than 10,000 items.
const LONG_THREAD_MEGABYTES: u64 = 60;
const PATIENCE: Duration = Duration::from_secs(60);
const QUIET: Duration = Duration::from_millis(300);
/// What is in the composer while nothing is typed is not known here, so typed words are looked for.
const KEYS_TYPED: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The figures of one binary. Times in milliseconds, CPU in seconds, memory in MiB.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ScreenFigures {
    pub(super) first_text_ms: f64,
    pub(super) usable_ms: f64,
    pub(super) start_cpu_s: f64,
    pub(super) start_peak_mib: f64,
    pub(super) start_bytes: f64,
    pub(super) key_p50_ms: f64,
    pub(super) key_p95_ms: f64,
    pub(super) rest_bytes: f64,
    pub(super) rest_cpu_s: f64,
    pub(super) stream_cpu_s: f64,
    pub(super) stream_bytes: f64,
    pub(super) last_delta_ms: f64,
    pub(super) newest_turn_ms: f64,
    pub(super) long_usable_ms: f64,
    pub(super) long_key_p50_ms: f64,
    pub(super) long_key_p95_ms: f64,
    pub(super) long_peak_mib: f64,
}

/// Measures everything on one binary.
pub(crate) async fn measure(side: &Side, scratch: &Path) -> anyhow::Result<ScreenFigures> {
    let mut figures = ScreenFigures::default();
    let place = Place::new(scratch)?;
    let server = SimServer::start(Script::new([])).await?;
    place.write_config(&server.url())?;
    let stage = Stage { side, place: &place };
    start(&stage, &mut figures).await?;
    keys_and_rest(&stage, &mut figures).await?;
    stream(&stage, &server, &mut figures).await?;
    long_thread(&stage, &mut figures).await?;
    server.stop().await;
    Ok(figures)
}

/// A binary in its place, to be started on a terminal.
pub(crate) struct Stage<'a> {
    pub(crate) side: &'a Side,
    pub(crate) place: &'a Place,
}

impl Stage<'_> {
    /// Starts it with these arguments.
    pub(crate) fn rig(&self, words: &[&str]) -> anyhow::Result<Rig> {
        let mut program = vec![self.side.binary.clone().into_os_string()];
        if self.side.whose == Whose::Official {
            program.extend(self.side.flags().iter().map(OsString::from));
            program.push("--no-daemon".into());
            // Its notice about a newer model was answered long ago.
            program.push("-c".into());
            program.push("notice.model_migrations={\"gpt-5.5\"=\"gpt-6-sol\"}".into());
        }
        program.extend(words.iter().map(OsString::from));
        let mut environment = self.place.environment();
        environment.push(("TERM".into(), "xterm-256color".into()));
        environment.push(("COLORTERM".into(), "truecolor".into()));
        environment.push(("SHELL".into(), "/bin/sh".into()));
        Rig::start(&program, &self.place.repo(), &environment)
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn at(values: &[f64], percent: usize) -> f64 {
    let place = values.len().saturating_sub(1) * percent / 100;
    values.get(place).copied().unwrap_or_default()
}

/// Types one character and waits until it stands on the screen.
async fn type_first(rig: &mut Rig) -> anyhow::Result<Instant> {
    rig.send("§").await?;
    rig.until("typed character", PATIENCE, |text| text.contains('§')).await
}

async fn start(stage: &Stage<'_>, figures: &mut ScreenFigures) -> anyhow::Result<()> {
    let (mut texts, mut usables, mut cpus) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let mut rig = stage.rig(&[])?;
        let first = rig.until("text", PATIENCE, |text| !text.trim().is_empty()).await?;
        let usable = type_first(&mut rig).await?;
        texts.push(ms(first - rig.begun));
        usables.push(ms(usable - rig.begun));
        rig.settle(QUIET, PATIENCE).await?;
        cpus.push(rig.cpu_s()?);
        figures.start_peak_mib = figures.start_peak_mib.max(rig.peak_mib()?);
        figures.start_bytes = rig.bytes as f64;
        rig.end().await?;
    }
    figures.first_text_ms = at(&sorted(texts), 50);
    figures.usable_ms = at(&sorted(usables), 50);
    figures.start_cpu_s = at(&sorted(cpus), 50);
    Ok(())
}

/// From a key to the read that shows it: median and 95th of a hundred.
async fn keys(rig: &mut Rig) -> anyhow::Result<(f64, f64)> {
    let mut times = Vec::new();
    let mut typed = "§".to_owned();
    for key in KEYS_TYPED.chars().take(KEYS) {
        rig.watch(KEY_PAUSE).await?;
        typed.push(key);
        let pressed = Instant::now();
        rig.send(&key.to_string()).await?;
        let painted = rig.until("typed character", PATIENCE, |text| text.contains(&typed)).await?;
        times.push(ms(painted - pressed));
    }
    let times = sorted(times);
    Ok((at(&times, 50), at(&times, 95)))
}

async fn keys_and_rest(stage: &Stage<'_>, figures: &mut ScreenFigures) -> anyhow::Result<()> {
    let mut rig = stage.rig(&[])?;
    rig.until("text", PATIENCE, |text| !text.trim().is_empty()).await?;
    rig.settle(QUIET, PATIENCE).await?;
    type_first(&mut rig).await?;
    (figures.key_p50_ms, figures.key_p95_ms) = keys(&mut rig).await?;
    rig.settle(QUIET, PATIENCE).await?;
    let (bytes, cpu) = (rig.bytes, rig.cpu_s()?);
    rig.watch(REST).await?;
    figures.rest_bytes = (rig.bytes - bytes) as f64;
    figures.rest_cpu_s = rig.cpu_s()? - cpu;
    rig.end().await
}

fn word(n: usize) -> String {
    let end = if n % 60 == 59 { ".\n\n" } else { " " };
    format!("word{}{end}", n % 97)
}

async fn stream(stage: &Stage<'_>, server: &SimServer, figures: &mut ScreenFigures) -> anyhow::Result<()> {
    let gates: Vec<Gate> = (0..=BURSTS).map(|_| Gate::new()).collect();
    let mut reply = Reply::sse().created().item_added(Item::message(""));
    let mut whole = String::new();
    for (burst, gate) in gates.iter().take(BURSTS).enumerate() {
        reply = reply.pause(gate);
        for n in 0..DELTAS / BURSTS {
            let text = word(burst * (DELTAS / BURSTS) + n);
            reply = reply.text_delta(&text);
            whole.push_str(&text);
        }
    }
    let last = gates.last().cloned().unwrap_or_default();
    whole.push_str("THE-LAST-WORD");
    reply = reply.pause(&last).text_delta("THE-LAST-WORD");
    let done = Gate::new();
    let reply = reply.pause(&done).item_done(Item::message(&whole)).completed();
    server.push(vec![reply]);

    let mut rig = stage.rig(&[])?;
    rig.until("text", PATIENCE, |text| !text.trim().is_empty()).await?;
    rig.settle(QUIET, PATIENCE).await?;
    type_first(&mut rig).await?;
    rig.watch(Duration::from_millis(300)).await?;
    rig.send("\r").await?;
    rig.watch(Duration::from_millis(700)).await?;
    let (bytes, cpu) = (rig.bytes, rig.cpu_s()?);
    for gate in gates.iter().take(BURSTS) {
        gate.open();
        rig.watch(STREAM / u32::try_from(BURSTS)?).await?;
    }
    figures.stream_bytes = (rig.bytes - bytes) as f64;
    figures.stream_cpu_s = rig.cpu_s()? - cpu;
    let sent = Instant::now();
    last.open();
    let shown = rig.until("last word", PATIENCE, |text| text.contains("THE-LAST-WORD")).await?;
    figures.last_delta_ms = ms(shown - sent);
    done.open();
    rig.settle(QUIET, PATIENCE).await?;
    rig.end().await
}

async fn long_thread(stage: &Stage<'_>, figures: &mut ScreenFigures) -> anyhow::Result<()> {
    let thread = stage.place.write_thread(LONG_THREAD_MEGABYTES)?;
    let newest = format!("Step {}", thread.turns);
    let mut rig = stage.rig(&["resume", &thread.id])?;
    let shown = rig.until("newest turn", PATIENCE * 3, |text| text.contains(&newest)).await?;
    figures.newest_turn_ms = ms(shown - rig.begun);
    let usable = type_first(&mut rig).await?;
    figures.long_usable_ms = ms(usable - rig.begun);
    rig.settle(QUIET, PATIENCE).await?;
    (figures.long_key_p50_ms, figures.long_key_p95_ms) = keys(&mut rig).await?;
    figures.long_peak_mib = rig.peak_mib()?;
    rig.end().await
}
