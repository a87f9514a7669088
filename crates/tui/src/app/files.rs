//! The search of files for the `@` popup: at most one at a time, ended when the popup closes.
//! Invariant: the loop never waits for it; an answer that was not taken gives way to the next.

use std::path::PathBuf;

use codex_file_search::{FileSearch, Found};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(super) struct Files {
    root: PathBuf,
    search: Option<FileSearch>,
    answers: watch::Receiver<Found>,
    /// Searches that are being ended.
    ending: JoinSet<()>,
}

impl Files {
    pub(super) fn below(root: PathBuf) -> Self {
        let (_, answers) = watch::channel(Found::default());
        Self { root, search: None, answers, ending: JoinSet::new() }
    }

    /// Begins a search, or goes on with other letters.
    pub(super) fn ask(&mut self, query: &str) {
        if self.search.is_none() {
            let (tell, answers) = watch::channel(Found::default());
            match FileSearch::start(self.root.clone(), move |found| {
                tell.send_replace(found);
            }) {
                Ok(search) => (self.search, self.answers) = (Some(search), answers),
                Err(error) => tracing::warn!(%error, "files cannot be looked for"),
            }
        }
        if let Some(search) = &self.search {
            search.ask(query);
        }
    }

    /// The next answer. Dropping the wait loses none.
    pub(super) async fn next(&mut self) -> Found {
        if self.answers.changed().await.is_err() {
            // No search runs.
            std::future::pending::<()>().await;
        }
        self.answers.borrow_and_update().clone()
    }

    /// Ends the search; its threads are waited for beside the loop.
    pub(super) fn end(&mut self) {
        while self.ending.try_join_next().is_some() {}
        if let Some(search) = self.search.take() {
            self.ending.spawn_blocking(move || search.stop());
        }
    }

    /// Ends everything.
    pub(super) async fn close(mut self) {
        self.end();
        while self.ending.join_next().await.is_some() {}
    }
}
