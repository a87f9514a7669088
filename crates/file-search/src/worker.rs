//! The worker: one thread walks, one matches; the newest query is answered again and again as more is found.
//! Invariant: both threads end soon after `stop` or drop, whatever they are doing; the walker waits when the matcher
//! is behind.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crate::index::Index;
use crate::path_match::{Finder, Found, Progress};
use crate::walk::{Going, walk};

/// Batches that may wait for the matcher.
const WAITING_MAX: usize = 16;
/// Work on a question before the first, provisional answer.
const SLICE: Duration = Duration::from_millis(8);
/// Between answers to the same query while the walk goes on.
const PAUSE: Duration = Duration::from_millis(40);

#[derive(Debug, Default)]
struct Inbox {
    query: Option<String>,
    batches: Vec<Index>,
    walked: bool,
}

#[derive(Debug, Default)]
struct Shared {
    inbox: Mutex<Inbox>,
    woken: Condvar,
    stopped: AtomicBool,
    /// Counts queries, so that work for an old one can be given up.
    asked: AtomicU64,
}

impl Shared {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        // Under the lock, so that nobody is between looking and waiting.
        drop(self.inbox());
        self.woken.notify_all();
    }
}

/// A search below one folder. Dropping it ends its threads without waiting for them.
#[derive(Debug)]
pub struct FileSearch {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl FileSearch {
    /// Begins to walk `root`; answers go to `tell`, which must not wait.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(root: PathBuf, tell: impl FnMut(Found) + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut search = Self { shared: Arc::clone(&shared), threads: Vec::new() };
        let matcher = Arc::clone(&shared);
        let thread = Builder::new().name("file matcher".to_owned());
        search.threads.push(thread.spawn(move || answer(&matcher, tell))?);
        let thread = Builder::new().name("file walk".to_owned());
        search.threads.push(thread.spawn(move || find(&shared, &root))?);
        Ok(search)
    }

    /// Asks for paths; the newest question is the one that is answered.
    pub fn ask(&self, query: &str) {
        self.shared.asked.fetch_add(1, Ordering::AcqRel);
        self.shared.inbox().query = Some(query.to_owned());
        self.shared.woken.notify_all();
    }

    /// Ends the threads and waits for them; not for a task that must not wait.
    pub fn stop(mut self) {
        self.shared.stop();
        for thread in self.threads.drain(..) {
            // A thread that failed has said so through the panic hook.
            let _ = thread.join();
        }
    }
}

impl Drop for FileSearch {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

fn find(shared: &Shared, root: &std::path::Path) {
    walk(root, |batch| {
        let mut inbox = shared.inbox();
        while inbox.batches.len() >= WAITING_MAX && !shared.is_stopped() {
            inbox = shared.woken.wait(inbox).unwrap_or_else(PoisonError::into_inner);
        }
        inbox.batches.push(batch);
        drop(inbox);
        shared.woken.notify_all();
        if shared.is_stopped() { Going::Stopped } else { Going::On }
    });
    shared.inbox().walked = true;
    shared.woken.notify_all();
}

fn answer(shared: &Shared, mut tell: impl FnMut(Found)) {
    let mut index = Index::default();
    let mut finder = Finder::new();
    let mut asked = false;
    // What is known was told whole, the end of the walk included.
    let mut told_all = false;
    let mut told_at: Option<Instant> = None;
    let mut progress = Progress::Done;
    while let Some(news) = wait(shared, |inbox| progress == Progress::Partial || (inbox.walked && !told_all))
    {
        for batch in &news.batches {
            index.append(batch);
        }
        let begun = Instant::now();
        let mut fresh = false;
        if let Some(query) = news.query {
            (asked, fresh) = (true, true);
            if query != finder.query() {
                finder.ask(query);
            }
        }
        if !asked {
            told_all = news.walked;
            continue;
        }
        let number = shared.asked.load(Ordering::Acquire);
        let newest = || !shared.is_stopped() && shared.asked.load(Ordering::Acquire) == number;
        progress = finder.work(&index, || newest() && begun.elapsed() < SLICE);
        if !newest() {
            continue;
        }
        let complete = news.walked && progress == Progress::Done;
        if fresh || complete || told_at.is_none_or(|at| at.elapsed() >= PAUSE) {
            tell(finder.best(&index, complete));
            told_all = complete;
            told_at = Some(Instant::now());
        }
    }
}

/// What came in; waits for it unless there is work left. None at the end.
fn wait(shared: &Shared, has_work: impl Fn(&Inbox) -> bool) -> Option<Inbox> {
    let mut inbox = shared.inbox();
    while inbox.query.is_none() && inbox.batches.is_empty() && !has_work(&inbox) {
        if shared.is_stopped() {
            return None;
        }
        inbox = shared.woken.wait(inbox).unwrap_or_else(PoisonError::into_inner);
    }
    let walked = inbox.walked;
    let news = Inbox { walked, ..std::mem::take(&mut *inbox) };
    inbox.walked = walked;
    drop(inbox);
    shared.woken.notify_all();
    (!shared.is_stopped()).then_some(news)
}
