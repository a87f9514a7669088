//! Telling a proposed plan from what is said around it, while it streams: the plan stands between two marks, each on a
//! line of its own (`app-server.md §5.5`). Pure.
//! Invariant: however the text is cut into pieces, the parts are the same; a mark is never shown.

const BEGIN: &str = "<proposed_plan>";
const END: &str = "</proposed_plan>";

/// A piece of one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Said to the person.
    Said(String),
    /// Part of the plan.
    Plan(String),
}

/// Where a text has come to.
#[derive(Debug, Default)]
pub(crate) struct PlanText {
    inside: bool,
    /// The beginning of a line that may still turn out to be a mark.
    held: String,
    /// The present line is no mark.
    plain: bool,
    /// Something other than blanks was said.
    spoke: bool,
}

impl PlanText {
    /// Takes the next piece of text.
    pub(crate) fn push(&mut self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for line in text.split_inclusive('\n') {
            if self.plain {
                self.give(&mut pieces, line.to_owned());
                self.plain = !line.ends_with('\n');
                continue;
            }
            self.held.push_str(line);
            let mark = if self.inside { END } else { BEGIN };
            if self.held.ends_with('\n') {
                self.line_ended(&mut pieces, mark);
            } else if !mark.starts_with(self.held.trim()) {
                let held = std::mem::take(&mut self.held);
                self.give(&mut pieces, held);
                self.plain = true;
            }
        }
        pieces
    }

    /// The text is over.
    pub(crate) fn finish(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mark = if self.inside { END } else { BEGIN };
        self.line_ended(&mut pieces, mark);
        *self = Self::default();
        pieces
    }

    fn line_ended(&mut self, pieces: &mut Vec<Piece>, mark: &str) {
        let held = std::mem::take(&mut self.held);
        if held.trim() == mark {
            self.inside = !self.inside;
        } else {
            self.give(pieces, held);
        }
        self.plain = false;
    }

    fn give(&mut self, pieces: &mut Vec<Piece>, text: String) {
        self.spoke |= !self.inside && !text.trim().is_empty();
        match (self.inside, pieces.last_mut()) {
            _ if text.is_empty() => {}
            (true, Some(Piece::Plan(last))) => last.push_str(&text),
            (true, _) => pieces.push(Piece::Plan(text)),
            // Blank lines around a plan are no message.
            (false, _) if !self.spoke => {}
            (false, Some(Piece::Said(last))) => last.push_str(&text),
            (false, _) => pieces.push(Piece::Said(text)),
        }
    }
}

/// What a whole text says, and the plan in it.
pub(crate) fn split(text: &str) -> (String, Option<String>) {
    let mut parts = PlanText::default();
    let mut pieces = parts.push(text);
    pieces.extend(parts.finish());
    let (mut said, mut plan) = (String::new(), None);
    for piece in pieces {
        match piece {
            Piece::Said(text) => said.push_str(&text),
            Piece::Plan(text) => plan.get_or_insert_with(String::new).push_str(&text),
        }
    }
    (said, plan)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plan_is_told_from_what_is_said_around_it() {
        let text = "Here:\n<proposed_plan>\n# A\n- <b> 1\n</proposed_plan>\n\nGood?";
        assert_eq!(split(text), ("Here:\n\nGood?".to_owned(), Some("# A\n- <b> 1\n".to_owned())));
        assert_eq!(split("\n<proposed_plan>\nx\n"), (String::new(), Some("x\n".to_owned())));
        let inline = "the mark <proposed_plan> in a line\n<proposed_planner>\n";
        assert_eq!(split(inline), (inline.to_owned(), None));
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(
            words in prop::collection::vec(
                prop::sample::select(vec!["<proposed_plan>", "</proposed_plan>", "\n", "a", "<", " ", "é", "plan>"]),
                0..30,
            ),
            step in 1usize..7,
        ) {
            let text = words.concat();
            let chars: Vec<char> = text.chars().collect();
            let mut parts = PlanText::default();
            let mut pieces = Vec::new();
            for piece in chars.chunks(step) {
                pieces.extend(parts.push(&piece.iter().collect::<String>()));
            }
            pieces.extend(parts.finish());
            let joined = |plan: bool| -> String {
                let texts = pieces.iter().filter_map(|piece| match piece {
                    Piece::Plan(text) if plan => Some(text.as_str()),
                    Piece::Said(text) if !plan => Some(text.as_str()),
                    _ => None,
                });
                texts.collect()
            };
            let (said, plan) = split(&text);
            prop_assert_eq!((joined(false), joined(true)), (said, plan.unwrap_or_default()));
        }
    }
}
