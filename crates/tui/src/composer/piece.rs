//! A piece of draft: text with tokens in it. What is typed, cut, undone and recalled travels as pieces.
//! Invariant: tokens are sorted, do not overlap, are not empty and lie on character boundaries of the text.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A folded paste, with all its text.
    Paste(Arc<str>),
    /// An image that goes along with the message.
    Image(Arc<PathBuf>),
}

/// A stretch of the text that is shown as a label and moves and dies as one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) range: Range<usize>,
    pub(crate) kind: TokenKind,
}

/// Text with tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

impl Piece {
    /// Text without tokens; carriage returns become line feeds, as terminals paste them.
    pub(crate) fn plain(text: &str) -> Self {
        let text = if text.contains('\r') {
            text.replace("\r\n", "\n").replace('\r', "\n")
        } else {
            text.to_owned()
        };
        Self { text, tokens: Vec::new() }
    }

    /// One token with its label.
    pub(crate) fn token(label: String, kind: TokenKind) -> Self {
        let tokens = if label.is_empty() { Vec::new() } else { vec![Token { range: 0..label.len(), kind }] };
        Self { text: label, tokens }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The part of the text in `range`, with the tokens that lie in it whole.
    pub(crate) fn slice(&self, range: Range<usize>) -> Self {
        let tokens = self
            .tokens
            .iter()
            .filter(|token| token.range.start >= range.start && token.range.end <= range.end)
            .map(|token| Token {
                range: token.range.start - range.start..token.range.end - range.start,
                kind: token.kind.clone(),
            })
            .collect();
        Self { text: self.text.get(range).unwrap_or_default().to_owned(), tokens }
    }

    /// Puts `new` in the place of `range` and gives what was there. A token that is cut in two loses its meaning
    /// and stays as plain text.
    pub(crate) fn replace(&mut self, range: Range<usize>, new: &Self) -> Self {
        let removed = self.slice(range.clone());
        let added = new.text.len();
        let gone = range.end - range.start;
        let mut tokens = Vec::with_capacity(self.tokens.len() + new.tokens.len());
        let mut after = Vec::new();
        for token in self.tokens.drain(..) {
            if token.range.end <= range.start {
                tokens.push(token);
            } else if token.range.start >= range.end {
                let shifted = token.range.start - gone + added..token.range.end - gone + added;
                after.push(Token { range: shifted, kind: token.kind });
            }
        }
        tokens.extend(new.tokens.iter().map(|token| Token {
            range: token.range.start + range.start..token.range.end + range.start,
            kind: token.kind.clone(),
        }));
        tokens.append(&mut after);
        self.tokens = tokens;
        self.text.replace_range(range, &new.text);
        removed
    }

    /// Appends another piece.
    pub(crate) fn push(&mut self, other: &Self) {
        let end = self.text.len();
        self.replace(end..end, other);
    }

    /// The text with every paste in full. Images are numbered anew in their order of appearance, and returned.
    pub(crate) fn expand(&self) -> (String, Vec<PathBuf>) {
        let mut out = String::with_capacity(self.text.len());
        let mut images = Vec::new();
        let mut at = 0;
        for token in &self.tokens {
            out.push_str(self.text.get(at..token.range.start).unwrap_or_default());
            match &token.kind {
                TokenKind::Paste(text) => out.push_str(text),
                TokenKind::Image(path) => {
                    images.push(path.as_ref().clone());
                    out.push_str(&image_label(images.len()));
                }
            }
            at = token.range.end;
        }
        out.push_str(self.text.get(at..).unwrap_or_default());
        (out, images)
    }
}

/// `[Image #n]` (tui.md §5).
pub(crate) fn image_label(number: usize) -> String {
    format!("[Image #{number}]")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn paste(label: &str, text: &str) -> Piece {
        Piece::token(label.to_owned(), TokenKind::Paste(text.into()))
    }

    #[test]
    fn tokens_move_with_the_text_around_them() {
        let mut piece = Piece::plain("ab\r\ncd\re");
        assert_eq!(piece.text, "ab\ncd\ne");
        piece.replace(2..2, &paste("[P]", "pasted"));
        piece.replace(0..1, &Piece::plain("xyz"));
        assert_eq!(piece.text, "xyzb[P]\ncd\ne");
        assert_eq!(piece.tokens[0].range, 4..7);
        assert_eq!(piece.expand().0, "xyzbpasted\ncd\ne");
    }

    #[test]
    fn replace_and_its_inverse_restore_the_piece() {
        let mut piece = Piece::plain("ab");
        piece.push(&paste("[P]", "pasted"));
        piece.push(&Piece::plain("cd"));
        let before = piece.clone();
        let removed = piece.replace(1..6, &Piece::plain("new"));
        assert_eq!(piece.text, "anewd");
        assert_eq!(piece.replace(1..4, &removed), Piece::plain("new"));
        assert_eq!(piece, before);
    }

    #[test]
    fn images_are_numbered_by_their_order() {
        let mut piece = Piece::token(image_label(7), TokenKind::Image(Arc::new("b.png".into())));
        piece.push(&Piece::plain(" and "));
        piece.push(&Piece::token(image_label(7), TokenKind::Image(Arc::new("a.png".into()))));
        let (text, images) = piece.expand();
        assert_eq!(text, "[Image #1] and [Image #2]");
        assert_eq!(images, [PathBuf::from("b.png"), PathBuf::from("a.png")]);
    }
}
