//! Compressing and decompressing messages (RFC 7692 §7.2). Invariant: decompression never makes more than it may,
//! however little it was given.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::SocketError;

/// What a sender leaves off the end of a message, and a reader puts back.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];
/// A whole block without content: nothing to whole data, and something to data that was cut off.
const EMPTY_BLOCK: [u8; 5] = [0x00, 0x00, 0x00, 0xff, 0xff];
/// Compressed messages of this size may be of many blocks, whose heads swallow some empty blocks when they are cut.
const LONG_BYTES_MIN: usize = 4096;
/// More than the longest head swallows.
const LONG_PROOF_BLOCKS: usize = 80;
/// Empty messages are no longer than this.
const EMPTY_BYTES_MAX: usize = 8;
/// Room the output grows by.
const STEP: usize = 32 * 1024;

/// A message compressed for itself; `None` when that would not make it smaller.
pub(crate) fn compressed(message: &[u8]) -> Option<Vec<u8>> {
    let mut compressor = Compress::new(Compression::fast(), false);
    let mut out = Vec::with_capacity(message.len() / 3 + 64);
    loop {
        let read = usize::try_from(compressor.total_in()).ok()?;
        compressor.compress_vec(message.get(read..)?, &mut out, FlushCompress::Sync).ok()?;
        let all_read = compressor.total_in() == message.len() as u64;
        if out.len() >= message.len() + TAIL.len() {
            return None;
        }
        if all_read && out.len() < out.capacity() {
            break;
        }
        out.reserve(STEP);
    }
    out.truncate(out.strip_suffix(&TAIL)?.len());
    (out.len() < message.len()).then_some(out)
}

/// Decompresses the messages of one connection.
pub(crate) struct Inflater {
    decompressor: Decompress,
    forget: bool,
    /// Bytes of the present message's payload.
    taken: usize,
}

impl Inflater {
    /// `forget`: every message begins anew.
    pub(crate) fn new(forget: bool) -> Self {
        Self { decompressor: Decompress::new(false), forget, taken: 0 }
    }

    /// Appends what a frame's payload stands for.
    pub(crate) fn frame(
        &mut self,
        payload: &[u8],
        out: &mut Vec<u8>,
        bytes_max: usize,
    ) -> Result<(), SocketError> {
        self.taken = self.taken.saturating_add(payload.len());
        self.inflate(payload, out, bytes_max)
    }

    fn inflate(
        &mut self,
        mut payload: &[u8],
        out: &mut Vec<u8>,
        bytes_max: usize,
    ) -> Result<(), SocketError> {
        loop {
            if out.len() > bytes_max {
                return Err(SocketError::TooLarge { bytes_max });
            }
            if out.capacity() - out.len() < STEP / 2 {
                out.reserve(STEP);
            }
            let (read, made) = (self.decompressor.total_in(), out.len());
            let status = self
                .decompressor
                .decompress_vec(payload, out, FlushDecompress::Sync)
                .map_err(|_| SocketError::Protocol("compressed data that is broken"))?;
            let consumed = usize::try_from(self.decompressor.total_in() - read).unwrap_or(payload.len());
            payload = payload.get(consumed..).unwrap_or_default();
            let full = out.len() == out.capacity();
            match status {
                // A sender may end its stream within a message; what follows begins a new one.
                Status::StreamEnd => self.decompressor.reset(false),
                Status::Ok | Status::BufError if full => {}
                Status::Ok | Status::BufError if payload.is_empty() => return Ok(()),
                Status::Ok | Status::BufError if consumed == 0 && out.len() == made => {
                    return Err(SocketError::Protocol("compressed data that leads nowhere"));
                }
                Status::Ok | Status::BufError => {}
            }
            if payload.is_empty() && status == Status::StreamEnd {
                return Ok(());
            }
        }
    }

    /// The message is whole.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>, bytes_max: usize) -> Result<(), SocketError> {
        let (made, taken) = (out.len(), std::mem::take(&mut self.taken));
        let blocks = if taken < LONG_BYTES_MIN { 1 } else { LONG_PROOF_BLOCKS };
        self.inflate(&TAIL, out, bytes_max)?;
        for _ in 0..blocks {
            self.inflate(&EMPTY_BLOCK, out, bytes_max)?;
        }
        if out.len() != made || (made == 0 && taken > EMPTY_BYTES_MAX) {
            return Err(SocketError::Protocol("compressed data that is cut off"));
        }
        if out.len() > bytes_max {
            return Err(SocketError::TooLarge { bytes_max });
        }
        if self.forget {
            self.decompressor.reset(false);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::{Inflater, compressed};
    use crate::SocketError;

    const MAX: usize = 1 << 20;

    fn inflate(inflater: &mut Inflater, frames: &[&[u8]]) -> Result<Vec<u8>, SocketError> {
        let mut out = Vec::new();
        for frame in frames {
            inflater.frame(frame, &mut out, MAX)?;
        }
        inflater.end(&mut out, MAX)?;
        Ok(out)
    }

    /// The examples of RFC 7692 §7.2.3.
    #[test]
    fn the_standards_examples_are_understood() {
        let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        let mut inflater = Inflater::new(false);
        assert_eq!(inflate(&mut inflater, &[hello]).unwrap(), b"Hello");
        // The same again, told by the window.
        assert_eq!(inflate(&mut inflater, &[&[0xf2, 0x00, 0x11, 0x00, 0x00]]).unwrap(), b"Hello");
        assert_eq!(inflate(&mut inflater, &[&hello[..3], &hello[3..]]).unwrap(), b"Hello");
        let stored: &[u8] = &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
        assert_eq!(inflate(&mut inflater, &[stored]).unwrap(), b"Hello");
        let ended: &[u8] = &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        assert_eq!(inflate(&mut inflater, &[ended]).unwrap(), b"Hello");
        let two_blocks: &[u8] =
            &[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(inflate(&mut inflater, &[two_blocks]).unwrap(), b"Hello");
        assert_eq!(inflate(&mut inflater, &[&[0x00]]).unwrap(), b"");
    }

    #[test]
    fn a_peer_that_forgets_may_not_refer_to_what_was() {
        let mut inflater = Inflater::new(true);
        inflate(&mut inflater, &[&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]]).unwrap();
        let referring = inflate(&mut inflater, &[&[0xf2, 0x00, 0x11, 0x00, 0x00]]);
        assert_ne!(referring.ok().as_deref(), Some(&b"Hello"[..]));
    }

    #[test]
    fn a_bomb_is_noticed_before_it_fills_memory() {
        let bomb = compressed(&vec![b'a'; 64 * MAX]).unwrap();
        assert!(bomb.len() < MAX, "{}", bomb.len());
        let mut out = Vec::new();
        let error = Inflater::new(false).frame(&bomb, &mut out, MAX).unwrap_err();
        assert!(matches!(error, SocketError::TooLarge { .. }), "{error:?}");
        assert!(out.capacity() < 3 * MAX, "{}", out.capacity());
    }

    /// A part of a message is none: what it says may be the opposite of the whole.
    #[test]
    fn data_that_is_cut_off_is_refused() {
        let words = (0..400)
            .map(|n| format!("{{\"type\":\"x\",\"n\":{}}}", n * n % 97))
            .collect::<Vec<_>>()
            .join(",");
        let noise: Vec<u8> =
            (0..30_000_u32).map(|n| (n.wrapping_mul(n) >> 3).to_le_bytes()[0] & 0x3f).collect();
        for message in [words.as_bytes(), &words.as_bytes()[..300], &noise] {
            let packed = compressed(message).unwrap();
            for cut in (super::EMPTY_BYTES_MAX + 1..packed.len() - 1).step_by(packed.len() / 4000 + 1) {
                let got = inflate(&mut Inflater::new(false), &[&packed[..cut]]);
                assert!(got.is_err(), "{cut} of {}: {} bytes", packed.len(), got.unwrap().len());
            }
            assert_eq!(inflate(&mut Inflater::new(false), &[&packed]).unwrap(), message);
        }
    }

    #[test]
    fn what_cannot_be_made_smaller_is_left() {
        let noise: Vec<u8> = (0..4096_u32)
            .flat_map(|n| n.wrapping_mul(2_654_435_761).rotate_left(n % 31).to_le_bytes())
            .collect();
        assert_eq!(compressed(&noise), None);
        assert_eq!(compressed(b""), None);
    }

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(words in proptest::collection::vec("[a-e]{0,12}", 0..400), cut in 0usize..100) {
            let message = words.join(" ").into_bytes();
            if let Some(packed) = compressed(&message) {
                let (first, second) = packed.split_at(cut.min(packed.len()));
                let mut inflater = Inflater::new(false);
                prop_assert_eq!(inflate(&mut inflater, &[first, second]).unwrap(), message.clone());
                prop_assert_eq!(inflate(&mut inflater, &[&packed]).unwrap(), message);
            }
        }

        #[test]
        fn garbage_ends_and_stays_small(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut out = Vec::new();
            let mut inflater = Inflater::new(false);
            let _ = inflater.frame(&bytes, &mut out, MAX).and_then(|()| inflater.end(&mut out, MAX));
            prop_assert!(out.len() <= MAX + super::STEP);
        }
    }
}
