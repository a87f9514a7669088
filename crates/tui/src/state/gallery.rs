//! Images of the conversation: which are read, and what becomes of their cells. Knows no file and no sequence.
//! Invariant: a cell waits for its image only while that is being read.

use std::path::PathBuf;

use codex_protocol::{ItemId, TurnItem, UserInput};

use super::msg::Cmd;
use super::ui_state::State;
use crate::cells::Cell;
use crate::picture::{Canvas, Loaded};

/// How images are shown.
#[derive(Debug, Default)]
pub(crate) struct Gallery {
    /// None where they are only told of.
    pub(crate) canvas: Option<Canvas>,
    /// What the terminal must be given before the next frame.
    pub(crate) before: Vec<String>,
    /// Images that were read.
    count: u8,
}

impl Gallery {
    /// Whether another image can be shown; the terminal tells 255 apart.
    pub(super) fn has_room(&self) -> bool {
        self.canvas.is_some() && self.count < u8::MAX
    }
}

/// An image to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) item: ItemId,
    pub(crate) path: PathBuf,
    pub(crate) canvas: Canvas,
    /// Columns and rows of the screen.
    pub(crate) screen: (u16, u16),
    /// Its own in this run, from 1 on.
    pub(crate) number: u8,
}

/// The images of an item that is whole.
pub(super) enum Images {
    None,
    /// The model looked at it; its cell is there.
    Viewed(ItemId, PathBuf),
    /// Sent with a message.
    Attached(ItemId, Vec<PathBuf>),
}

/// The image files an item names.
pub(super) fn images_of(item: &TurnItem) -> Images {
    match item {
        TurnItem::ImageView(image) => Images::Viewed(image.id.clone(), image.path.clone()),
        TurnItem::UserMessage(message) => {
            let paths = message.content.iter().filter_map(|part| match part {
                UserInput::LocalImage { path } => Some(path.clone()),
                UserInput::Text { .. } | UserInput::Image { .. } | UserInput::Other => None,
            });
            Images::Attached(message.id.clone(), paths.collect())
        }
        _ => Images::None,
    }
}

/// Asks for them; those of a message get cells of their own below it.
pub(super) fn wish(state: &mut State, images: Images) -> Vec<Cmd> {
    match images {
        Images::None => Vec::new(),
        Images::Viewed(item, path) => load(state, item, path).into_iter().collect(),
        Images::Attached(message, paths) => {
            let mut cmds = Vec::new();
            for (at, path) in paths.into_iter().enumerate() {
                let item = ItemId::new(format!("{message}#image{at}"));
                let shown = path.display().to_string();
                if let Some(cmd) = load(state, item.clone(), path) {
                    state.transcript.push_growing(item, Cell::Attached { path: shown, picture: None });
                    cmds.push(cmd);
                }
            }
            cmds
        }
    }
}

fn load(state: &mut State, item: ItemId, path: PathBuf) -> Option<Cmd> {
    let canvas = state.around.gallery.canvas?;
    let number = state.around.gallery.count.checked_add(1)?;
    state.around.gallery.count = number;
    let path = state.cwd.join(path);
    Some(Cmd::LoadPicture(Wanted { item, path, canvas, screen: (state.width, state.height), number }))
}

/// An image was read, or cannot be shown.
pub(super) fn loaded(state: &mut State, item: &ItemId, loaded: Option<Loaded>) {
    // A turn that ended meanwhile has settled its cells.
    let Some(entry) = state.transcript.growing(item) else { return };
    match loaded {
        Some(Loaded { picture, before }) => {
            entry.cell_mut().set_picture(picture);
            state.around.gallery.before.extend(before);
        }
        None if matches!(entry.cell(), Cell::Attached { .. }) => {
            state.transcript.drop_growing(item);
            return;
        }
        None => {}
    }
    state.transcript.settle(item);
}
