//! What the tools of one turn are given, from the session's state.

use std::sync::Arc;

use codex_protocol::TurnId;
use codex_tools::{ToolCx, TurnTools};
use tokio_util::sync::CancellationToken;

use super::session::Session;
use crate::network::proxy_settings_or_none_at_all;
use crate::settings::questions;

impl Session {
    /// The surroundings of a call in this turn. Nothing cancels it yet.
    pub(crate) fn tool_cx(&self, turn_id: TurnId) -> ToolCx {
        let settings = &self.settings;
        ToolCx {
            thread: Arc::clone(&self.tools),
            turn: Arc::new(TurnTools {
                turn_id,
                cwd: settings.cwd.clone(),
                policy: settings.policy.clone(),
                proxy: proxy_settings_or_none_at_all(&self.config, &settings.policy),
                approval: settings.approval,
                collaboration: settings.collaboration,
                questions: questions(&self.config),
                output_tokens_max: settings.output_tokens_max,
                image_detail_original: settings.model.supports_image_detail_original,
            }),
            cancel: CancellationToken::new(),
            progress: self.progress.0.clone(),
            asks: self.asks.0.clone(),
            forms: self.forms.0.clone(),
        }
    }
}
