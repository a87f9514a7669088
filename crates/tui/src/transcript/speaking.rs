//! What a screen reader has not heard yet. Invariant: every settled cell is said exactly once; of a reply that grows
//! whole lines are said, and whole sentences of the line at its end.

use super::entry::{Entry, Heard, Progress};
use super::list::Transcript;
use crate::cells::{Cell, Detail, SPOKEN_COLUMNS, View, said_line};

impl Transcript {
    /// The lines that can be said now, a block for each cell. `entries_max` holds back cells from that place on.
    pub(crate) fn take_spoken(&mut self, entries_max: usize) -> Vec<Vec<String>> {
        let mut blocks = Vec::new();
        for entry in self.entries.iter_mut().take(entries_max).filter(|entry| entry.heard != Heard::All) {
            let lines = match entry.progress {
                Progress::Settled => the_rest(entry),
                Progress::Growing => more(entry),
            };
            if !lines.is_empty() {
                blocks.push(lines);
            }
        }
        blocks
    }
}

/// Everything that was not said before.
fn the_rest(entry: &mut Entry) -> Vec<String> {
    let lines = match std::mem::replace(&mut entry.heard, Heard::All) {
        Heard::Nothing => entry.cell().spoken(),
        Heard::Part { .. } if entry.cell().as_reply().is_some_and(|reply| reply.is_replaced()) => {
            let mut lines = vec!["The reply was replaced by:".to_owned()];
            lines.extend(entry.cell().spoken());
            lines
        }
        Heard::Part { lines, rest } => {
            let all: Vec<String> = reply_lines(entry).0;
            let mut left: Vec<String> = all.into_iter().skip(lines).collect();
            if let Some(first) = left.first_mut() {
                *first = without(first, &rest).to_owned();
            }
            left.retain(|line| !line.is_empty());
            left
        }
        Heard::All => Vec::new(),
    };
    entry.forget_lines();
    lines
}

/// What stands of a reply that still grows.
fn more(entry: &mut Entry) -> Vec<String> {
    if entry.cell().as_reply().is_none() {
        return Vec::new();
    }
    let (all, standing) = reply_lines(entry);
    let (said, rest) = match &entry.heard {
        Heard::Part { lines, rest } => (*lines, rest.clone()),
        Heard::Nothing | Heard::All => (0, String::new()),
    };
    let mut out: Vec<String> = all.iter().take(standing).skip(said).cloned().collect();
    let mut open = if out.is_empty() { rest.clone() } else { String::new() };
    if let Some(first) = out.first_mut() {
        *first = without(first, &rest).to_owned();
    }
    // A paragraph that is still being written; a list or a table is said when it is whole.
    if let [last] = all.get(standing..).unwrap_or_default() {
        let new = without(last, &open);
        let whole = sentences(new);
        if !whole.is_empty() {
            out.push(whole.to_owned());
            open = last[..last.len() - new.len() + whole.len()].to_owned();
        }
    }
    out.retain(|line| !line.is_empty());
    if out.is_empty() {
        return out;
    }
    if entry.heard == Heard::Nothing
        && let Some(first) = out.first_mut()
    {
        first.insert_str(0, "Codex: ");
    }
    entry.heard = Heard::Part { lines: standing.max(said), rest: open };
    out
}

/// Every line of a reply as it is said, and how many of them stand for good.
fn reply_lines(entry: &Entry) -> (Vec<String>, usize) {
    let view = View { width: SPOKEN_COLUMNS, detail: Detail::Compact };
    let standing = match entry.cell() {
        Cell::Reply(reply) => reply.standing(view).map_or(usize::MAX, |standing| standing.lines),
        _ => 0,
    };
    entry.with_lines(view, |lines| {
        let mut stand = 0;
        let mut said = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            if let Some(text) = said_line(line) {
                said.push(text);
                stand += usize::from(at < standing);
            }
        }
        (said, stand)
    })
}

/// What follows the part that was said already.
fn without<'a>(line: &'a str, said: &str) -> &'a str {
    match line.strip_prefix(said) {
        Some(rest) if said.is_empty() => rest,
        Some(rest) => rest.trim_start(),
        // Markup that was closed meanwhile takes letters away: the place is counted instead.
        None => line.char_indices().nth(said.chars().count()).map_or("", |(at, _)| &line[at..]),
    }
}

/// The whole sentences at the beginning of a text.
fn sentences(text: &str) -> &str {
    let ends = text.match_indices(['.', '!', '?', '。', '！', '？']);
    let mut last = ends.filter(|(at, mark)| {
        let after = &text[at + mark.len()..];
        after.starts_with(' ') || mark.len() > 1
    });
    last.next_back().map_or("", |(at, mark)| &text[..at + mark.len()])
}

#[cfg(test)]
mod tests {
    use codex_protocol::ItemId;
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::cells::ReplyCell;

    #[test]
    fn a_reply_is_said_by_sentences_each_once() {
        let mut list = Transcript::new(SPOKEN_COLUMNS);
        let id = ItemId::new("r");
        list.push_growing(id.clone(), Cell::Reply(ReplyCell::streaming(SPOKEN_COLUMNS)));
        let text = "First one. Sec**ond** one! And 3.5 th\n\n- a\n- b\n\n```\nfn x()\n    y\n```\n\nThe end";
        let mut said = Vec::new();
        for c in text.chars() {
            if let Some(Cell::Reply(reply)) = list.growing(&id).map(Entry::cell_mut) {
                reply.push(c.encode_utf8(&mut [0; 4]));
            }
            said.extend(list.take_spoken(usize::MAX).concat());
        }
        list.settle(&id);
        said.extend(list.take_spoken(usize::MAX).concat());
        assert_eq!(list.take_spoken(usize::MAX), Vec::<Vec<String>>::new());
        assert_eq!(said[..3], ["Codex: First one.", "Second one!", "And 3.5 th"]);
        assert_eq!(said.join("\n").matches("fn x()").count(), 1);
        assert_eq!(said.last().map(String::as_str), Some("The end"));
        let all = Cell::Reply(ReplyCell::done(text.to_owned())).spoken();
        assert_eq!(said.join(" "), all.join(" "));
    }
}
