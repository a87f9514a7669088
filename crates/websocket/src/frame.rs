//! The head of a frame and its mask (RFC 6455 §5.2). Pure; never panics.

use crate::SocketError;

/// The longest head: two bytes, a length of eight, a mask of four.
pub(crate) const HEAD_BYTES_MAX: usize = 14;
/// The longest payload of a control frame.
pub(crate) const CONTROL_BYTES_MAX: usize = 125;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    pub(crate) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }

    fn of_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
        }
    }
}

/// Everything of a frame but its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHead {
    pub(crate) last: bool,
    /// The message is compressed; only on its first frame.
    pub(crate) compressed: bool,
    pub(crate) opcode: Opcode,
    pub(crate) mask: Option<[u8; 4]>,
    pub(crate) length: u64,
}

impl FrameHead {
    /// The head at the beginning of `bytes` and its own length; `None` when more bytes are needed.
    pub(crate) fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, SocketError> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        if first & 0x30 != 0 {
            return Err(SocketError::Protocol("reserved bits are set"));
        }
        let opcode =
            Opcode::of_bits(first & 0x0F).ok_or(SocketError::Protocol("an unknown kind of frame"))?;
        let (length, length_bytes) = match second & 0x7F {
            126 => match rest {
                [a, b, ..] => (u64::from(u16::from_be_bytes([*a, *b])), 2),
                _ => return Ok(None),
            },
            127 => match rest.first_chunk::<8>() {
                Some(bytes) => (u64::from_be_bytes(*bytes), 8),
                None => return Ok(None),
            },
            short => (u64::from(short), 0),
        };
        if length >> 63 != 0 {
            return Err(SocketError::Protocol("a length out of range"));
        }
        let mask = match second & 0x80 {
            0 => None,
            _ => match rest.get(length_bytes..).and_then(<[u8]>::first_chunk::<4>) {
                Some(mask) => Some(*mask),
                None => return Ok(None),
            },
        };
        let head = Self { last: first & 0x80 != 0, compressed: first & 0x40 != 0, opcode, mask, length };
        let fits = head.last && !head.compressed && length <= CONTROL_BYTES_MAX as u64;
        if opcode.is_control() && !fits {
            return Err(SocketError::Protocol("a control frame that is cut up, compressed or too long"));
        }
        Ok(Some((head, 2 + length_bytes + if mask.is_some() { 4 } else { 0 })))
    }

    /// Appends the head.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let flags = if self.last { 0x80 } else { 0 } | if self.compressed { 0x40 } else { 0 };
        out.push(flags | self.opcode.bits());
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        match (u8::try_from(self.length), u16::try_from(self.length)) {
            (Ok(short), _) if short < 126 => out.push(masked | short),
            (_, Ok(middle)) => {
                out.push(masked | 126);
                out.extend_from_slice(&middle.to_be_bytes());
            }
            _ => {
                out.push(masked | 127);
                out.extend_from_slice(&self.length.to_be_bytes());
            }
        }
        out.extend(self.mask.iter().flatten());
    }
}

/// Masks or unmasks in place: the same operation.
pub(crate) fn apply_mask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut words = payload.chunks_exact_mut(8);
    for word in &mut words {
        if let Ok(bytes) = <[u8; 8]>::try_from(&*word) {
            word.copy_from_slice(&(u64::from_ne_bytes(bytes) ^ wide).to_ne_bytes());
        }
    }
    for (byte, key) in words.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::{FrameHead, HEAD_BYTES_MAX, Opcode, apply_mask};

    fn head(opcode: Opcode, length: u64, mask: Option<[u8; 4]>) -> FrameHead {
        FrameHead { last: true, compressed: false, opcode, mask, length }
    }

    #[test]
    fn heads_read_back_at_every_length_and_never_early() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 1 << 40] {
            for mask in [None, Some([1, 2, 3, 4])] {
                let wanted = head(Opcode::Text, length, mask);
                let mut bytes = Vec::new();
                wanted.write(&mut bytes);
                assert!(bytes.len() <= HEAD_BYTES_MAX);
                for cut in 0..bytes.len() {
                    assert!(FrameHead::read(&bytes[..cut]).unwrap().is_none(), "{length} at {cut}");
                }
                bytes.push(9);
                assert_eq!(FrameHead::read(&bytes).unwrap(), Some((wanted, bytes.len() - 1)));
            }
        }
    }

    #[test]
    fn what_the_standard_forbids_is_refused() {
        let refused = |bytes: &[u8]| assert!(FrameHead::read(bytes).is_err(), "{bytes:x?}");
        refused(&[0x83, 0]); // an unknown opcode
        refused(&[0xA1, 0]); // a reserved bit
        refused(&[0x09, 0]); // a ping in pieces
        refused(&[0xC9, 0]); // a compressed ping
        refused(&[0x89, 126, 0, 126]); // a long ping
        refused(&[0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]); // a negative length
    }

    #[test]
    fn the_standards_example_unmasks() {
        let mut payload = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        apply_mask(&mut payload, [0x37, 0xfa, 0x21, 0x3d]);
        assert_eq!(&payload, b"Hello");
    }

    proptest! {
        #[test]
        fn masking_twice_changes_nothing(bytes: Vec<u8>, mask: [u8; 4]) {
            let mut masked = bytes.clone();
            apply_mask(&mut masked, mask);
            let by_hand: Vec<u8> = bytes.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
            prop_assert_eq!(&masked, &by_hand);
            apply_mask(&mut masked, mask);
            prop_assert_eq!(masked, bytes);
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = FrameHead::read(&bytes);
        }
    }
}
