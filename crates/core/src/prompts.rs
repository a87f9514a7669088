//! The prompts of earlier runs, for a composer's history: what may be kept is the config's decision (`[history]`).

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use codex_config::{Config, HistoryPersistence};
use codex_protocol::ThreadId;
use codex_rollout::{Prompt, PromptLog};
use codex_secrets::KnownSecrets;

/// The prompts of one home folder. Cloning is cheap; all calls block for a moment.
#[derive(Debug, Clone)]
pub struct PromptHistory {
    log: PromptLog,
    persistence: HistoryPersistence,
}

impl PromptHistory {
    /// As the config wants it. None of the secrets is kept.
    pub fn new(config: &Config, secrets: KnownSecrets) -> Self {
        let bytes_max = config.history.max_bytes.and_then(|bytes| u64::try_from(bytes).ok());
        let log = PromptLog::new(&config.codex_home, bytes_max).masking(secrets);
        Self { log, persistence: config.history.persistence }
    }

    /// Keeps what was said, unless the config says that nothing is kept.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, thread: ThreadId, text: &str) -> io::Result<()> {
        if self.persistence == HistoryPersistence::None || text.trim().is_empty() {
            return Ok(());
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ts = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        self.log.append(&Prompt { session_id: thread, ts, text: text.to_owned() })
    }

    /// Up to `prompts_max` texts, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest(&self, prompts_max: usize) -> io::Result<Vec<String>> {
        Ok(self.log.newest(prompts_max)?.into_iter().map(|prompt| prompt.text).collect())
    }
}
