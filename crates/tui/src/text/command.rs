//! Commands as a person has to see them before they run: the script itself, with nothing pushed out of sight.

/// A run of blanks up to this length is shown as it is.
const RUN_MAX: usize = 8;

/// The script where the vector is a shell that runs one, else the whole vector, each word as a shell would take it.
pub(crate) fn shown_command(command: &[String]) -> String {
    match command {
        [_, flag, script] if flag == "-lc" || flag == "-c" => script.clone(),
        all => match shlex::try_join(all.iter().map(String::as_str)) {
            Ok(joined) => joined,
            // Only a NUL cannot be quoted.
            Err(_) => all.join(" "),
        },
    }
}

/// Long runs of blanks, of any kind, as a count, so that nothing hides behind them.
pub(crate) fn visible_blanks(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars() {
        if c != '\n' && (c.is_whitespace() || is_invisible(c)) {
            run.push(c);
            continue;
        }
        flush(&mut run, &mut out);
        out.push(c);
    }
    flush(&mut run, &mut out);
    out
}

/// What is typed, a row for each line: every key that is no character shows, and whether the last line is ended. `before`
/// stands in front of it.
pub(crate) fn typed_rows(before: &str, text: &str) -> Vec<String> {
    let mut rows =
        vec![if before.is_empty() { String::new() } else { format!("⟨typed before: {before}⟩") }];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(row) = rows.last_mut() else { break };
        match c {
            '\n' | '\r' => {
                row.push('⏎');
                if chars.peek().is_some() {
                    rows.push(String::new());
                }
            }
            '\t' => row.push_str("^I"),
            '\u{7f}' => row.push_str("^?"),
            c if u32::from(c) < 0x20 => row.extend(['^', char::from((c as u8) ^ 0x40)]),
            c => row.push(c),
        }
    }
    rows.iter().map(|row| visible_blanks(row)).collect()
}

/// Characters without a glyph of their own that the terminal would still draw as nothing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{fff9}'..='\u{fffb}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{206a}'..='\u{206f}' | '\u{1d173}'..='\u{1d17a}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}'
        | '\u{3164}' | '\u{ffa0}' | '\u{2800}' | '\u{e0000}'..='\u{e007f}')
}

fn flush(run: &mut String, out: &mut String) {
    let count = run.chars().count();
    if count > RUN_MAX {
        out.push_str(&format!(" ⟨{count} blanks⟩ "));
    } else {
        for c in run.chars() {
            // A blank that is no space could pass for one.
            if c == ' ' || c == '\t' {
                out.push(c);
            } else {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
        }
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn nothing_hides_behind_blanks() {
        let padded = format!("ls{}; rm -rf x", " ".repeat(300));
        assert_eq!(visible_blanks(&padded), "ls ⟨300 blanks⟩ ; rm -rf x");
        assert_eq!(visible_blanks("a  b \tc"), "a  b \tc");
        assert_eq!(visible_blanks("a\u{a0}b\u{200b}c\u{3164}"), "a\\u{a0}b\\u{200b}c\\u{3164}");
        let hangul = format!("ls{}; rm x", "\u{3164}".repeat(20));
        assert_eq!(visible_blanks(&hangul), "ls ⟨20 blanks⟩ ; rm x");
    }

    #[test]
    fn words_keep_their_borders() {
        let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(shown_command(&words(&["/bin/sh", "-lc", "a && b"])), "a && b");
        assert_eq!(shown_command(&words(&["git", "commit", "-m", "a b; c"])), "git commit -m 'a b; c'");
    }
}
