//! Text of models and tools on its way to the terminal: whatever it holds, only our own sequences come out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use codex_core::SavedThread;
use codex_protocol::{ErrorInfo, Event, FileChange, FileChangeItem, ItemId, ItemStatus, TurnError, TurnItem};
use proptest::prelude::*;

use super::bench::{Bench, command, ended, reply, turn_id};
use super::pickers::run;
use super::saved::{FIRST, first, saved};
use crate::app::Output;
use crate::picture::{Canvas, PLACEHOLDER, Protocol};
use crate::screen::Colours;
use crate::state::Mode;
use crate::terminal::ENTER_PAGE;

/// What a terminal would obey, between harmless words.
fn evil() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\u{1b}]52;c;aGk=\u{7}".to_owned()),
        Just("\u{1b}]0;owned\u{1b}\\".to_owned()),
        Just("\u{1b}[2J\u{1b}[H".to_owned()),
        Just("\u{1b}[201~".to_owned()),
        Just("\u{1b}[?1049l".to_owned()),
        Just("\u{1b}Pq#0\u{1b}\\".to_owned()),
        Just("\u{9b}31m\u{9d}0;x\u{9c}\u{90}q".to_owned()),
        Just("\u{202e}gnirts\u{2066}\u{200f}".to_owned()),
        Just("\r\u{8}\u{7}\u{0}\u{b}\u{7f}".to_owned()),
        Just("[link](https://a.b/\u{1b}]52;c;aGk=\u{7})".to_owned()),
        Just("`code\u{1b}[5m` **bold\u{1b}c**\n\n```sh\necho \u{1b}]2;x\u{7}\n```\n".to_owned()),
        Just("\u{1b}_Ga=d\u{1b}\\\u{10eeee}\u{305}\u{30d}".to_owned()),
        "[ a-z\\n]{0,12}",
        any::<String>(),
    ];
    proptest::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

/// The final byte or kind of every escape sequence, and every other control character.
fn sequences(bytes: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(at) =
        rest.find(|c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    {
        rest = &rest[at..];
        if let Some(body) = rest.strip_prefix("\u{1b}[") {
            let end = body.find(|c: char| ('@'..='~').contains(&c)).map_or(body.len(), |end| end + 1);
            found.push(format!("CSI {}", &body[..end]));
            rest = &body[end..];
        } else if let Some(body) = rest.strip_prefix("\u{1b}]") {
            let end = body.find("\u{1b}\\").unwrap_or(body.len());
            found.push(format!("OSC {}", &body[..end]));
            rest = body.get(end + 2..).unwrap_or_default();
        } else if let Some(body) = rest.strip_prefix("\u{1b}_") {
            let end = body.find("\u{1b}\\").unwrap_or(body.len());
            found.push(format!("APC {}", &body[..end]));
            rest = body.get(end + 2..).unwrap_or_default();
        } else {
            let c = rest.chars().next().unwrap();
            found.push(format!("{c:?}"));
            rest = &rest[c.len_utf8()..];
        }
    }
    found
}

/// Sequences this program writes by itself.
fn is_ours(sequence: &str) -> bool {
    if let Some(csi) = sequence.strip_prefix("CSI ") {
        let (parameters, end) = csi.split_at(csi.len() - 1);
        let modes = ["?2026", "?7", "?25"];
        return match end {
            "h" | "l" => modes.contains(&parameters),
            "J" => parameters.is_empty() || parameters == "2" || parameters == "3",
            "m" | "H" | "K" | "A" | "B" | "C" | "D" | "G" | "S" | "r" | "L" | "M" | "P" | "@" | "X" => true,
            _ => false,
        };
    }
    if let Some(osc) = sequence.strip_prefix("OSC ") {
        return osc.starts_with("0;demo")
            || osc.starts_with("0;") && osc.ends_with("demo")
            || osc.starts_with("7501;state=")
            || osc.starts_with("8;");
    }
    // The one image of the test.
    if let Some(apc) = sequence.strip_prefix("APC Ga=T,f=100,U=1,q=2,i=16777217,c=1,r=1,m=0;") {
        return apc.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c));
    }
    matches!(sequence, "'\\r'" | "'\\n'")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    // threat 36
    #[test]
    fn only_our_own_sequences_reach_the_terminal(texts in proptest::collection::vec(evil(), 1..5)) {
        for mode in [Mode::Fullscreen, Mode::Inline] {
            let mut bench = Bench::open(mode, 70, 24);
            let mut output = Output::new(mode, Colours::On);
            bench.state.around.gallery.canvas = Canvas::new(Protocol::Kitty, None, 0);
            bench.say("go");
            super::pictures::look(&mut bench);
            let mut bytes = String::new();
            for (n, text) in texts.iter().enumerate() {
                bench.delta(&format!("s{n}"), text);
                bytes.push_str(&output.render(&mut bench.state));
                bench.done(reply(&format!("s{n}"), text));
                bench.done(TurnItem::CommandExecution(ended(command(&format!("c{n}"), text), text, 1)));
                bytes.push_str(&output.render(&mut bench.state));
            }
            bench.press("ctrl-t");
            // The pager of inline mode begins with these modes, once.
            bytes.push_str(&output.render(&mut bench.state).replacen(ENTER_PAGE, "", 1));
            prop_assert_eq!(bytes.matches("\u{1b}_G").count(), 1);
            // Only the image's own cells, however often they are drawn, are placeholders.
            let cells = bytes.matches(PLACEHOLDER).count();
            prop_assert_eq!(bytes.matches("\u{10eeee}\u{305}\u{305}\u{30d}").count(), cells);
            for sequence in sequences(&bytes) {
                prop_assert!(is_ours(&sequence), "{sequence:?} in {mode:?}");
            }
        }
    }
}

/// A patch of a file of this name, with this content.
fn patched(id: &str, text: &str) -> TurnItem {
    let path = PathBuf::from(format!("/h/code/demo/{text}"));
    let change = FileChange::Add { content: text.to_owned() };
    TurnItem::FileChange(FileChangeItem {
        id: ItemId::new(id),
        changes: BTreeMap::from([(path, change)]),
        status: ItemStatus::Completed,
        stdout: text.to_owned(),
        stderr: text.to_owned(),
    })
}

/// A saved thread of this name, in a folder and on a branch of this name.
fn kept(name: &str) -> SavedThread {
    let cwd = PathBuf::from(format!("/h/{name}"));
    SavedThread { cwd, branch: Some(name.to_owned()), ..saved(1, Some(name), Some(name), 5) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    // threat 36
    #[test]
    fn nor_do_names_of_files_and_threads_or_errors_of_servers(text in evil()) {
        for mode in [Mode::Fullscreen, Mode::Inline] {
            let mut bench = Bench::open(mode, 70, 24);
            let mut output = Output::new(mode, Colours::On);
            let mut bytes = String::new();
            bench.say("go");
            bench.done(patched("p1", &text));
            bench.event(Event::Warning { message: text.clone() });
            bench.event(Event::Renamed { name: text.clone() });
            bench.event(Event::Refused { message: text.clone() });
            bytes.push_str(&output.render(&mut bench.state));
            let error = TurnError {
                message: text.clone(),
                codex_error_info: ErrorInfo::Other,
                hint: Some(text.clone()),
            };
            bench.event(Event::TurnFailed { turn_id: turn_id(), error });
            bytes.push_str(&output.render(&mut bench.state));
            run(&mut bench, "/resume");
            bench.tell(first(FIRST, vec![kept(&text)]));
            bytes.push_str(&output.render(&mut bench.state).replacen(ENTER_PAGE, "", 1));
            for sequence in sequences(&bytes) {
                // The title may tell the thread's name.
                let title = sequence.strip_prefix("OSC 0;").is_some_and(|name| !name.contains(char::is_control));
                prop_assert!(title || is_ours(&sequence), "{sequence:?} in {mode:?}");
            }
        }
    }
}
