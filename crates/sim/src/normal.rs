//! Makes bodies comparable: ids become numbers in order of appearance, times and process facts become names,
//! known folders become labels. Pure; the same input always gives the same output for a fresh `Normaliser`.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

/// Everything in a text that differs from run to run. ASCII only: the Unicode tables are not needed here.
const VARYING: &str = r#"(?x-u)
  (?P<uuid> [0-9a-f]{8}-[0-9a-f]{4}-(?P<version>[1-8])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12} )
| (?P<time> [0-9]{4}-[0-9]{2}-[0-9]{2}[T\x20][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\x20?[+-][0-9]{2}:?[0-9]{2})? )
| \b(?P<date> [0-9]{4}-[0-9]{2}-[0-9]{2} )\b
| \b(?P<listed> ((Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\x20+)? (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\x20+[0-9]{1,2}\x20+
      ([0-9]{2}:[0-9]{2}(:[0-9]{2})?|[0-9]{4}) (\x20[A-Z]{3,4})? (\x20[0-9]{4})? (\x20[+-][0-9]{4})? )\b
| \b(?P<hash> [0-9a-f]{40} )\b
| \b(?P<short_hash> [0-9a-f]{7,12} )\b
| (?P<chunk> Chunk\x20ID:\x20[0-9a-f]{6} )\b
| (?P<wall> Wall\x20time:\x20[0-9.]+\x20seconds )
| (?P<tokens> Original\x20token\x20count:\x20[0-9]+ )
| (?P<session> session\x20ID\x20[0-9]+ )
| (?P<session_argument> "session_id":\s*[0-9]+ )
| (?P<unix_key> "[a-z_]+_unix_ms":)\s*[0-9]+
| \b(?P<seconds> [0-9]+\.[0-9]+s )\b
| (?P<zone> <timezone>[\x20-;=-~]*</timezone> )
| (?P<shell> <shell>[\x20-;=-~]*</shell> )
"#;

#[expect(clippy::expect_used, reason = "the pattern is a constant and compiled by a test")]
static PATTERN: LazyLock<Regex> = LazyLock::new(|| Regex::new(VARYING).expect("constant pattern"));

/// Rewrites what differs from run to run. Numbers ids across everything it is given.
#[derive(Clone, Debug, Default)]
pub struct Normaliser {
    labels: HashMap<String, String>,
    counts: HashMap<String, usize>,
    paths: Vec<(String, String)>,
}

impl Normaliser {
    /// One that knows no ids and no paths yet.
    pub fn new() -> Normaliser {
        Normaliser::default()
    }

    /// Replaces a path (and everything below it keeps its tail) by a label such as `<cwd>`. Longer paths win.
    #[must_use]
    pub fn with_path(mut self, path: &str, label: &str) -> Normaliser {
        let path = path.trim_end_matches(['/', '\\']);
        if !path.is_empty() {
            self.paths.push((path.to_owned(), label.to_owned()));
            self.paths.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        }
        self
    }

    /// A text without what differs from run to run: `<uuidv7-1>`, `<time>`, `<date>`, `Chunk ID: <chunk>` and so on.
    pub fn text(&mut self, text: &str) -> String {
        let paths = self.paths.iter().map(|(path, label)| (path.as_str(), label.as_str()));
        let text = replace_paths(text, paths);
        PATTERN.replace_all(&text, |found: &Captures<'_>| self.replacement(found)).into_owned()
    }

    /// A value with every string (and the numbers under `*_unix_ms` and `create_time`) rewritten; keys as well.
    pub fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => {
                let mut out = Map::new();
                for (key, field) in fields {
                    let is_time = field.is_number() && (key.ends_with("_unix_ms") || key == "create_time");
                    let field = if is_time { Value::from("<time>") } else { self.value(field) };
                    out.insert(self.text(key), field);
                }
                Value::Object(out)
            }
            other => other.clone(),
        }
    }

    fn replacement(&mut self, found: &Captures<'_>) -> String {
        if let (Some(id), Some(version)) = (found.name("uuid"), found.name("version")) {
            return self.label(id.as_str(), version.as_str());
        }
        if let Some(key) = found.name("unix_key") {
            return format!("{}\"<time>\"", key.as_str());
        }
        if let Some(hash) = found.name("short_hash") {
            // Numbers and words of these letters stay; an abbreviated hash has both digits and letters.
            let bytes = hash.as_str().as_bytes();
            let mixed = bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic);
            return if mixed { "<hash>" } else { hash.as_str() }.to_owned();
        }
        const FIXED: [(&str, &str); 11] = [
            ("time", "<time>"),
            ("date", "<date>"),
            ("listed", "<date>"),
            ("hash", "<40-hex>"),
            ("chunk", "Chunk ID: <chunk>"),
            ("wall", "Wall time: <wall> seconds"),
            ("tokens", "Original token count: <tokens>"),
            ("session", "session ID <session>"),
            ("session_argument", "\"session_id\":\"<session>\""),
            ("seconds", "<seconds>"),
            ("zone", "<timezone/>"),
        ];
        let fixed = FIXED.iter().find(|(group, _)| found.name(group).is_some());
        fixed.map_or("<shell/>", |(_, label)| label).to_owned()
    }

    fn label(&mut self, id: &str, version: &str) -> String {
        if let Some(label) = self.labels.get(id) {
            return label.clone();
        }
        let count = self.counts.entry(version.to_owned()).or_default();
        *count += 1;
        let label = format!("<uuidv{version}-{count}>");
        self.labels.insert(id.to_owned(), label.clone());
        label
    }
}

/// Replaces paths by what they are paired with, each where it ends there or goes on with a separator, not where it is
/// the prefix of a longer name. Where several begin, the first of the list wins. What was put in is not looked at again.
pub(crate) fn replace_paths<'a>(
    text: &str,
    pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let found = pairs.clone().filter(|(path, _)| !path.is_empty()).filter_map(|(path, label)| {
            let at = find_path(rest, path)?;
            Some((at, path, label))
        });
        // `min_by_key` keeps the first of equals.
        let Some((at, path, label)) = found.min_by_key(|(at, _, _)| *at) else { break };
        out.push_str(&rest[..at]);
        out.push_str(label);
        rest = &rest[at + path.len()..];
    }
    out.push_str(rest);
    out
}

fn find_path(text: &str, path: &str) -> Option<usize> {
    let mut places = text.match_indices(path).map(|(at, _)| at);
    places.find(|at| {
        let mut following = text[at + path.len()..].chars();
        // A dot ends a sentence more often than it continues a name; it continues one when a letter follows it.
        match following.next() {
            Some('.') => !following.next().is_some_and(char::is_alphanumeric),
            Some(next) => !next.is_alphanumeric() && !matches!(next, '_' | '-'),
            None => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    const A: &str = "01976a5b-0c2e-7abc-8def-0123456789ab";
    const B: &str = "01976a5b-0c2e-7abc-8def-0123456789ac";
    const V4: &str = "6c1f1f5e-7a3c-4a52-9a57-0e8f0d1c2b3a";

    #[test]
    fn ids_are_numbered_per_version_in_order_of_appearance() {
        let mut normaliser = Normaliser::new();
        let text = normaliser.text(&format!("{B}:0 msg_{A} {V4} {B}"));
        assert_eq!(text, "<uuidv7-1>:0 msg_<uuidv7-2> <uuidv4-1> <uuidv7-1>");
        assert_eq!(normaliser.text(A), "<uuidv7-2>");
    }

    #[test]
    fn times_and_process_facts_are_named() {
        let check = |text: &str, expected: &str| assert_eq!(Normaliser::new().text(text), expected);
        check("at 2026-11-21T08:43:01.123Z.", "at <time>.");
        check("2026-11-21 08:43:01 +0000", "<time>");
        check("<current_date>2026-11-21</current_date>", "<current_date><date></current_date>");
        check("Nov 21 08:43 a.txt", "<date> a.txt");
        check("Sat Nov 21 09:25:17 UTC 2026", "<date>");
        check("Date:   Sat Nov 21 09:25:17 2026 +0000", "Date:   <date>");
        check("[main 33d215a] 12345678 deadbeef", "[main <hash>] 12345678 deadbeef");
        check("Chunk ID: 9fe3ac\nWall time: 0.0979 seconds", "Chunk ID: <chunk>\nWall time: <wall> seconds");
        check("Original token count: 3", "Original token count: <tokens>");
        check("running with session ID 3737", "running with session ID <session>");
        check(r#"{"session_id":3737,"chars":""}"#, r#"{"session_id":"<session>","chars":""}"#);
        check("finished in 0.02s", "finished in <seconds>");
        check(&"0a".repeat(20), "<40-hex>");
        check("<timezone>Europe/Paris</timezone> <shell>zsh</shell>", "<timezone/> <shell/>");
        check("version 1.2.3 of 10 files", "version 1.2.3 of 10 files");
    }

    #[test]
    fn paths_are_labelled_whole() {
        let mut normaliser =
            Normaliser::new().with_path("/tmp/run", "<cwd>").with_path("/tmp/run/home/", "<home>");
        let text = "/tmp/run/a.txt /tmp/run2 /tmp/run. /tmp/run /tmp/run/home/x /tmp/run.d";
        assert_eq!(normaliser.text(text), "<cwd>/a.txt /tmp/run2 <cwd>. <cwd> <home>/x /tmp/run.d");
    }

    #[test]
    fn a_path_put_in_is_not_replaced_again() {
        let swap = [("/a", "/b"), ("/b", "/a"), ("", "x")];
        assert_eq!(replace_paths("/a /b /a/c", swap.into_iter()), "/b /a /b/c");
    }

    #[test]
    fn values_are_rewritten_throughout() {
        let body = json!({
            "input": [{ "id": format!("msg_{A}"), "create_time": 1.5 }],
            "metadata": format!(r#"{{"turn_started_at_unix_ms":1795240000000,"turn_id":"{A}"}}"#),
            "turn_started_at_unix_ms": 1_795_240_000_000_u64,
            "count": 3,
        });
        let expected = json!({
            "input": [{ "id": "msg_<uuidv7-1>", "create_time": "<time>" }],
            "metadata": r#"{"turn_started_at_unix_ms":"<time>","turn_id":"<uuidv7-1>"}"#,
            "turn_started_at_unix_ms": "<time>",
            "count": 3,
        });
        assert_eq!(Normaliser::new().value(&body), expected);
    }
}
