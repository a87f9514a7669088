//! What is known of the surroundings: the terminal's background, the branch, warnings that were kept.
//! Knows no file and no terminal; everything here was told.

use codex_protocol::{ModelChoice, RateLimitSnapshot};

use super::gallery::Gallery;
use super::steering::Step;
use super::ui_state::State;
use crate::theme::{AUTOMATIC, Shade, Theme};

/// The surroundings.
#[derive(Debug, Default)]
pub(crate) struct Around {
    /// The terminal's background, when it told.
    pub(crate) background: Option<Shade>,
    /// A theme that is tried on.
    pub(crate) tried_theme: Option<&'static Theme>,
    /// How images are shown.
    pub(crate) gallery: Gallery,
    /// The branch checked out in the working folder.
    pub(crate) branch: Option<String>,
    /// The models there are; `None` until someone asked.
    pub(crate) models: Option<Vec<ModelChoice>>,
    /// A step of effort that waits for them.
    pub(super) step: Option<Step>,
    /// Limits the server reported.
    pub(crate) limits: Vec<RateLimitSnapshot>,
    /// The person asked what still runs in the background.
    pub(crate) asked_terminals: bool,
    /// What was said in earlier runs, oldest first.
    pub(crate) prompts: Vec<String>,
    /// Warnings of this run, for `/warnings`.
    pub(crate) warnings: Vec<String>,
}

impl Around {
    /// Keeps a warning, once.
    pub(crate) fn warn(&mut self, text: String) {
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }
}

impl State {
    /// The theme everything is written in.
    pub(crate) fn theme(&self) -> &'static Theme {
        self.around.tried_theme.unwrap_or_else(|| self.chosen_theme())
    }

    /// The theme of the settings.
    pub(crate) fn chosen_theme(&self) -> &'static Theme {
        Theme::named(self.settings.theme.as_deref().unwrap_or(AUTOMATIC), self.around.background)
    }
}
