//! Pixels: decoded from a PNG, made smaller, encoded as a PNG again. Invariant: what is encoded holds nothing of
//! the file but its pixels.

use std::io::Cursor;

use super::load::PictureError;

/// Pixels a side.
const SIDE_MAX: u32 = 4096;
/// Memory of the decoder: the largest image with 16-bit channels.
const DECODER_BYTES_MAX: usize = 160 << 20;

/// Rows of red, green, blue and alpha.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bitmap {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgba: Vec<u8>,
}

impl Bitmap {
    /// The image of a whole PNG file; what stands behind its end does not count.
    pub(super) fn decode(file: &[u8]) -> Result<Self, PictureError> {
        let limits = png::Limits { bytes: DECODER_BYTES_MAX };
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
        let wanted = png::Transformations::normalize_to_color8().union(png::Transformations::ALPHA);
        decoder.set_transformations(wanted);
        let header = decoder.read_header_info()?;
        if header.width > SIDE_MAX || header.height > SIDE_MAX {
            return Err(PictureError::Large);
        }
        let mut reader = decoder.read_info()?;
        let size = reader.output_buffer_size().ok_or(PictureError::Large)?;
        let mut pixels = vec![0; size];
        let frame = reader.next_frame(&mut pixels)?;
        reader.finish()?;
        pixels.truncate(frame.buffer_size());
        let rgba = match frame.color_type {
            png::ColorType::Rgba => pixels,
            png::ColorType::GrayscaleAlpha => {
                pixels.chunks_exact(2).flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]]).collect()
            }
            _ => return Err(PictureError::Kind),
        };
        let side = |length: u32| usize::try_from(length).map_err(|_| PictureError::Large);
        Ok(Self { width: side(frame.width)?, height: side(frame.height)?, rgba })
    }

    /// The same image with fewer pixels, each the mean of those it stands for.
    pub(super) fn scaled(&self, width: usize, height: usize) -> Self {
        let mut rgba = Vec::with_capacity(width * height * 4);
        for y in 0..height {
            let rows = stretch(y, height, self.height);
            for x in 0..width {
                let columns = stretch(x, width, self.width);
                rgba.extend(self.mean(columns, rows.clone()));
            }
        }
        Self { width, height, rgba }
    }

    /// Colours count by how much they cover.
    fn mean(&self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> [u8; 4] {
        let mut sums = [0_u64; 4];
        let mut count = 0;
        for y in rows {
            let start = y * self.width;
            let row = self.rgba.get((start + columns.start) * 4..(start + columns.end) * 4);
            for pixel in row.unwrap_or_default().chunks_exact(4) {
                let alpha = u64::from(pixel[3]);
                for channel in 0..3 {
                    sums[channel] += u64::from(pixel[channel]) * alpha;
                }
                sums[3] += alpha;
                count += 1;
            }
        }
        let over = |sum: u64, by: u64| u8::try_from(sum / by.max(1)).unwrap_or(u8::MAX);
        [over(sums[0], sums[3]), over(sums[1], sums[3]), over(sums[2], sums[3]), over(sums[3], count)]
    }

    /// As a PNG file.
    pub(super) fn encode(&self) -> Result<Vec<u8>, PictureError> {
        let side = |length: usize| u32::try_from(length).map_err(|_| PictureError::Large);
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, side(self.width)?, side(self.height)?);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgba)?;
        writer.finish()?;
        Ok(out)
    }
}

/// What pixel `at` of `of` stands for among `from`; at least one.
fn stretch(at: usize, of: usize, from: usize) -> std::ops::Range<usize> {
    let start = at * from / of;
    start..((at + 1) * from / of).max(start + 1)
}
