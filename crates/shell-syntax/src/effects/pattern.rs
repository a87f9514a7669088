//! A word of a script as what it will name on disk: known text, wildcards, variables. Pure.

/// Words that braces may make of one; more are unknown.
const ALTERNATIVES_MAX: usize = 64;

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// Unquoted text with wildcards in it.
    Wildcard(String),
    /// The value of a variable.
    Variable(String),
    /// The person's home folder.
    Home,
    /// Known only when it runs.
    Unknown,
}

/// What a word will name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern {
    /// In order; joined without anything between.
    pub pieces: Vec<Piece>,
}

impl Pattern {
    /// Text that is known.
    pub(crate) fn text(text: &str) -> Self {
        Self { pieces: vec![Piece::Text(text.to_owned())] }
    }

    /// The word when nothing of it depends on the disk or the environment.
    pub fn literal(&self) -> Option<String> {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Wildcard(_) | Piece::Variable(_) | Piece::Home | Piece::Unknown => None,
        };
        self.pieces.iter().map(text).collect()
    }

    /// The word as a script that another shell is given: what is known only later stays a variable.
    pub(crate) fn as_script(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) | Piece::Wildcard(text) => text.clone(),
            Piece::Variable(name) => format!("\"${{{name}}}\""),
            Piece::Home => "~".to_owned(),
            Piece::Unknown => "$(:)".to_owned(),
        };
        self.pieces.iter().map(text).collect()
    }

    /// The patterns of a word as it stands in the script; several when braces list alternatives.
    pub(crate) fn of_word(raw: &str) -> Vec<Self> {
        let mut words = Vec::new();
        if alternatives(raw, &mut words) {
            words.iter().map(|word| one(word)).collect()
        } else {
            vec![Self { pieces: vec![Piece::Unknown] }]
        }
    }
}

/// Words with what their braces make of them; `None` when that is too much.
pub(crate) fn alternatives_of(words: &[&str]) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for word in words {
        let mut some = Vec::new();
        if word.contains('{') && !alternatives(word, &mut some) {
            return None;
        }
        match some.is_empty() {
            true => all.push((*word).to_owned()),
            false => all.extend(some),
        }
    }
    Some(all)
}

/// Splits `a{b,c}d` into `abd` and `acd`; false when there are too many.
fn alternatives(raw: &str, out: &mut Vec<String>) -> bool {
    if out.len() >= ALTERNATIVES_MAX {
        return false;
    }
    let Some((start, commas, end)) = braces(raw) else {
        out.push(raw.to_owned());
        return true;
    };
    let mut from = start + 1;
    for to in commas.into_iter().chain([end]) {
        let word = format!("{}{}{}", &raw[..start], &raw[from..to], &raw[end + 1..]);
        if !alternatives(&word, out) {
            return false;
        }
        from = to + 1;
    }
    true
}

/// The first unquoted braces with commas in them: where they begin, their own commas, where they end.
fn braces(raw: &str) -> Option<(usize, Vec<usize>, usize)> {
    let bytes = raw.as_bytes();
    let mut open: Vec<(usize, Vec<usize>)> = Vec::new();
    let (mut single, mut double, mut at) = (false, false, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if !single => at += 1,
            b'\'' if !double => single = !single,
            b'"' if !single => double = !double,
            _ if single || double => {}
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                at += bytes[at..].iter().position(|byte| *byte == b'}')?;
            }
            b'{' => open.push((at, Vec::new())),
            b',' => {
                if let Some((_, commas)) = open.last_mut() {
                    commas.push(at);
                }
            }
            b'}' => {
                if let Some((start, commas)) = open.pop()
                    && !commas.is_empty()
                    && open.is_empty()
                {
                    return Some((start, commas, at));
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// A word without braces.
fn one(raw: &str) -> Pattern {
    let mut pieces = Pieces::default();
    let mut rest = raw;
    if let Some(behind) = raw.strip_prefix('~') {
        match behind.starts_with('/') || behind.is_empty() {
            true => pieces.push(Piece::Home),
            // Another person's home, or a folder of the stack.
            false => return Pattern { pieces: vec![Piece::Unknown] },
        }
        rest = behind;
    }
    let mut chars = rest.chars().peekable();
    let mut double = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => double = !double,
            '\'' if !double => pieces.text(&chars.by_ref().take_while(|c| *c != '\'').collect::<String>()),
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some(c) if double && !matches!(c, '"' | '\\' | '$' | '`') => pieces.text(&format!("\\{c}")),
                Some(c) => pieces.text(c.encode_utf8(&mut [0; 4])),
            },
            '$' => match variable(&mut chars) {
                Some(name) => pieces.push(Piece::Variable(name)),
                None => return Pattern { pieces: vec![Piece::Unknown] },
            },
            '`' => return Pattern { pieces: vec![Piece::Unknown] },
            '<' | '>' | '(' | ')' if !double => return Pattern { pieces: vec![Piece::Unknown] },
            '*' | '?' | '[' | ']' if !double => pieces.wildcard(c),
            c => pieces.text(c.encode_utf8(&mut [0; 4])),
        }
    }
    Pattern { pieces: pieces.all }
}

/// The name behind a dollar sign; `None` for anything but a plain variable.
fn variable(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let braced = chars.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(c) = chars.next_if(is_name) {
        name.push(c);
    }
    if braced && chars.next() != Some('}') {
        return None;
    }
    let begins_well = name.chars().next().is_some_and(|c| !c.is_ascii_digit());
    begins_well.then_some(name)
}

#[derive(Default)]
struct Pieces {
    all: Vec<Piece>,
}

impl Pieces {
    fn push(&mut self, piece: Piece) {
        self.all.push(piece);
    }

    fn text(&mut self, text: &str) {
        match self.all.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.all.push(Piece::Text(text.to_owned())),
        }
    }

    fn wildcard(&mut self, c: char) {
        match self.all.last_mut() {
            Some(Piece::Wildcard(last)) => last.push(c),
            _ => self.all.push(Piece::Wildcard(c.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    #[test]
    fn words_become_what_they_will_name() {
        let of = |raw: &str| -> Vec<Vec<Piece>> {
            Pattern::of_word(raw).into_iter().map(|pattern| pattern.pieces).collect()
        };
        let variable = |name: &str| Piece::Variable(name.to_owned());
        let wild = |text: &str| Piece::Wildcard(text.to_owned());
        assert_eq!(of("a/b"), [[text("a/b")]]);
        assert_eq!(of("'a b'\"*\"c\\ d"), [[text("a b*c d")]]);
        assert_eq!(of("src/*.rs"), [[text("src/"), wild("*"), text(".rs")]]);
        assert_eq!(of("~/x"), [[Piece::Home, text("/x")]]);
        assert_eq!(of("\"$HOME/a\"${B}c"), [[variable("HOME"), text("/a"), variable("B"), text("c")]]);
        assert_eq!(of("a{b,'c,d'}e"), [[text("abe")], [text("ac,de")]]);
        assert_eq!(of("{a,b{c,d}}"), [[text("a")], [text("bc")], [text("bd")]]);
        for unknown in ["$(ls)", "`ls`", "${a:-b}", "~other/x", "<(x)", "$1"] {
            assert_eq!(of(unknown), [[Piece::Unknown]], "{unknown}");
        }
        let many = "{a,b}".repeat(10);
        assert_eq!(of(&many), [[Piece::Unknown]]);
    }
}
