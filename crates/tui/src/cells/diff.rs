//! Unified hunks as numbered rows. Knows the text of a diff, no file.

use std::ops::Range;

use super::word_diff::changed_words;

/// Which side of a change a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Same,
    Added,
    Removed,
}

/// One row of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DiffRow {
    pub(crate) side: Side,
    /// Line number in the new file, in the old one for removed rows; 0 when the hunk does not say.
    pub(crate) number: usize,
    pub(crate) text: String,
    /// Bytes of `text` that differ from the row's counterpart, in order.
    pub(crate) changed: Vec<Range<usize>>,
    /// A gap in the file stands before this row.
    pub(crate) after_gap: bool,
}

impl DiffRow {
    fn new(side: Side, number: usize, text: &str) -> Self {
        Self { side, number, text: text.to_owned(), changed: Vec::new(), after_gap: false }
    }
}

/// Rows of a file that is new or gone.
pub(crate) fn whole_file(content: &str, side: Side) -> Vec<DiffRow> {
    content.lines().enumerate().map(|(at, line)| DiffRow::new(side, at + 1, line)).collect()
}

/// Rows of hunks.
pub(crate) fn hunks(diff: &str) -> Vec<DiffRow> {
    let mut rows: Vec<DiffRow> = Vec::new();
    let (mut old, mut new) = (1, 1);
    let mut gap = false;
    for line in diff.lines() {
        if let Some(header) = line.strip_prefix("@@") {
            if let Some((from, to)) = starts(header) {
                (old, new) = (from, to);
            }
            gap = !rows.is_empty();
            continue;
        }
        let mut row = match line.as_bytes().first() {
            Some(b'+') => DiffRow::new(Side::Added, new, &line[1..]),
            Some(b'-') => DiffRow::new(Side::Removed, old, &line[1..]),
            Some(b' ') => DiffRow::new(Side::Same, new, &line[1..]),
            // `\ No newline at end of file`
            Some(b'\\') => continue,
            _ => DiffRow::new(Side::Same, new, line),
        };
        if row.side != Side::Added {
            old += 1;
        }
        if row.side != Side::Removed {
            new += 1;
        }
        row.after_gap = std::mem::take(&mut gap);
        rows.push(row);
    }
    mark_words(&mut rows);
    rows
}

/// `-12,3 +14,5 @@` gives 12 and 14.
fn starts(header: &str) -> Option<(usize, usize)> {
    let number = |word: &str| word.split(',').next().and_then(|start| start.parse().ok());
    let mut words = header.split_whitespace();
    let old = number(words.next()?.strip_prefix('-')?)?;
    let new = number(words.next()?.strip_prefix('+')?)?;
    Some((old, new))
}

/// Rows that were added right after removed ones are their new form, in order: the words of each pair that differ
/// are marked.
fn mark_words(rows: &mut [DiffRow]) {
    let mut at = 0;
    while at < rows.len() {
        let run = |from: usize, side: Side| {
            let same = |(place, row): &(usize, &DiffRow)| row.side == side && (*place == 0 || !row.after_gap);
            rows[from..].iter().enumerate().take_while(same).count()
        };
        let removed = run(at, Side::Removed);
        let added = run(at + removed, Side::Added);
        if removed > 0 {
            for pair in at..at + removed.min(added) {
                let (old, new) = (&rows[pair].text, &rows[pair + removed].text);
                if let Some((gone, come)) = changed_words(old, new) {
                    rows[pair].changed = gone;
                    rows[pair + removed].changed = come;
                }
            }
        }
        at += (removed + added).max(1);
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn rows_carry_numbers_gaps_and_changed_words() {
        let rows =
            hunks("@@ -11,2 +11,3 @@\n fn x()\n-    old_helper();\n+    new_helper();\n@@ -40 +41 @@\n+tail");
        let word: Vec<Range<usize>> = std::iter::once(4..7).collect();
        let expected = vec![
            DiffRow::new(Side::Same, 11, "fn x()"),
            DiffRow { changed: word.clone(), ..DiffRow::new(Side::Removed, 12, "    old_helper();") },
            DiffRow { changed: word, ..DiffRow::new(Side::Added, 12, "    new_helper();") },
            DiffRow { after_gap: true, ..DiffRow::new(Side::Added, 41, "tail") },
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn odd_input_is_kept_as_context() {
        assert_eq!(hunks("@@\nplain"), vec![DiffRow::new(Side::Same, 1, "plain")]);
        assert_eq!(hunks(""), vec![]);
    }
}
