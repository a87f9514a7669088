//! The task that reads saved threads: lists for the picker, earlier items for the conversation, prompts of earlier
//! runs; and that keeps the prompts of this one. Reading blocks, so
//! it happens beside the runtime.

use std::path::PathBuf;

use codex_core::{PromptHistory, SavedFilter, SavedPages, SavedThreads, SavedTranscript};
use codex_protocol::{ThreadId, TurnItem};
use codex_skills::{Catalog, Roots};
use tokio::sync::mpsc;

use super::link::Numbered;
use crate::picture::load;
use crate::state::{Listing, Msg, Scope, Share, ThreadMsg, Wanted};

/// Prompts of earlier runs that are within reach.
const PROMPTS_MAX: usize = 2_000;
/// Items of one page.
const PAGE_ITEMS: usize = 100;
/// Files looked into for the first rows, which come at once, and for each later share.
const PAGE_FILES: usize = 100;

/// What the task is asked.
#[derive(Debug)]
pub(super) enum Ask {
    List {
        listing: Listing,
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

/// A list that is being read.
struct Reading {
    listing: Listing,
    pages: SavedPages,
}

/// What stays open between two asks.
#[derive(Default)]
struct Shelf {
    transcript: Option<(ThreadId, SavedTranscript)>,
    /// Goes on whenever nothing is asked; another list ends it.
    reading: Option<Reading>,
}

/// Runs until no one asks any more.
pub(super) async fn run(folders: Folders, mut asks: mpsc::Receiver<Ask>, answers: mpsc::Sender<Answer>) {
    let mut shelf = Shelf::default();
    loop {
        let ask = match (asks.try_recv(), &shelf.reading) {
            (Ok(ask), _) => Some(ask),
            (Err(mpsc::error::TryRecvError::Empty), Some(_)) => None,
            (Err(mpsc::error::TryRecvError::Disconnected), _) => break,
            (Err(mpsc::error::TryRecvError::Empty), None) => match asks.recv().await {
                Some(ask) => Some(ask),
                None => break,
            },
        };
        let folders = folders.clone();
        let unread = match &ask {
            Some(Ask::Picture(wanted)) => Some(wanted.item.clone()),
            _ => None,
        };
        let mut open = std::mem::take(&mut shelf);
        let work = move || {
            let answer = match ask {
                Some(ask) => answer(&folders, &mut open, ask),
                None => go_on(&mut open.reading),
            };
            (open, answer)
        };
        let answer = match tokio::task::spawn_blocking(work).await {
            Ok((left, answer)) => {
                shelf = left;
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
            // Nobody looks any more; what is still to be kept is kept.
            shelf.reading = None;
        }
    }
}

fn answer(folders: &Folders, shelf: &mut Shelf, ask: Ask) -> Option<Answer> {
    match ask {
        Ask::List { listing } => Some(list(folders, shelf, listing)),
        Ask::Skills => Some(skills(folders)),
        Ask::Picture(wanted) => Some(picture(&wanted)),
        Ask::Prompts => prompts(folders),
        Ask::Keep { thread, text } => {
            if let Err(error) = folders.prompts.keep(thread, &text) {
                tracing::warn!(%error, "a prompt is not kept in history.jsonl");
            }
            None
        }
        Ask::Earlier { number, id, restart } => {
            let before = shelf.transcript.take().filter(|(open, _)| *open == id && !restart);
            Some(match page(folders, id, before) {
                Ok((open, items, more)) => {
                    shelf.transcript = Some(open);
                    Answer::Thread((number, ThreadMsg::Earlier { items, more }))
                }
                Err(error) => Answer::Thread((number, ThreadMsg::EarlierFailed(error))),
            })
        }
    }
}

/// The first rows of a list.
fn list(folders: &Folders, shelf: &mut Shelf, listing: Listing) -> Answer {
    let filter = SavedFilter {
        cwd: (listing.scope == Scope::ThisFolder).then(|| folders.cwd.clone()),
        shelf: listing.shelf,
        sort: listing.sort,
        limit: usize::MAX,
    };
    let rows = match SavedThreads::new(&folders.codex_home).pages(&filter) {
        Ok(mut pages) => {
            let rows = pages.page(PAGE_FILES);
            shelf.reading = (pages.left() > 0).then_some(Reading { listing, pages });
            Ok(rows)
        }
        Err(error) => {
            shelf.reading = None;
            Err(error.to_string())
        }
    };
    Answer::Ui(Msg::Saved { listing, share: Share::First, rows, more: shelf.reading.is_some() })
}

/// The next rows of the list that is being read.
fn go_on(reading: &mut Option<Reading>) -> Option<Answer> {
    let Reading { listing, mut pages } = reading.take()?;
    let rows = Ok(pages.page(PAGE_FILES));
    let more = pages.left() > 0;
    *reading = more.then_some(Reading { listing, pages });
    Some(Answer::Ui(Msg::Saved { listing, share: Share::Later, rows, more }))
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
