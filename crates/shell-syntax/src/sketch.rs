//! A third reader, which knows no grammar but quotes, separators and substitutions: what may be a command is one. It finds
//! what the grammar loses where a script is odd. Pure. Invariant: it may see too many commands, seldom too few.

use crate::ansi_text::unescaped;
use crate::lexer::RESERVED;

/// Substitutions within substitutions; deeper ones are read as one level.
const DEPTH_MAX: usize = 500;
/// Substitutions of here-documents that are looked into.
const SUBSTITUTIONS_MAX: usize = 64;

/// Everything in a script that may be a command, without assignments, redirections and words of grammar before it.
pub(crate) fn possible_commands(source: &str) -> Vec<Vec<String>> {
    let mut sketch = Sketch { frames: vec![Frame::default()], documents: Vec::new(), found: Vec::new() };
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        sketch.step(c, &mut chars);
    }
    while !sketch.frames.is_empty() {
        sketch.end_command();
        sketch.frames.pop();
    }
    sketch.found
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// A command that is being read.
#[derive(Default)]
struct Frame {
    words: Vec<String>,
    word: Option<String>,
    /// Within double quotes.
    quoted: bool,
    /// Ends at a backquote.
    in_backquotes: bool,
    /// The next word is the file of a redirection.
    redirects: bool,
}

/// A here-document that was announced.
struct Document {
    end: String,
    /// Tabs before the end do not count.
    dashed: bool,
    expands: bool,
}

struct Sketch {
    frames: Vec<Frame>,
    /// Here-documents that begin after this line.
    documents: Vec<Document>,
    found: Vec<Vec<String>>,
}

impl Sketch {
    fn step(&mut self, c: char, chars: &mut Chars<'_>) {
        let Some(frame) = self.frames.last_mut() else { return };
        match c {
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some(escaped) => frame.word.get_or_insert_default().push(escaped),
            },
            '$' if chars.next_if_eq(&'(').is_some() => self.enter(false),
            '`' if frame.in_backquotes => self.leave(),
            '`' => self.enter(true),
            '"' => {
                frame.quoted = !frame.quoted;
                frame.word.get_or_insert_default();
            }
            c if frame.quoted => frame.word.get_or_insert_default().push(c),
            '\'' => {
                let text: String = chars.by_ref().take_while(|c| *c != '\'').collect();
                frame.word.get_or_insert_default().push_str(&text);
            }
            '$' if chars.peek() == Some(&'\'') => ansi(frame.word.get_or_insert_default(), chars),
            '$' if chars.peek() == Some(&'"') => {}
            ' ' | '\t' => frame.end_word(),
            '#' if frame.word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            '\n' => {
                self.end_command();
                for document in std::mem::take(&mut self.documents) {
                    let body = skipped(&document, chars);
                    let scripts = if document.expands { substitutions(&body) } else { Some(Vec::new()) };
                    for script in scripts.unwrap_or_default() {
                        self.found.extend(possible_commands(script));
                    }
                }
            }
            '<' if chars.next_if_eq(&'<').is_some() => self.document(chars),
            '<' | '>' => self.redirect(chars),
            '&' if chars.next_if_eq(&'>').is_some() => self.redirect(chars),
            '|' | '&' | ';' => self.end_command(),
            '(' => self.enter(false),
            ')' => self.leave(),
            c => frame.word.get_or_insert_default().push(c),
        }
    }

    fn enter(&mut self, in_backquotes: bool) {
        if self.frames.len() < DEPTH_MAX {
            self.frames.push(Frame { in_backquotes, ..Frame::default() });
        }
    }

    fn leave(&mut self) {
        self.end_command();
        if self.frames.len() > 1 {
            self.frames.pop();
        }
    }

    fn end_command(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        frame.end_word();
        frame.redirects = false;
        let words = std::mem::take(&mut frame.words);
        let is_before = |word: &String| RESERVED.contains(&word.as_str()) || is_assignment(word);
        for words in words.split(|word| word == "{") {
            let words: Vec<String> = words.iter().skip_while(|word| is_before(word)).cloned().collect();
            if !words.is_empty() {
                self.found.push(words);
            }
        }
    }

    fn redirect(&mut self, chars: &mut Chars<'_>) {
        while chars.next_if(|c| matches!(c, '>' | '|' | '&' | '!')).is_some() {}
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.word.as_ref().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
            frame.word = None;
        }
        frame.end_word();
        frame.redirects = chars.peek() != Some(&'(');
    }

    /// Behind `<<`.
    fn document(&mut self, chars: &mut Chars<'_>) {
        let Some(frame) = self.frames.last_mut() else { return };
        frame.end_word();
        if chars.next_if_eq(&'<').is_some() {
            frame.redirects = true;
            return;
        }
        let dashed = chars.next_if_eq(&'-').is_some();
        while chars.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        let (mut end, mut expands) = (String::new(), true);
        while let Some(c) =
            chars.next_if(|c| !matches!(c, ' ' | '\t' | '\n' | ';' | '|' | '&' | ')' | '>' | '<'))
        {
            match c {
                '\'' | '"' | '\\' => expands = false,
                c => end.push(c),
            }
        }
        self.documents.push(Document { end, dashed, expands });
    }
}

impl Frame {
    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if !std::mem::take(&mut self.redirects) {
            self.words.push(word);
        }
    }
}

fn ansi(word: &mut String, chars: &mut Chars<'_>) {
    chars.next();
    let mut raw = String::new();
    while let Some(c) = chars.next_if(|c| *c != '\'') {
        raw.push(c);
        if c == '\\' {
            raw.extend(chars.next());
        }
    }
    chars.next();
    word.push_str(&unescaped(&raw));
}

/// The text of a here-document, which is passed over.
fn skipped(document: &Document, chars: &mut Chars<'_>) -> String {
    let mut body = String::new();
    while chars.peek().is_some() {
        let line: String = chars.by_ref().take_while(|c| *c != '\n').collect();
        let text = if document.dashed { line.trim_start_matches('\t') } else { line.as_str() };
        if text == document.end {
            break;
        }
        body.push_str(text);
        body.push('\n');
    }
    body
}

/// The scripts in `$(...)` and backquotes of a text without quotes; `None` when there are too many.
pub(crate) fn substitutions(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("$(") {
        let inner = text.get(at + 2..)?;
        // A parenthesis of a `case` closes nothing.
        let end = if inner.contains("case") { inner.len() } else { closing(inner) };
        found.push(inner.get(..end).unwrap_or(inner));
    }
    found.extend(text.split('`').skip(1).step_by(2));
    (found.len() <= SUBSTITUTIONS_MAX).then_some(found)
}

/// Where the parenthesis that is open before the text is closed.
fn closing(text: &str) -> usize {
    let mut open = 1_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return at;
        }
    }
    text.len()
}

fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    let name = name.strip_suffix('+').unwrap_or(name);
    let name = name.split('[').next().unwrap_or_default();
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::possible_commands;

    fn seen(source: &str) -> Vec<String> {
        possible_commands(source).iter().map(|words| words.join(" ")).collect()
    }

    #[test]
    fn what_may_be_a_command_is_seen() {
        assert_eq!(seen("a b; c | d && e"), ["a b", "c", "d", "e"]);
        assert_eq!(seen("x=$ r\\m -f y"), ["rm -f y"]);
        assert_eq!(seen("echo \"a $(b 'c d') `e`\" f"), ["b c d", "e", "echo a   f"]);
        assert_eq!(seen("a 2>&1 >b c &>d e"), ["a c e"]);
        assert_eq!(seen("# it's\nif a; then b; fi"), ["a", "b"]);
        assert_eq!(seen("cat <<'E' >x; b\nrm -f y\nE\nc"), ["cat", "b", "c"]);
        assert_eq!(seen("f() { a; }"), ["f", "a"]);
        assert_eq!(seen("$'\\x72m' -f"), ["rm -f"]);
        assert_eq!(possible_commands(&"$(".repeat(100_000)), Vec::<Vec<String>>::new());
    }
}
