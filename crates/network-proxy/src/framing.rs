//! Where a body ends. Invariant: the end is found byte by byte, so it does not depend on how the bytes arrive; a framing
//! that two readers could read in two ways is an error.

/// Longest line of a chunked body: size and extensions, or a trailer.
const LINE_BYTES_MAX: usize = 8 * 1024;
/// Digits of a chunk size: 60 bits, so that no sum overflows.
const SIZE_DIGITS_MAX: u32 = 15;

/// How a body is delimited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Framing {
    /// This many bytes more.
    Length(u64),
    /// In chunks.
    Chunked(Chunks),
    /// To the end of the connection.
    UntilClose,
}

/// The place in a chunked body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chunks {
    at: At,
    line: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum At {
    /// The digits read so far and their value.
    Size {
        digits: u32,
        size: u64,
    },
    Extension {
        size: u64,
    },
    SizeEnd {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataReturn,
    DataEnd,
    /// Before the first byte of a trailer line.
    #[default]
    Start,
    TrailerStart,
    Trailer,
    TrailerEnd,
    LastEnd,
    Done,
}

/// A chunked body that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadChunks;

impl Framing {
    /// Whether the body has ended.
    pub(crate) fn is_done(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunked(chunks) => chunks.at == At::Done,
            Self::UntilClose => false,
        }
    }

    /// How many of these bytes belong to the body.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<usize, BadChunks> {
        match self {
            Self::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                Ok(taken)
            }
            Self::Chunked(chunks) => chunks.take(bytes),
            Self::UntilClose => Ok(bytes.len()),
        }
    }
}

impl Chunks {
    fn take(&mut self, bytes: &[u8]) -> Result<usize, BadChunks> {
        let mut at = 0;
        while at < bytes.len() && self.at != At::Done {
            if let At::Data { left } = &mut self.at {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len() - at);
                *left -= taken as u64;
                at += taken;
                if *left == 0 {
                    self.at = At::DataReturn;
                }
                continue;
            }
            self.step(bytes[at])?;
            at += 1;
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<(), BadChunks> {
        self.line += 1;
        if self.line > LINE_BYTES_MAX {
            return Err(BadChunks);
        }
        let next = match (&self.at, byte) {
            (At::Start, byte) => digit(0, 0, byte)?,
            (At::Size { size, .. }, b'\r') => At::SizeEnd { size: *size },
            (At::Size { size, .. }, b';') => At::Extension { size: *size },
            (At::Size { digits, size }, byte) => digit(*digits, *size, byte)?,
            (At::Extension { size }, b'\r') => At::SizeEnd { size: *size },
            (At::Extension { size }, byte) if byte != b'\n' => At::Extension { size: *size },
            (At::SizeEnd { size: 0 }, b'\n') => At::TrailerStart,
            (At::SizeEnd { size }, b'\n') => At::Data { left: *size },
            (At::DataReturn, b'\r') => At::DataEnd,
            (At::DataEnd, b'\n') => At::Start,
            (At::TrailerStart, b'\r') => At::LastEnd,
            (At::TrailerStart | At::Trailer, byte) if byte != b'\n' && byte != b'\r' => At::Trailer,
            (At::Trailer, b'\r') => At::TrailerEnd,
            (At::TrailerEnd, b'\n') => At::TrailerStart,
            (At::LastEnd, b'\n') => At::Done,
            _ => return Err(BadChunks),
        };
        // Trailers share one allowance: there is no end of lines otherwise.
        if matches!(next, At::Data { .. } | At::Start) {
            self.line = 0;
        }
        self.at = next;
        Ok(())
    }
}

fn digit(digits: u32, size: u64, byte: u8) -> Result<At, BadChunks> {
    let value = char::from(byte).to_digit(16).ok_or(BadChunks)?;
    if digits >= SIZE_DIGITS_MAX {
        return Err(BadChunks);
    }
    Ok(At::Size { digits: digits + 1, size: size * 16 + u64::from(value) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chunked() -> Framing {
        Framing::Chunked(Chunks::default())
    }

    #[test]
    fn the_end_of_a_chunked_body_is_found() {
        for body in ["0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", "A;x=1\r\n0123456789\r\n00\r\nTrailer: 1\r\n\r\n"]
        {
            let bytes = format!("{body}GET / HTTP/1.1\r\n");
            let mut framing = chunked();
            assert_eq!(framing.take(bytes.as_bytes()), Ok(body.len()));
            assert!(framing.is_done());
        }
    }

    #[test]
    fn what_readers_differ_about_is_refused() {
        for body in [
            "\r\n",
            "x\r\n",
            "-1\r\n",
            "+1\r\na\r\n",
            "0x1\r\na\r\n",
            " 1\r\na\r\n",
            "1 \r\na\r\n",
            "1\na\n0\n\n",
            "1\r\nab\r\n",
            "1\r\na0\r\n\r\n",
            "1\r\na\n0\r\n\r\n",
            "1;\n\r\na",
            "0\r\n\n",
            "0\r\nA: b\n\r\n",
            "0\r\n\rX",
            "1000000000000000\r\n",
        ] {
            assert_eq!(chunked().take(body.as_bytes()), Err(BadChunks), "{body:?}");
        }
        let endless = format!("1;{}", "x".repeat(LINE_BYTES_MAX));
        assert_eq!(chunked().take(endless.as_bytes()), Err(BadChunks));
        let trailers = format!("0\r\n{}", "A: b\r\n".repeat(LINE_BYTES_MAX));
        assert_eq!(chunked().take(trailers.as_bytes()), Err(BadChunks));
    }

    proptest! {
        #[test]
        fn the_end_does_not_depend_on_the_pieces(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..5),
            rest in prop::collection::vec(any::<u8>(), 0..10),
            piece in 1..20usize,
        ) {
            let mut body = Vec::new();
            for chunk in &chunks {
                body.extend(format!("{:x}\r\n", chunk.len()).bytes());
                body.extend(chunk);
                body.extend(b"\r\n");
            }
            body.extend(b"0\r\n\r\n");
            let all = [body.clone(), rest].concat();
            let mut framing = chunked();
            let mut taken = 0;
            for part in all.chunks(piece) {
                taken += framing.take(part).unwrap();
            }
            prop_assert!(framing.is_done());
            prop_assert_eq!(taken, body.len());
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = chunked().take(&bytes);
        }
    }
}
