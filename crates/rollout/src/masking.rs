//! Secrets in lines that are about to be written: which strings of a line may change, and which must stay so that the
//! thread can be read and resumed. Invariant: a line stays one line of JSON with the same keys, numbers and ids.

use codex_secrets::{Place, Secrets};

/// Keys whose values name things, and what stands below them. Paths and file names are among them: a thread must find
/// its folder again.
const KEPT: [&str; 26] = [
    "active_permission_profile",
    "branch",
    "cwd",
    "effort",
    "encrypted_content",
    "file_system_sandbox_policy",
    "history_mode",
    "id",
    "image_url",
    "internal_chat_message_metadata_passthrough",
    "kind",
    "metadata",
    "mode",
    "model",
    "model_provider",
    "name",
    "namespace",
    "path",
    "paths",
    "permission_profile",
    "phase",
    "role",
    "sandbox_policy",
    "status",
    "type",
    "workdir",
];

/// Endings of such keys.
const KEPT_ENDINGS: [&str; 9] =
    ["_at", "_hash", "_id", "_ids", "_kind", "_path", "_paths", "_policy", "_roots"];

/// What the reasoning of other services begins with, where it is kept to be sent back unchanged (`docs/formats.md`).
const OWN_REASONING: &str = "\"encrypted_content\":\"codex:";

/// The first line says what a thread is; only its instructions are prose.
const META_HEAD: &[u8] = b"\"type\":\"session_meta\",";
const HEAD_BYTES_MAX: usize = 96;

/// Replaces secrets in the lines of a buffer; every line ends with a newline.
pub(crate) fn mask_lines(buf: &mut Vec<u8>, secrets: &Secrets) {
    if secrets.is_empty() {
        return;
    }
    let masked: Vec<(usize, usize, String)> = lines(buf)
        .filter_map(|(start, end)| {
            let line = buf.get(start..end)?;
            Some((start, end, masked(line, secrets)?))
        })
        .collect();
    for (start, end, line) in masked.into_iter().rev() {
        buf.splice(start..end, line.into_bytes());
    }
}

/// Where the lines of a buffer are, without their newlines.
fn lines(buf: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    buf.split_inclusive(|byte| *byte == b'\n').map(move |line| {
        let place = (start, start + line.len() - usize::from(line.ends_with(b"\n")));
        start += line.len();
        place
    })
}

fn masked(line: &[u8], secrets: &Secrets) -> Option<String> {
    let head = &line[..line.len().min(HEAD_BYTES_MAX)];
    let is_meta = head.windows(META_HEAD.len()).any(|part| part == META_HEAD);
    let has_own = std::str::from_utf8(line).is_ok_and(|line| line.contains(OWN_REASONING));
    let line = secrets.mask_json_line(line, &|place| keeps(place, is_meta, has_own))?;
    // A service takes its reasoning back as it was or not at all.
    Some(if has_own { without_own_reasoning(&line) } else { line })
}

/// Whether a string must stay as it is.
fn keeps(place: &Place<'_>, is_meta: bool, has_own: bool) -> bool {
    let Some((first, keys)) = place.keys.split_first() else { return true };
    if *first != "payload" || (is_meta && !keys.contains(&"base_instructions")) {
        return true;
    }
    let names = |key: &&str| {
        (KEPT.contains(key) && !(has_own && *key == "encrypted_content"))
            || KEPT_ENDINGS.iter().any(|ending| key.ends_with(ending))
    };
    keys.iter().any(names)
}

/// The line with `null` for everything that is kept for other services.
fn without_own_reasoning(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(OWN_REASONING) {
        let value = at + OWN_REASONING.len() - "\"codex:".len();
        let end = closing_quote(rest.as_bytes(), value + 1);
        out.push_str(rest.get(..value).unwrap_or_default());
        out.push_str("null");
        rest = rest.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Behind the quote that ends the string whose content begins at `at`.
fn closing_quote(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const KEY: &str = "sk-live-4f9A0bC1dE2fG3hI4jK5lM6n";

    #[track_caller]
    fn check(lines: &str, expected: &str) {
        let secrets = Secrets::from_env([("DEPLOY_KEY", KEY)]);
        let mut buf = lines.replace("KEY", KEY).into_bytes();
        mask_lines(&mut buf, &secrets);
        let expected = expected.replace("HIDDEN", "[secret:DEPLOY_KEY]").replace("KEY", KEY);
        let expected = expected.replace(&format!("[secret:DEPLOY_{KEY}]"), "[secret:DEPLOY_KEY]");
        assert_eq!(String::from_utf8(buf).unwrap(), expected);
    }

    // threat 34
    #[test]
    fn words_are_masked_and_what_names_things_stays() {
        check(
            "\n{\"timestamp\":\"t\",\"ordinal\":1,\"type\":\"response_item\",\"payload\":{\"type\":\"function_call_output\",\
             \"id\":\"KEY\",\"call_id\":\"KEY\",\"output\":\"n=1.0e5 KEY\"},\"metadata\":{\"x\":\"KEY\"}}\n{\"type\":\"event_msg\",\
             \"payload\":{\"type\":\"item_completed\",\"item\":{\"changes\":{\"KEY\":{\"unified_diff\":\"+KEY\"}},\"cwd\":\"/KEY\"}}}\n",
            "\n{\"timestamp\":\"t\",\"ordinal\":1,\"type\":\"response_item\",\"payload\":{\"type\":\"function_call_output\",\
             \"id\":\"KEY\",\"call_id\":\"KEY\",\"output\":\"n=1.0e5 HIDDEN\"},\"metadata\":{\"x\":\"KEY\"}}\n{\"type\":\"event_msg\",\
             \"payload\":{\"type\":\"item_completed\",\"item\":{\"changes\":{\"KEY\":{\"unified_diff\":\"+HIDDEN\"}},\"cwd\":\"/KEY\"}}}\n",
        );
    }

    #[test]
    fn of_the_first_line_only_the_instructions_change() {
        check(
            "{\"timestamp\":\"t\",\"type\":\"session_meta\",\"payload\":{\"cwd\":\"/KEY\",\"originator\":\"KEY\",\
             \"base_instructions\":{\"text\":\"say KEY\"}}}\n",
            "{\"timestamp\":\"t\",\"type\":\"session_meta\",\"payload\":{\"cwd\":\"/KEY\",\"originator\":\"KEY\",\
             \"base_instructions\":{\"text\":\"say HIDDEN\"}}}\n",
        );
    }

    #[test]
    fn reasoning_that_must_go_back_unchanged_does_not_go_back_at_all() {
        check(
            "{\"type\":\"response_item\",\"payload\":{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"KEY\"}],\
             \"encrypted_content\":\"codex:messages:thinking:si\\\"g==\",\"x\":1}}\n",
            "{\"type\":\"response_item\",\"payload\":{\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"HIDDEN\"}],\
             \"encrypted_content\":null,\"x\":1}}\n",
        );
        // Only in what is kept.
        check(
            "{\"payload\":{\"encrypted_content\":\"codex:chat:reasoning:[{\\\"text\\\":\\\"KEY\\\"}]\"}}\n",
            "{\"payload\":{\"encrypted_content\":null}}\n",
        );
        let other = "{\"payload\":{\"encrypted_content\":\"gAAAA-KEY\"}}\n";
        check(other, other);
    }
}
