//! Recognises the image formats a model takes by their first bytes. Pure: reads headers, decodes no pixels.

/// An image a model can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImageHeader {
    /// The media type of its `data:` URL.
    pub(crate) media_type: &'static str,
    /// Pixels.
    pub(crate) width: u32,
    /// Pixels.
    pub(crate) height: u32,
}

impl ImageHeader {
    /// Reads the header; `None` when the bytes are no image, an unsupported one, or one without an area.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let header = png(bytes).or_else(|| gif(bytes)).or_else(|| webp(bytes)).or_else(|| jpeg(bytes))?;
        (header.width > 0 && header.height > 0).then_some(header)
    }
}

fn png(bytes: &[u8]) -> Option<ImageHeader> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    (rest.get(4..8)? == b"IHDR").then_some(())?;
    Some(ImageHeader { media_type: "image/png", width: be32(rest, 8)?, height: be32(rest, 12)? })
}

fn gif(bytes: &[u8]) -> Option<ImageHeader> {
    let rest = bytes.strip_prefix(b"GIF87a").or_else(|| bytes.strip_prefix(b"GIF89a"))?;
    Some(ImageHeader { media_type: "image/gif", width: le16(rest, 0)?, height: le16(rest, 2)? })
}

fn webp(bytes: &[u8]) -> Option<ImageHeader> {
    (bytes.get(..4)? == b"RIFF" && bytes.get(8..12)? == b"WEBP").then_some(())?;
    let chunk = bytes.get(20..)?;
    let (width, height) = match bytes.get(12..16)? {
        // Lossy: a frame tag, a start code, then 14 bits of each side.
        b"VP8 " => {
            (chunk.get(3..6)? == [0x9d, 0x01, 0x2a]).then_some(())?;
            (le16(chunk, 6)? & 0x3fff, le16(chunk, 8)? & 0x3fff)
        }
        // Lossless: a signature byte, then both sides less one in 14 bits each.
        b"VP8L" => {
            (*chunk.first()? == 0x2f).then_some(())?;
            let bits = le16(chunk, 1)? | le16(chunk, 3)? << 16;
            ((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1)
        }
        // Extended: flags, then both sides less one in 24 bits each.
        b"VP8X" => (le24(chunk, 4)? + 1, le24(chunk, 7)? + 1),
        _ => return None,
    };
    Some(ImageHeader { media_type: "image/webp", width, height })
}

/// Walks the segments of a JPEG to its frame header.
fn jpeg(bytes: &[u8]) -> Option<ImageHeader> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let (&lead, after) = rest.split_first()?;
        (lead == 0xff).then_some(())?;
        let (&marker, after) = after.split_first()?;
        match marker {
            // A fill byte before a marker.
            0xff => rest = &rest[1..],
            // Markers without a body.
            0x01 | 0xd0..=0xd7 => rest = after,
            // Start of frame, in any coding; the others of the range are tables.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return Some(ImageHeader {
                    media_type: "image/jpeg",
                    width: be16(after, 5)?,
                    height: be16(after, 3)?,
                });
            }
            // Image data or the end before any frame header.
            0xd8..=0xda => return None,
            _ => rest = after.get(usize::try_from(be16(after, 0)?).ok()?.max(2)..)?,
        }
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    Some(le16(bytes, at)? | u32::from(*bytes.get(at + 2)?) << 16)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn check(bytes: &[u8], expected: Option<(&'static str, u32, u32)>) {
        let expected = expected.map(|(media_type, width, height)| ImageHeader { media_type, width, height });
        assert_eq!(ImageHeader::parse(bytes), expected, "{bytes:?}");
        // Half a header is no image, and never a panic.
        for end in 0..bytes.len().min(24) {
            let _ = ImageHeader::parse(&bytes[..end]);
        }
    }

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        check(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x03", Some(("image/png", 2, 3)));
        check(b"GIF89a\x02\0\x03\0", Some(("image/gif", 2, 3)));
        check(b"\xff\xd8\xff\xe0\0\x04AB\xff\xff\xc2\0\x0b\x08\0\x03\0\x02", Some(("image/jpeg", 2, 3)));
        check(b"RIFF....WEBPVP8 ....\0\0\0\x9d\x01\x2a\x02\0\x03\0", Some(("image/webp", 2, 3)));
        check(b"RIFF....WEBPVP8L....\x2f\x01\x80\0\0", Some(("image/webp", 2, 3)));
        check(b"RIFF....WEBPVP8X....\0\0\0\0\x01\0\0\x02\0\0", Some(("image/webp", 2, 3)));
    }

    #[test]
    fn anything_else_is_refused() {
        check(b"", None);
        check(b"just text that is long enough to hold a header", None);
        check(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\0\x03", None);
        check(b"\xff\xd8\xff\xda\0\0", None);
        check(b"RIFF....WAVEfmt ................", None);
        check(b"BM\x36\0\0\0", None);
    }
}
