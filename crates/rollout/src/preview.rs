//! What a thread is about, for lists: the first thing a person said in it. Reads the beginning of files only.

use std::io::{BufRead as _, BufReader, Read as _};

use codex_protocol::{TurnItem, UserInput};

use crate::ThreadFile;
use crate::find::find_part;
use crate::layout::Layout;
use crate::load::read_meta;
use crate::transcript::visible_item;
use crate::unpack::open_start;

/// How far into a file is looked.
const LOOK_BYTES_MAX: u64 = 256 * 1024;
/// How many files a thread's history is followed through.
const FILES_MAX: usize = 32;

/// The first prompt, the history a thread was begun with included.
pub(crate) fn first_prompt(layout: &Layout, file: &ThreadFile) -> Option<String> {
    let mut chain = vec![(file.clone(), LOOK_BYTES_MAX)];
    while chain.len() < FILES_MAX {
        let (newest, _) = chain.last()?;
        let Some(base) = read_meta(newest).ok().and_then(|meta| meta.history_base) else { break };
        let Some(source) = find_part(layout, base.thread_id) else { break };
        chain.push((source, base.end_byte_offset.min(LOOK_BYTES_MAX)));
    }
    chain.iter().rev().find_map(|(file, bytes)| prompt_in(file, *bytes))
}

fn prompt_in(file: &ThreadFile, bytes_max: u64) -> Option<String> {
    let mut lines = BufReader::new(open_start(file).ok()?.take(bytes_max));
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let item = visible_item(&line).map(|shown| shown.item);
        if let Some(TurnItem::EnteredReviewMode(review)) = &item {
            return Some(format!("Review: {}", review.target.hint()));
        }
        if let Some(TurnItem::UserMessage(message)) = item {
            let texts = message.content.iter().filter_map(|piece| match piece {
                UserInput::Text { text, .. } => Some(text.as_str()),
                UserInput::LocalImage { .. } | UserInput::Image { .. } | UserInput::Other => None,
            });
            return Some(texts.collect::<Vec<_>>().join(" "));
        }
    }
}
