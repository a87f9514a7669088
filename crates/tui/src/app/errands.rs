//! The task that does what may take a while: keeping a setting, asking git, writing a file. Errands run beside one
//! another; their ends come back as messages. Invariant: none outlives the task.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex_config::{SYSTEM_DIR, may_write, set_setting};
use codex_core::{
    BroughtBack, Checkpoints, SavedThreads, StartThread, branch_of, branches, commits, held_by,
    models_at_hand, working_tree_diff,
};
use codex_protocol::{ThreadId, TurnItem, UserInput};
use codex_stdx::{OutputFile, PrivateFile};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::clipboard_image;
use super::export::markdown;
use super::library::Answer;
use crate::state::{Away, Done, Job, Msg, Speaker};
use crate::text::shown_command;

/// Errands at once.
const RUNNING_MAX: usize = 4;
/// Items read at a time while a conversation is exported.
const PAGE_ITEMS: usize = 500;

/// Items of the end of a conversation that are shown in a list.
const PREVIEW_ITEMS: usize = 12;
/// Of one of them.
const PREVIEW_CHARS_MAX: usize = 2_000;

/// What errands need to know.
#[derive(Clone)]
pub(super) struct Errands {
    pub(super) start: StartThread,
    pub(super) cwd: PathBuf,
    /// Images of the clipboard that messages may name; they go with the program.
    pub(super) images: Arc<Mutex<Vec<PrivateFile>>>,
}

/// Runs until no job can come any more; what is under way then is dropped.
pub(super) async fn run(errands: Errands, mut jobs: mpsc::Receiver<Job>, answers: mpsc::Sender<Answer>) {
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            job = jobs.recv(), if running.len() < RUNNING_MAX => {
                let Some(job) = job else { break };
                running.spawn(perform(errands.clone(), job));
            }
            Some(done) = running.join_next() => match done {
                Ok(done) => {
                    if answers.send(Answer::Ui(Msg::Done(done))).await.is_err() {
                        break;
                    }
                }
                Err(error) => tracing::error!(%error, "an errand failed"),
            },
        }
    }
}

async fn perform(errands: Errands, job: Job) -> Done {
    let Errands { start, cwd, images } = errands;
    let codex_home = start.config.codex_home.clone();
    match job {
        Job::PasteImage => Done::Image(clipboard_image::fetch(&start.env, &cwd).await.map(|file| {
            let path = file.path().to_path_buf();
            images.lock().unwrap_or_else(PoisonError::into_inner).push(file);
            path
        })),
        Job::Models => {
            let runtime = tokio::runtime::Handle::current();
            let list = move || {
                // A refresh is begun in the background of this runtime.
                let _inside = runtime.enter();
                models_at_hand(&start).map_err(|error| error.to_string())
            };
            Done::Models(blocking(list).await.and_then(|done| done))
        }
        Job::Preview { id } => {
            let said = blocking(move || preview(&codex_home, id)).await.unwrap_or_default();
            Done::Preview { id, said }
        }
        Job::Transcript { id } => {
            let text = blocking(move || Ok(markdown(&whole(&codex_home, id)?))).await.and_then(|done| done);
            Done::Transcript { id, text }
        }
        Job::PutAway { id, away } => Done::PutAway {
            away,
            result: blocking(move || put_away(&codex_home, id, away)).await.and_then(|done| done),
        },
        Job::Missing { id } => {
            let look = move || Checkpoints::new(&codex_home).missing(id);
            Done::Missing(blocking(look).await.unwrap_or_default())
        }
        Job::BringBack { id, paths } => {
            let back = blocking(move || Checkpoints::new(&codex_home).bring_back(id, &paths)).await;
            let failed = |error| BroughtBack { files: Vec::new(), failures: vec![error] };
            Done::BroughtBack(back.unwrap_or_else(failed))
        }
        Job::Diff { cwd } => Done::Diff(working_tree_diff(&cwd, &start.env).await),
        Job::HeldBy => Done::HeldBy(held_by().await),
        Job::Branches { cwd } => Done::Branches(branches(&cwd, &start.env).await),
        Job::Commits { cwd } => Done::Commits(commits(&cwd, &start.env).await),
        Job::Branch { cwd } => Done::Branch(blocking(move || branch_of(&cwd)).await.ok().flatten()),
        Job::Keep { key, value } => Done::Kept(
            blocking(move || {
                may_write(Path::new(SYSTEM_DIR), key, &value)?;
                set_setting(&codex_home, key, &value)
            })
            .await
            .and_then(|kept| kept.map(drop).map_err(|error| error.to_string())),
        ),
        Job::KeepKeys { context, action, value } => Done::Kept(
            blocking(move || set_setting(&codex_home, &["tui", "keymap", context, action], &value))
                .await
                .and_then(|kept| kept.map(drop).map_err(|error| error.to_string())),
        ),
        Job::Export { id, path } => {
            Done::Exported(blocking(move || export(&codex_home, id, &path)).await.and_then(|done| done))
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| format!("the work was cut off: {error}"))
}

/// The thread that is left lets go of its file when its task has ended, which takes a moment.
fn put_away(codex_home: &Path, id: ThreadId, away: Away) -> Result<(), String> {
    const TRIES: u32 = 20;
    const PAUSE: Duration = Duration::from_millis(100);
    let saved = SavedThreads::new(codex_home);
    let mut last = String::new();
    for _ in 0..TRIES {
        let done = match away {
            Away::Archive => saved.archive(id),
            Away::TakeBack => saved.unarchive(id),
            Away::Delete => saved.delete(id),
        };
        match done {
            Ok(()) => return Ok(()),
            Err(error) => last = error.to_string(),
        }
        std::thread::sleep(PAUSE);
    }
    Err(last)
}

/// All items of a saved thread, oldest first.
fn whole(codex_home: &Path, id: ThreadId) -> Result<Vec<TurnItem>, String> {
    let mut saved = SavedThreads::new(codex_home).transcript(id).map_err(|error| error.to_string())?;
    let mut items = Vec::new();
    loop {
        let page = saved.earlier(PAGE_ITEMS).map_err(|error| error.to_string())?;
        let last = page.len() < PAGE_ITEMS;
        items.extend(page);
        if last {
            break;
        }
    }
    items.reverse();
    Ok(items)
}

/// The end of a saved thread, oldest first; empty when it cannot be read.
fn preview(codex_home: &Path, id: ThreadId) -> Vec<(Speaker, String)> {
    let Ok(mut saved) = SavedThreads::new(codex_home).transcript(id) else { return Vec::new() };
    let items = saved.earlier(PREVIEW_ITEMS).unwrap_or_default();
    let said = items.into_iter().rev().filter_map(|item| match item {
        TurnItem::UserMessage(message) => {
            let texts = message.content.iter().filter_map(|part| match part {
                UserInput::Text { text, .. } => Some(text.as_str()),
                UserInput::LocalImage { .. } | UserInput::Image { .. } | UserInput::Other => None,
            });
            Some((Speaker::Person, texts.collect::<Vec<_>>().join(" ")))
        }
        TurnItem::AgentMessage(message) => Some((Speaker::Model, message.text())),
        TurnItem::CommandExecution(command) => Some((Speaker::Deed, shown_command(&command.command))),
        _ => None,
    });
    said.map(|(who, text)| (who, text.chars().take(PREVIEW_CHARS_MAX).collect())).collect()
}

fn export(codex_home: &Path, id: ThreadId, path: &Path) -> Result<PathBuf, String> {
    let items = whole(codex_home, id)?;
    let shown = path.display();
    if path.exists() {
        return Err(format!("{shown} exists already: name another file"));
    }
    let mut file = OutputFile::create_beside_others(path, path.parent().unwrap_or(path))
        .map_err(|error| format!("{shown}: {error}"))?;
    file.write(&markdown(&items)).map_err(|error| format!("{shown}: {error}"))?;
    Ok(path.to_path_buf())
}
