//! The task that reads saved threads: lists for the picker, earlier items for the conversation. Reading blocks, so
//! it happens beside the runtime.

use std::path::PathBuf;

use codex_core::{SavedFilter, SavedThreads, SavedTranscript};
use codex_protocol::{ThreadId, TurnItem};
use codex_skills::{Catalog, Roots};
use tokio::sync::mpsc;

use super::link::Numbered;
use crate::state::{Listing, Msg, Scope, ThreadMsg};

/// Items of one page.
const PAGE_ITEMS: usize = 100;

/// What the task is asked.
#[derive(Debug)]
pub(super) enum Ask {
    List { listing: Listing, limit: usize },
    Skills,
    Earlier { number: u64, id: ThreadId, restart: bool },
}

/// What it answers.
#[derive(Debug)]
pub(super) enum Answer {
    Ui(Msg),
    Thread(Numbered),
}

/// The folders it reads.
#[derive(Debug, Clone)]
pub(super) struct Folders {
    pub(super) codex_home: PathBuf,
    pub(super) cwd: PathBuf,
    pub(super) skills: Roots,
}

/// Runs until no one asks any more.
pub(super) async fn run(folders: Folders, mut asks: mpsc::Receiver<Ask>, answers: mpsc::Sender<Answer>) {
    let mut open: Option<(ThreadId, SavedTranscript)> = None;
    while let Some(ask) = asks.recv().await {
        let folders = folders.clone();
        let before = open.take();
        let work = move || match ask {
            Ask::List { listing, limit } => (before, list(&folders, listing, limit)),
            Ask::Skills => (before, skills(&folders)),
            Ask::Earlier { number, id, restart } => {
                let before = before.filter(|(open, _)| *open == id && !restart);
                match page(&folders, id, before) {
                    Ok((open, items, more)) => {
                        (Some(open), Answer::Thread((number, ThreadMsg::Earlier { items, more })))
                    }
                    Err(error) => (None, Answer::Thread((number, ThreadMsg::EarlierFailed(error)))),
                }
            }
        };
        let answer = match tokio::task::spawn_blocking(work).await {
            Ok((left, answer)) => {
                open = left;
                answer
            }
            Err(error) => {
                tracing::error!(%error, "reading saved threads failed");
                continue;
            }
        };
        if answers.send(answer).await.is_err() {
            break;
        }
    }
}

fn list(folders: &Folders, listing: Listing, limit: usize) -> Answer {
    let filter = SavedFilter {
        cwd: (listing.scope == Scope::ThisFolder).then(|| folders.cwd.clone()),
        shelf: listing.shelf,
        sort: listing.sort,
        limit,
    };
    let rows = SavedThreads::new(&folders.codex_home).find(&filter);
    Answer::Ui(Msg::Saved { listing, limit, rows: rows.map_err(|error| error.to_string()) })
}

fn skills(folders: &Folders) -> Answer {
    let catalog = Catalog::read(&folders.skills);
    for error in &catalog.errors {
        tracing::warn!(%error, "a skill is not listed");
    }
    Answer::Ui(Msg::Skills(catalog.skills))
}

type Page = ((ThreadId, SavedTranscript), Vec<TurnItem>, bool);

fn page(folders: &Folders, id: ThreadId, open: Option<(ThreadId, SavedTranscript)>) -> Result<Page, String> {
    let mut open = match open {
        Some(open) => open,
        None => {
            let transcript = SavedThreads::new(&folders.codex_home).transcript(id);
            (id, transcript.map_err(|error| error.to_string())?)
        }
    };
    let items = open.1.earlier(PAGE_ITEMS).map_err(|error| error.to_string())?;
    let more = items.len() == PAGE_ITEMS;
    Ok((open, items, more))
}
