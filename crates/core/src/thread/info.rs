//! What a front end is told about a thread: its settings and counts in one value.

use codex_config::Config;
use codex_protocol::ThreadInfo;

use super::session::Session;
use crate::settings::Settings;
use crate::turn::begin;

impl Session {
    /// The thread as it stands.
    pub(crate) fn info(&self) -> ThreadInfo {
        match &self.next {
            Some(next) => self.info_with(&next.config, &next.settings),
            None => self.info_with(&self.config, &self.settings),
        }
    }

    /// The thread as it will be with these settings.
    pub(crate) fn info_with(&self, config: &Config, settings: &Settings) -> ThreadInfo {
        ThreadInfo {
            thread_id: self.thread_id,
            rollout_path: self.recorder.path().map(std::path::Path::to_path_buf),
            cwd: settings.cwd.clone(),
            model: settings.model.slug.clone(),
            provider: self.client.provider().id.clone(),
            reasoning_effort: settings.effort.clone(),
            reasoning_summary: (settings.summary != "none").then(|| settings.summary.clone()),
            sandbox: settings.policy.clone(),
            history_items: self.history.items().len(),
            approval: settings.approval,
            approvals_reviewer: settings.reviewer,
            collaboration: settings.collaboration,
            name: self.name.clone(),
            agents_md: begin::instruction_files(config, settings).files,
            context_window: settings.context_window,
            usage: self.usage.thread,
            last_usage: self.usage.last,
            git_branch: self.workspace.repository().and_then(|repository| repository.info.branch.clone()),
            forked_from: self.forked_from,
        }
    }
}
