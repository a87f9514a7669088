//! The task that reads saved threads: lists for the picker, earlier items for the conversation, prompts of earlier
//! runs; and that keeps the prompts of this one. Reading blocks, so
//! it happens beside the runtime.

use std::path::PathBuf;

use codex_core::{PromptHistory, SavedFilter, SavedThreads, SavedTranscript};
use codex_protocol::{ThreadId, TurnItem};
use codex_skills::{Catalog, Roots};
use tokio::sync::mpsc;

use super::link::Numbered;
use crate::picture::load;
use crate::state::{Listing, Msg, Scope, ThreadMsg, Wanted};

/// Prompts of earlier runs that are within reach.
const PROMPTS_MAX: usize = 2_000;
/// Items of one page.
const PAGE_ITEMS: usize = 100;

/// What the task is asked.
#[derive(Debug)]
pub(super) enum Ask {
    List {
        listing: Listing,
        limit: usize,
    },
    Skills,
    Picture(Wanted),
    Prompts,
    /// Keeps what was said for later runs; there is no answer.
    Keep {
        thread: ThreadId,
        text: String,
    },
    Earlier {
        number: u64,
        id: ThreadId,
        restart: bool,
    },
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
    pub(super) prompts: PromptHistory,
}

/// Runs until no one asks any more.
pub(super) async fn run(folders: Folders, mut asks: mpsc::Receiver<Ask>, answers: mpsc::Sender<Answer>) {
    let mut open: Option<(ThreadId, SavedTranscript)> = None;
    while let Some(ask) = asks.recv().await {
        let folders = folders.clone();
        let before = open.take();
        let unread = match &ask {
            Ask::Picture(wanted) => Some(wanted.item.clone()),
            _ => None,
        };
        let work = move || match ask {
            Ask::List { listing, limit } => (before, Some(list(&folders, listing, limit))),
            Ask::Skills => (before, Some(skills(&folders))),
            Ask::Picture(wanted) => (before, Some(picture(&wanted))),
            Ask::Prompts => (before, prompts(&folders)),
            Ask::Keep { thread, text } => {
                if let Err(error) = folders.prompts.keep(thread, &text) {
                    tracing::warn!(%error, "a prompt is not kept in history.jsonl");
                }
                (before, None)
            }
            Ask::Earlier { number, id, restart } => {
                let before = before.filter(|(open, _)| *open == id && !restart);
                match page(&folders, id, before) {
                    Ok((open, items, more)) => {
                        (Some(open), Some(Answer::Thread((number, ThreadMsg::Earlier { items, more }))))
                    }
                    Err(error) => (None, Some(Answer::Thread((number, ThreadMsg::EarlierFailed(error))))),
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
                match unread {
                    Some(item) => Some(Answer::Ui(Msg::Picture { item, loaded: None })),
                    None => continue,
                }
            }
        };
        if let Some(answer) = answer
            && answers.send(answer).await.is_err()
        {
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

/// Earlier prompts; without them only Up has less to offer.
fn prompts(folders: &Folders) -> Option<Answer> {
    match folders.prompts.newest(PROMPTS_MAX) {
        Ok(mut texts) => {
            texts.reverse();
            (!texts.is_empty()).then_some(Answer::Ui(Msg::Prompts(texts)))
        }
        Err(error) => {
            tracing::warn!(%error, "earlier prompts cannot be read from history.jsonl");
            None
        }
    }
}

fn picture(wanted: &Wanted) -> Answer {
    let loaded = load(&wanted.path, wanted.canvas, wanted.screen, wanted.number);
    let loaded = loaded.inspect_err(|error| {
        tracing::debug!(path = %wanted.path.display(), %error, "an image is told of in words");
    });
    Answer::Ui(Msg::Picture { item: wanted.item.clone(), loaded: loaded.ok() })
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
