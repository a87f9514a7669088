//! Pixels as sixels, in the 6x6x6 cube of colours; what is more transparent than not is left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::bitmap::Bitmap;

/// Rows of pixels in a band.
const BAND: usize = 6;
/// Repeats that are worth counting.
const RUN_MIN: usize = 4;

/// Shows an image at the cursor.
pub(super) fn sixel(image: &Bitmap) -> String {
    let pixels: Vec<Option<u8>> = image.rgba.chunks_exact(4).map(colour).collect();
    // Writing to a string cannot fail.
    let mut out = format!("\u{1b}P0;1;0q\"1;1;{};{}", image.width, image.height);
    let mut used: Vec<u8> = pixels.iter().copied().flatten().collect();
    used.sort_unstable();
    used.dedup();
    for index in used {
        let percent = [index / 36, index / 6 % 6, index % 6].map(|level| level * 20);
        let _ = write!(out, "#{index};2;{};{};{}", percent[0], percent[1], percent[2]);
    }
    for (at, band) in pixels.chunks(BAND * image.width.max(1)).enumerate() {
        if at > 0 {
            out.push('-');
        }
        let mut planes: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for (y, row) in band.chunks(image.width.max(1)).enumerate() {
            for (x, index) in row.iter().enumerate() {
                let Some(index) = index else { continue };
                planes.entry(*index).or_insert_with(|| vec![0; image.width])[x] |= 1 << y;
            }
        }
        for (nth, (index, plane)) in planes.iter().enumerate() {
            let _ = write!(out, "{}#{index}", if nth > 0 { "$" } else { "" });
            for run in plane.chunk_by(|a, b| a == b) {
                let glyph = char::from(b'?' + run[0]);
                match run.len() {
                    many if many >= RUN_MIN => drop(write!(out, "!{many}{glyph}")),
                    few => out.extend(std::iter::repeat_n(glyph, few)),
                }
            }
        }
    }
    out.push_str("\u{1b}\\");
    out
}

/// The nearest of the cube.
fn colour(pixel: &[u8]) -> Option<u8> {
    let level = |channel: u8| u8::try_from((u16::from(channel) * 5 + 127) / 255).unwrap_or(5);
    match pixel {
        [red, green, blue, alpha] if *alpha >= 128 => {
            Some(36 * level(*red) + 6 * level(*green) + level(*blue))
        }
        _ => None,
    }
}
