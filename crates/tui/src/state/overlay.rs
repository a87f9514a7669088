//! Layers above the conversation, as a stack: the top one gets the keys.

use super::checklist::Checklist;
use super::choosing::Choosing;
use super::items::Place;
use super::list::List;
use super::page::Page;
use super::picker::Picker;
use crate::cells::{Card, Detail, View};
use crate::transcript::Transcript;

/// One layer.
#[derive(Debug)]
pub(crate) enum Overlay {
    /// A card of keys or of commands; any key that is not for scrolling closes it.
    Card { card: Card, scroll: usize },
    /// Choosing a saved thread.
    Picker(Picker),
    /// The whole conversation in full, over the screen (inline mode).
    Pager(Pager),
    /// Choosing one row of a list.
    List(Box<ListLayer>),
    /// Switching the items of the status line or of the title.
    Items(Box<ItemsLayer>),
    /// Text over the whole screen: `/diff`, a question's details.
    Page(Box<Page>),
}

/// A list and what its choice is about.
#[derive(Debug)]
pub(crate) struct ListLayer {
    pub(crate) list: List,
    pub(crate) choosing: Choosing,
}

/// The items of a place.
#[derive(Debug)]
pub(crate) struct ItemsLayer {
    pub(crate) list: Checklist,
    pub(crate) place: Place,
}

impl Overlay {
    /// Whether the layer needs the whole screen.
    pub(crate) fn fills_screen(&self) -> bool {
        match self {
            Self::Card { .. } | Self::List(_) | Self::Items(_) => false,
            Self::Picker(_) | Self::Pager(_) | Self::Page(_) => true,
        }
    }
}

/// The pager's place in the conversation.
#[derive(Debug)]
pub(crate) struct Pager {
    /// What the transcript was shown with before.
    before: View,
}

impl Pager {
    /// Opens at the end of the conversation; the transcript shows everything from now on.
    pub(crate) fn open(transcript: &mut Transcript) -> Self {
        let before = transcript.view();
        transcript.set_view(View { detail: Detail::Full, ..before });
        transcript.scroll_to_bottom();
        Self { before }
    }

    /// Gives the transcript back.
    pub(crate) fn close(&self, transcript: &mut Transcript) {
        let width = transcript.view().width;
        transcript.set_view(View { width, ..self.before });
        transcript.scroll_to_bottom();
    }
}
