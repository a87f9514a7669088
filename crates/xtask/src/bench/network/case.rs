//! Whole runs against the scripted server, seen from both ends: what arrives there and what the program used for it.
//! Works on any binary that reads our configuration.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use codex_sim::{Item, RecordedRequest, Reply, Script, SimServer};
use serde_json::json;

use super::super::measure::Used;
use super::super::screen::Stage;
use super::super::side::{Place, Side};

/// Starts of the terminal UI, one prompt in each.
const STARTS: usize = 9;
/// Runs of each other case; the cheapest counts, since whatever disturbs a run only adds to it.
const RUNS: usize = 5;
const RETRY_RUNS: usize = 11;
const RETRIES: usize = 10;
const PATIENCE: Duration = Duration::from_secs(60);
/// Time for what follows a start or a key.
const CALM: Duration = Duration::from_millis(500);
/// One message of a long history.
const MESSAGE_BYTES: usize = 100_000;
const HISTORY_MESSAGES: usize = 20;
const BODY_MESSAGES: usize = 100;
/// Text of one event of a stream, beside its frame of some 150 bytes, which is not counted.
const DELTA_BYTES: usize = 4_000;
/// A small stream next to the large one: what the large one needs more is not flat.
const SMALL_PART: usize = 10;

const WEBSOCKET: &str = "supports_websockets = true\n";
const HTTP: &str = "request_max_retries = 10\nstream_max_retries = 0\n";

/// The figures of one binary. Times in milliseconds, memory in MiB.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NetworkFigures {
    pub(super) request_ms: f64,
    pub(super) increment_percent: f64,
    pub(super) retries_user_ms: f64,
    pub(super) retries_cpu_ms: f64,
    pub(super) sse: StreamFigures,
    pub(super) websocket: StreamFigures,
}

/// What a long stream costs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct StreamFigures {
    /// Millions of bytes for each second of CPU time, the whole run included.
    pub(super) mb_per_s: f64,
    pub(super) peak_mib: f64,
    /// Peak memory over that of a stream a tenth as long.
    pub(super) growth_mib: f64,
}

/// Measures everything on one binary.
pub(crate) async fn measure(side: &Side, scratch: &Path, megabytes: usize) -> anyhow::Result<NetworkFigures> {
    let wire = |provider| Wire { side, scratch, provider };
    let (user, cpu) = wire(HTTP).retries().await?;
    Ok(NetworkFigures {
        request_ms: wire(WEBSOCKET).request().await?,
        increment_percent: 100.0 * wire(WEBSOCKET).second_request(HISTORY_MESSAGES).await?
            / wire(HTTP).second_request(HISTORY_MESSAGES).await?,
        retries_user_ms: user,
        retries_cpu_ms: cpu,
        sse: wire(HTTP).stream(megabytes).await?,
        websocket: wire(WEBSOCKET).stream(megabytes).await?,
    })
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
            rig.watch(CALM).await?;
            ensure!(!server.handshakes().is_empty(), "no connection was made before the prompt");
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

    /// User time and all CPU time that refusals of a large request cost over its being accepted at once.
    async fn retries(&self) -> anyhow::Result<(f64, f64)> {
        let (mut once, mut retried) = (Vec::new(), Vec::new());
        for _ in 0..RETRY_RUNS {
            for (refusals, runs) in [(0, &mut once), (RETRIES, &mut retried)] {
                let refused = Reply::status(503).header("retry-after", "0");
                let replies = [long_answer(BODY_MESSAGES)]
                    .into_iter()
                    .chain(std::iter::repeat_n(refused, refusals))
                    .chain([Reply::say("Done.")]);
                runs.push(self.run(replies.collect()).await?.0);
            }
        }
        // The kernel estimates which part of the time was the program's own, so no single run is right about that.
        let user = median(&retried, |used| used.user_s) - median(&once, |used| used.user_s);
        let cpu = least(&retried, |used| used.cpu_s) - least(&once, |used| used.cpu_s);
        Ok((1000.0 * user.max(0.0), 1000.0 * cpu.max(0.0)))
    }

    async fn stream(&self, megabytes: usize) -> anyhow::Result<StreamFigures> {
        let (small, _) = self.run(vec![long_stream(megabytes.div_ceil(SMALL_PART))]).await?;
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            runs.push(self.run(vec![long_stream(megabytes)]).await?.0);
        }
        let peak_mib = least(&runs, |used| used.peak_mib);
        Ok(StreamFigures {
            mb_per_s: megabytes as f64 / least(&runs, |used| used.cpu_s).max(0.001),
            peak_mib,
            growth_mib: (peak_mib - small.peak_mib).max(0.0),
        })
    }
}

fn median(runs: &[Used], of: fn(&Used) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn least(runs: &[Used], of: fn(&Used) -> f64) -> f64 {
    runs.iter().map(of).fold(f64::INFINITY, f64::min)
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
