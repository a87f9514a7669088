//! An open connection: messages in and out. Cancel-safe to read; what the peer sends is bounded before it is kept.
//! Pings are answered on the way, without waiting for the peer to read the answer.

use std::collections::VecDeque;
use std::future::{Future as _, poll_fn};
use std::io::IoSlice;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};

use crate::compression::{Inflater, compressed};
use crate::frame::{CONTROL_BYTES_MAX, FrameHead, HEAD_BYTES_MAX, Opcode, apply_mask};
use crate::{Deflate, SocketError};

/// Bytes asked of the transport at once.
const READ_BYTES: usize = 128 * 1024;
/// A message up to this size is written together with its head.
const COPIED_BYTES_MAX: usize = 16 * 1024;
/// Smaller messages are not worth compressing.
const COMPRESSED_BYTES_MIN: usize = 256;
/// Larger messages are compressed beside the runtime.
const COMPRESSED_INLINE_BYTES_MAX: usize = 128 * 1024;
/// Queued messages are sent once they are this many bytes.
const FED_BYTES_MAX: usize = 64 * 1024;
/// Answers to pings that wait to be written; further pings go unanswered.
const PONGS_MAX: usize = 8;

/// Which side of the connection this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Masks what it sends.
    Client,
    /// Wants to be sent masked frames.
    Server,
}

/// What one side tells the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text: always UTF-8.
    Text(Bytes),
    /// Bytes.
    Binary(Bytes),
    /// The last thing: a code, if there is one, and a reason.
    Close(Option<u16>, String),
}

/// One connection. Dropping it closes the transport without a farewell.
pub struct WebSocket<S> {
    stream: S,
    role: Role,
    message_bytes_max: usize,
    compress: bool,
    inflater: Option<Inflater>,
    read: BytesMut,
    unwritten: VecDeque<Bytes>,
    unflushed: bool,
    partial: Option<Partial>,
    closed: bool,
}

/// A message whose end has not arrived.
struct Partial {
    text: bool,
    compressed: bool,
    data: Vec<u8>,
}

impl<S> std::fmt::Debug for WebSocket<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebSocket").field("role", &self.role).finish_non_exhaustive()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// A connection whose handshake is done. `deflate` is what was agreed on.
    pub fn new(stream: S, role: Role, message_bytes_max: usize, deflate: Option<Deflate>) -> Self {
        Self {
            stream,
            role,
            message_bytes_max,
            compress: deflate.is_some_and(|deflate| deflate.compress),
            inflater: deflate.map(|deflate| Inflater::new(deflate.forget_received)),
            read: BytesMut::new(),
            unwritten: VecDeque::new(),
            unflushed: false,
            partial: None,
            closed: false,
        }
    }

    /// Begins with bytes that were read along with the handshake.
    #[must_use]
    pub fn with_read(mut self, read: BytesMut) -> Self {
        self.read = read;
        self
    }

    /// The next message; after [`Message::Close`] there is none. Cancel-safe.
    ///
    /// # Errors
    /// When the connection is of no more use.
    pub async fn next(&mut self) -> Result<Message, SocketError> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, SocketError>> {
        loop {
            if !self.unwritten.is_empty() || self.unflushed {
                // A peer that does not read its pongs may still be read.
                let _ = self.poll_write_out(cx);
            }
            if self.closed {
                return Poll::Ready(Err(SocketError::Closed));
            }
            if let Some(message) = self.take_message()? {
                if matches!(message, Message::Close(..)) {
                    let _ = self.poll_write_out(cx);
                }
                return Poll::Ready(Ok(message));
            }
            self.read.reserve(READ_BYTES);
            let count = {
                let read = pin!(self.stream.read_buf(&mut self.read));
                std::task::ready!(read.poll(cx))?
            };
            if count == 0 {
                self.closed = true;
                return Poll::Ready(Err(SocketError::Ended));
            }
        }
    }

    /// Sends a text message. Not cancel-safe: a message that is not through leaves the connection unusable.
    ///
    /// # Errors
    /// When the connection is of no more use.
    pub async fn send_text(&mut self, text: String) -> Result<(), SocketError> {
        self.send(Opcode::Text, text.into_bytes()).await
    }

    /// Queues a text message, to be sent with those after it or by [`Self::flush`].
    ///
    /// # Errors
    /// When the connection is of no more use.
    pub async fn feed_text(&mut self, text: String) -> Result<(), SocketError> {
        self.push_message(Opcode::Text, text.into_bytes()).await?;
        let queued: usize = self.unwritten.iter().map(Bytes::len).sum();
        if queued >= FED_BYTES_MAX { self.flush().await } else { Ok(()) }
    }

    /// Sends bytes; otherwise as [`Self::send_text`].
    ///
    /// # Errors
    /// When the connection is of no more use.
    pub async fn send_binary(&mut self, bytes: Vec<u8>) -> Result<(), SocketError> {
        self.send(Opcode::Binary, bytes).await
    }

    /// Says farewell. What the peer says after it is not waited for.
    ///
    /// # Errors
    /// When the connection is of no more use.
    pub async fn close(&mut self, code: Option<u16>, reason: &str) -> Result<(), SocketError> {
        let mut payload = code.map(|code| code.to_be_bytes().to_vec()).unwrap_or_default();
        payload.extend_from_slice(reason.as_bytes());
        payload.truncate(CONTROL_BYTES_MAX);
        self.push(Opcode::Close, payload, false);
        self.flush().await
    }

    async fn send(&mut self, opcode: Opcode, payload: Vec<u8>) -> Result<(), SocketError> {
        self.push_message(opcode, payload).await?;
        self.flush().await
    }

    async fn push_message(&mut self, opcode: Opcode, payload: Vec<u8>) -> Result<(), SocketError> {
        if self.closed {
            return Err(SocketError::Closed);
        }
        let (payload, packed) = match payload.len() {
            length if !self.compress || length < COMPRESSED_BYTES_MIN => (payload, false),
            length if length <= COMPRESSED_INLINE_BYTES_MAX => smaller(payload),
            _ => {
                let packing = tokio::task::spawn_blocking(move || smaller(payload));
                packing.await.map_err(std::io::Error::other)?
            }
        };
        self.push(opcode, payload, packed);
        Ok(())
    }

    /// The transport below.
    pub fn transport(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Queues one frame.
    fn push(&mut self, opcode: Opcode, mut payload: Vec<u8>, compressed: bool) {
        let mask = (self.role == Role::Client).then(rand::random::<[u8; 4]>);
        if let Some(mask) = mask {
            apply_mask(&mut payload, mask);
        }
        let length = payload.len() as u64;
        let room = if payload.len() <= COPIED_BYTES_MAX { payload.len() } else { 0 };
        let mut head = Vec::with_capacity(HEAD_BYTES_MAX + room);
        FrameHead { last: true, compressed, opcode, mask, length }.write(&mut head);
        if payload.len() <= COPIED_BYTES_MAX {
            head.extend_from_slice(&payload);
            self.unwritten.push_back(head.into());
        } else {
            self.unwritten.extend([Bytes::from(head), Bytes::from(payload)]);
        }
    }

    /// Sends what is queued. Not cancel-safe, as sending.
    ///
    /// # Errors
    /// When the connection is of no more use.
    pub async fn flush(&mut self) -> Result<(), SocketError> {
        poll_fn(|cx| self.poll_write_out(cx)).await
    }

    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        while !self.unwritten.is_empty() {
            let slices: Vec<IoSlice<'_>> =
                self.unwritten.iter().take(8).map(|piece| IoSlice::new(piece)).collect();
            let written = Pin::new(&mut self.stream).poll_write_vectored(cx, &slices);
            let mut count = std::task::ready!(written)?;
            if count == 0 {
                return Poll::Ready(Err(SocketError::Io(std::io::ErrorKind::WriteZero.into())));
            }
            self.unflushed = true;
            while count > 0
                && let Some(first) = self.unwritten.front_mut()
            {
                let taken = count.min(first.len());
                first.advance(taken);
                count -= taken;
                if first.is_empty() {
                    self.unwritten.pop_front();
                }
            }
        }
        std::task::ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }

    /// The next message of what has been read, if it is whole.
    fn take_message(&mut self) -> Result<Option<Message>, SocketError> {
        loop {
            let Some((head, head_bytes)) = FrameHead::read(&self.read)? else { return Ok(None) };
            match (self.role, head.mask) {
                (Role::Client, Some(_)) => return Err(SocketError::Protocol("a server masked its frame")),
                (Role::Server, None) => return Err(SocketError::Protocol("a client did not mask its frame")),
                _ => {}
            }
            let held = self.partial.as_ref().map_or(0, |partial| partial.data.len());
            let too_large = || SocketError::TooLarge { bytes_max: self.message_bytes_max };
            let length = usize::try_from(head.length).map_err(|_| too_large())?;
            if !head.opcode.is_control() && held.saturating_add(length) > self.message_bytes_max {
                return Err(too_large());
            }
            if self.read.len() < head_bytes + length {
                self.read.reserve(head_bytes + length - self.read.len());
                return Ok(None);
            }
            self.read.advance(head_bytes);
            let mut payload = self.read.split_to(length);
            if let Some(mask) = head.mask {
                apply_mask(&mut payload, mask);
            }
            if let Some(message) = self.take_frame(head, payload.freeze())? {
                return Ok(Some(message));
            }
        }
    }

    fn take_frame(&mut self, head: FrameHead, payload: Bytes) -> Result<Option<Message>, SocketError> {
        match head.opcode {
            Opcode::Ping => {
                if self.unwritten.len() < PONGS_MAX {
                    self.push(Opcode::Pong, payload.to_vec(), false);
                }
                Ok(None)
            }
            Opcode::Pong => Ok(None),
            Opcode::Close => self.farewell(&payload).map(Some),
            Opcode::Text | Opcode::Binary => {
                if self.partial.is_some() {
                    return Err(SocketError::Protocol("a message within a message"));
                }
                if head.compressed && self.inflater.is_none() {
                    return Err(SocketError::Protocol("a compressed message that was not agreed on"));
                }
                let text = head.opcode == Opcode::Text;
                if head.last && !head.compressed {
                    return message(text, payload).map(Some);
                }
                let data = Vec::new();
                self.partial = Some(Partial { text, compressed: head.compressed, data });
                self.go_on(head.last, &payload)
            }
            Opcode::Continuation if head.compressed => {
                Err(SocketError::Protocol("compression begins within a message"))
            }
            Opcode::Continuation => self.go_on(head.last, &payload),
        }
    }

    /// Adds a frame to the message that has begun.
    fn go_on(&mut self, last: bool, payload: &[u8]) -> Result<Option<Message>, SocketError> {
        let max = self.message_bytes_max;
        let Some(partial) = &mut self.partial else {
            return Err(SocketError::Protocol("a message that goes on without having begun"));
        };
        match self.inflater.as_mut().filter(|_| partial.compressed) {
            Some(inflater) => {
                inflater.frame(payload, &mut partial.data, max)?;
                if last {
                    inflater.end(&mut partial.data, max)?;
                }
            }
            None => partial.data.extend_from_slice(payload),
        }
        if !last {
            return Ok(None);
        }
        let whole = self.partial.take();
        whole.map(|whole| message(whole.text, whole.data.into())).transpose()
    }

    /// Reads a close frame and queues the answer to it.
    fn farewell(&mut self, payload: &[u8]) -> Result<Message, SocketError> {
        self.closed = true;
        let (code, reason) = match payload {
            [] => (None, ""),
            [high, low, reason @ ..] => {
                let reason = std::str::from_utf8(reason);
                let reason = reason.map_err(|_| SocketError::Protocol("a close reason that is not UTF-8"))?;
                (Some(u16::from_be_bytes([*high, *low])), reason)
            }
            [_] => return Err(SocketError::Protocol("half a close code")),
        };
        let echo = code.map(|code| code.to_be_bytes().to_vec()).unwrap_or_default();
        self.push(Opcode::Close, echo, false);
        Ok(Message::Close(code, reason.to_owned()))
    }
}

/// The payload, compressed if that makes it smaller.
fn smaller(payload: Vec<u8>) -> (Vec<u8>, bool) {
    match compressed(&payload) {
        Some(packed) => (packed, true),
        None => (payload, false),
    }
}

fn message(text: bool, payload: Bytes) -> Result<Message, SocketError> {
    if !text {
        return Ok(Message::Binary(payload));
    }
    match std::str::from_utf8(&payload) {
        Ok(_) => Ok(Message::Text(payload)),
        Err(_) => Err(SocketError::Protocol("text that is not UTF-8")),
    }
}
