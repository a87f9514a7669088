//! From a file to what the terminal is given. Blocks: belongs beside the loop.
//! Invariant: nothing of a file reaches the terminal but the pixels of a PNG that was decoded whole.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use codex_stdx::open_regular;
use ratatui::text::Line;
use thiserror::Error;

use super::bitmap::Bitmap;
use super::protocol::{Canvas, Protocol};
use super::sequence::{ImageId, iterm, kitty, placeholders};
use super::sixel::sixel;

const FILE_BYTES_MAX: u64 = 8 << 20;
/// Room of an image on the screen.
const ROWS_MAX: u16 = 12;
const COLUMNS_MAX: u16 = 60;
/// Columns before an image.
pub(crate) const INDENT: u16 = 2;

/// Why an image is told of in words only.
#[derive(Debug, Error)]
pub(crate) enum PictureError {
    #[error("the file cannot be read: {0}")]
    Read(#[from] std::io::Error),
    #[error("the image is larger than 8 MiB or 4096 pixels a side")]
    Large,
    #[error("the pixels are of an unknown kind")]
    Kind,
    #[error("no whole PNG: {0}")]
    Decode(#[from] png::DecodingError),
    #[error("the image cannot be written anew: {0}")]
    Encode(#[from] png::EncodingError),
    #[error("the screen is too small")]
    NoRoom,
}

/// An image on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) columns: u16,
    pub(crate) rows: u16,
    pub(crate) place: Place,
}

/// How it gets there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Its rows are cells.
    Cells(ImageId),
    /// Its rows are blank; these bytes, written at their start, fill them.
    Printed(Arc<str>),
}

/// An image, and what the terminal must be given before it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loaded {
    pub(crate) picture: Picture,
    pub(crate) before: Option<String>,
}

impl Picture {
    /// Its rows; none when the screen is too narrow for them.
    pub(crate) fn lines(&self, width: u16) -> Vec<Line<'static>> {
        match &self.place {
            _ if self.columns + INDENT > width => Vec::new(),
            Place::Cells(id) => placeholders(*id, self.columns, self.rows),
            Place::Printed(_) => vec![Line::default(); usize::from(self.rows)],
        }
    }
}

/// The image of a file for a screen of this size; `number` is its own in this run.
///
/// # Errors
/// When the file is no whole PNG within the limits.
pub(crate) fn load(
    path: &Path,
    canvas: Canvas,
    screen: (u16, u16),
    number: u8,
) -> Result<Loaded, PictureError> {
    let image = Bitmap::decode(&read(path)?)?;
    let room = (
        screen.0.saturating_sub(INDENT).min(COLUMNS_MAX),
        // The rows of an image must stand on the screen together, with one below them.
        screen.1.saturating_sub(2).min(ROWS_MAX),
    );
    if room.0 == 0 || room.1 == 0 {
        return Err(PictureError::NoRoom);
    }
    let cell = (usize::from(canvas.cell.0), usize::from(canvas.cell.1));
    let (width, height) = fitted(&image, usize::from(room.0) * cell.0, usize::from(room.1) * cell.1);
    let image =
        if (width, height) != (image.width, image.height) { image.scaled(width, height) } else { image };
    let cells = |pixels: usize, each: usize| u16::try_from(pixels.div_ceil(each)).unwrap_or(u16::MAX);
    let columns = cells(image.width, cell.0).clamp(1, room.0);
    let rows = cells(image.height, cell.1).clamp(1, room.1);
    let (place, before) = match canvas.protocol {
        Protocol::Kitty => {
            let id = ImageId { mark: canvas.mark, number };
            (Place::Cells(id), Some(kitty(&image.encode()?, id, columns, rows)))
        }
        Protocol::Iterm => (Place::Printed(iterm(&image.encode()?, columns, rows).into()), None),
        Protocol::Sixel => (Place::Printed(sixel(&image).into()), None),
    };
    Ok(Loaded { picture: Picture { columns, rows, place }, before })
}

fn read(path: &Path) -> Result<Vec<u8>, PictureError> {
    let file = open_regular(path)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= FILE_BYTES_MAX) {
        Ok(bytes)
    } else {
        Err(PictureError::Large)
    }
}

/// The pixels of an image that keeps its shape within these.
fn fitted(image: &Bitmap, width_max: usize, height_max: usize) -> (usize, usize) {
    let (width, height) = (image.width.max(1), image.height.max(1));
    if width <= width_max && height <= height_max {
        return (width, height);
    }
    if width * height_max >= height * width_max {
        (width_max, (height * width_max / width).max(1))
    } else {
        ((width * height_max / height).max(1), height_max)
    }
}
