//! Whole runs against the scripted server, seen from both ends: what arrives there and what the program used for it.
//! Works on any binary that reads our configuration.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use codex_sim::{Item, RecordedRequest, Reply, Script, SimServer};
use serde_json::json;

use super::super::measure::Used;
use super::super::screen::{Rig, Stage};
use super::super::side::{Place, Side};

/// Starts of the terminal UI, one prompt in each.
const STARTS: usize = 9;
/// Runs of each other case; the cheapest counts, since whatever disturbs a run only adds to it.
const RUNS: usize = 5;
const RETRY_RUNS: usize = 7;
/// More than are stated, as a run's other costs vary by more than ten cost.
const RETRIES: usize = 50;
/// The count that is stated.
const RETRIES_STATED: usize = 10;
const PATIENCE: Duration = Duration::from_secs(60);
/// Time for what follows a start or a key.
const CALM: Duration = Duration::from_millis(500);
/// Between two looks at the server.
const TICK: Duration = Duration::from_millis(10);
/// One message of a long history.
const MESSAGE_BYTES: usize = 100_000;
const HISTORY_MESSAGES: usize = 20;
const BODY_MESSAGES: usize = 100;
/// Text of one event of a stream, beside its frame of some 150 bytes, which is not counted.
const DELTA_BYTES: usize = 4_000;
/// A small stream next to the large one: what the large one needs more is not flat.
const SMALL_PART: usize = 10;

const WEBSOCKET: &str = "supports_websockets = true\n";
const HTTP: &str = "request_max_retries = 50\nstream_max_retries = 0\n";

/// The figures of one binary. Times in milliseconds, memory in MiB.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NetworkFigures {
    pub(super) request_ms: f64,
    pub(super) increment_percent: f64,
    pub(super) retries: RetryFigures,
    pub(super) sse: StreamFigures,
    pub(super) websocket: StreamFigures,
}

/// What ten refusals of a large request cost over its being accepted at once, in milliseconds of CPU.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct RetryFigures {
    /// User and system time.
    pub(super) cpu: f64,
    /// The same of a bare loop that writes the same bytes to the same server.
    pub(super) floor: f64,
}

/// What a long stream costs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct StreamFigures {
    /// Millions of bytes for each second of CPU time, the whole run included.
    pub(super) mb_per_s: f64,
    /// Millions of bytes for each second of the clock, the server's work on the same cores included.
    pub(super) wall_mb_per_s: f64,
    pub(super) peak_mib: f64,
    /// Peak memory over that of a stream a tenth as long.
    pub(super) growth_mib: f64,
}

/// Measures everything on one binary.
pub(crate) async fn measure(side: &Side, scratch: &Path, megabytes: usize) -> anyhow::Result<NetworkFigures> {
    let wire = |provider| Wire { side, scratch, provider };
    Ok(NetworkFigures {
        request_ms: wire(WEBSOCKET).request().await?,
        increment_percent: 100.0 * wire(WEBSOCKET).second_request(HISTORY_MESSAGES).await?
            / wire(HTTP).second_request(HISTORY_MESSAGES).await?,
        retries: wire(HTTP).retries().await?,
        sse: wire(HTTP).stream(megabytes, RUNS).await?,
        websocket: wire(WEBSOCKET).stream(megabytes, RUNS).await?,
    })
}

/// One stream of this length over each transport, once.
pub(super) async fn streams(
    side: &Side,
    scratch: &Path,
    megabytes: usize,
) -> anyhow::Result<(StreamFigures, StreamFigures)> {
    let stream = async |provider| Wire { side, scratch, provider }.stream(megabytes, 1).await;
    Ok((stream(HTTP).await?, stream(WEBSOCKET).await?))
}

/// One binary and how it is told to reach the server.
#[derive(Clone, Copy)]
struct Wire<'a> {
    side: &'a Side,
    scratch: &'a Path,
    provider: &'static str,
}

impl Wire<'_> {
    async fn world(&self) -> anyhow::Result<(SimServer, Place)> {
        let (server, place) = (SimServer::start(Script::new([])).await?, Place::new(self.scratch)?);
        place.write_config_with(&server.url(), self.provider)?;
        Ok((server, place))
    }

    /// One `exec` run and the requests it made.
    async fn run(&self, replies: Vec<Reply>) -> anyhow::Result<(Used, Vec<RecordedRequest>)> {
        let (server, place) = self.world().await?;
        let expected = replies.len();
        server.push(replies);
        let used = tokio::task::block_in_place(|| place.measure(&self.side.exec("Do the next step.")))?;
        let requests = server.requests();
        ensure!(requests.len() == expected, "{} requests arrived instead of {expected}", requests.len());
        let is_frame = self.provider == WEBSOCKET;
        ensure!(requests.iter().all(|request| request.connection().is_some() == is_frame), "another wire");
        server.verify()?;
        server.stop().await;
        Ok((used, requests))
    }

    /// From Enter in the terminal UI to the arrival of the request on a connection made before: the median.
    async fn request(&self) -> anyhow::Result<f64> {
        let mut times = Vec::new();
        for _ in 0..STARTS {
            let (server, place) = self.world().await?;
            server.push([Reply::say("Done.")]);
            let mut rig = Stage { side: self.side, place: &place }.rig(&[])?;
            rig.until("text", PATIENCE, |text| !text.trim().is_empty()).await?;
            rig.settle(CALM, PATIENCE).await?;
            rig.send("A prompt to be sent.").await?;
            rig.until("typed prompt", PATIENCE, |text| text.contains("prompt to be sent.")).await?;
            warmed(&server, &mut rig).await?;
            let pressed = Instant::now();
            rig.send("\r").await?;
            let arrived = async {
                server.wait_for_requests(1).await;
                Instant::now()
            };
            let arrived = tokio::time::timeout(PATIENCE, arrived).await.context("no request arrived")?;
            times.push((arrived - pressed).as_secs_f64() * 1000.0);
            rig.until("answer", PATIENCE, |text| text.contains("Done.")).await?;
            rig.end().await?;
            server.stop().await;
        }
        times.sort_by(f64::total_cmp);
        Ok(times.get(times.len() / 2).copied().unwrap_or_default())
    }

    /// Bytes of the request that follows a long answer with a command.
    async fn second_request(&self, messages: usize) -> anyhow::Result<f64> {
        let (_, requests) = self.run(vec![long_answer(messages), Reply::say("Done.")]).await?;
        Ok(requests.last().map_or(0, |request| request.body().len()) as f64)
    }

    /// What refusals of a large request cost, beside the floor.
    async fn retries(&self) -> anyhow::Result<RetryFigures> {
        let mut runs: [Vec<Used>; 4] = Default::default();
        for _ in 0..RETRY_RUNS {
            let [once, retried, floor_once, floor] = &mut runs;
            let mut body = Bytes::new();
            for (refusals, runs) in [(0, once), (RETRIES, retried)] {
                let replies = [long_answer(BODY_MESSAGES)].into_iter();
                let replies = replies.chain(refused(refusals)).chain([Reply::say("Done.")]);
                let (used, requests) = self.run(replies.collect()).await?;
                runs.push(used);
                body = requests.last().map(|request| request.body().clone()).unwrap_or_default();
            }
            for (refusals, runs) in [(0, floor_once), (RETRIES, floor)] {
                runs.push(self.pour(&body, refusals + 1).await?);
            }
        }
        // Whatever disturbs a run only adds to it.
        let part = 1000.0 * RETRIES_STATED as f64 / RETRIES as f64;
        let [once, retried, floor_once, floor] = runs.map(|runs| part * least(&runs, |used| used.cpu_s));
        Ok(RetryFigures { cpu: (retried - once).max(0.0), floor: (floor - floor_once).max(0.0) })
    }

    /// The same body sent by a bare loop.
    async fn pour(&self, body: &Bytes, times: usize) -> anyhow::Result<Used> {
        let (server, place) = self.world().await?;
        server.push(refused(times));
        let file = place.repo().join("body.json");
        std::fs::write(&file, body)?;
        let address = format!("127.0.0.1:{}", server.port());
        let mut program = vec![std::env::current_exe()?.into_os_string()];
        program.extend(["pour", "--address", &address, "--times", &times.to_string()].map(OsString::from));
        program.extend([OsString::from("--body"), file.into_os_string()]);
        let used = tokio::task::block_in_place(|| place.measure(&program))?;
        server.verify()?;
        server.stop().await;
        Ok(used)
    }

    async fn stream(&self, megabytes: usize, count: usize) -> anyhow::Result<StreamFigures> {
        let (small, _) = self.run(vec![long_stream(megabytes.div_ceil(SMALL_PART))]).await?;
        let mut runs = Vec::new();
        for _ in 0..count {
            runs.push(self.run(vec![long_stream(megabytes)]).await?.0);
        }
        let peak_mib = least(&runs, |used| used.peak_mib);
        Ok(StreamFigures {
            mb_per_s: megabytes as f64 / least(&runs, |used| used.cpu_s).max(0.001),
            wall_mb_per_s: megabytes as f64 / least(&runs, |used| used.wall_s).max(0.001),
            peak_mib,
            growth_mib: (peak_mib - small.peak_mib).max(0.0),
        })
    }
}

fn least(runs: &[Used], of: fn(&Used) -> f64) -> f64 {
    runs.iter().map(of).fold(f64::INFINITY, f64::min)
}

/// Refusals that may be tried again at once.
fn refused(times: usize) -> impl Iterator<Item = Reply> {
    std::iter::repeat_n(Reply::status(503).header("retry-after", "0"), times)
}

/// Waits until the server has been asked to prepare the first request and has had time to say that it did.
async fn warmed(server: &SimServer, rig: &mut Rig) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while server.frames().is_empty() {
        ensure!(
            Instant::now() < deadline,
            "{} connection(s) were made before the prompt, and nothing was prepared",
            server.handshakes().len()
        );
        rig.watch(TICK).await?;
    }
    rig.watch(CALM).await
}

/// Messages of [`MESSAGE_BYTES`] and a command, after which the history is sent again.
fn long_answer(messages: usize) -> Reply {
    let message = Item::message(&"some text ".repeat(MESSAGE_BYTES / 10));
    let call = Item::function_call("exec_command", &json!({ "cmd": "true" }), "call_1");
    Reply::items(std::iter::repeat_n(message, messages).chain([call]))
}

/// One message, of which this many megabytes of text are streamed first.
fn long_stream(megabytes: usize) -> Reply {
    let deltas = megabytes * 1_000_000 / DELTA_BYTES;
    let reply = Reply::sse().created().item_added(Item::message(""));
    let reply = reply.text_deltas(deltas, &"some text ".repeat(DELTA_BYTES / 10));
    reply.item_done(Item::message("Done.")).completed()
}
