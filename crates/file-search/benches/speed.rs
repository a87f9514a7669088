//! How long a folder of 100,000 files takes: the walk, the first answer, and every key of a query.
//! `cargo bench -p codex-file-search`

use std::io::Write as _;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use codex_file_search::{FileSearch, Found};

const FOLDERS: usize = 1_000;
const FILES: usize = 100;
const ANSWERS_MAX: usize = 10_000;
const WORDS: &[&str] = &["alpha", "router", "session", "widget", "parser", "config", "handler", "index"];

fn main() -> std::io::Result<()> {
    let dir = tempfile::tempdir()?;
    for folder in 0..FOLDERS {
        let path = dir.path().join(format!("src/{}/{}{folder}", WORDS[folder % 8], WORDS[folder / 8 % 8]));
        std::fs::create_dir_all(&path)?;
        for file in 0..FILES {
            std::fs::write(path.join(format!("{}_{}_{file}.rs", WORDS[file % 8], WORDS[file / 8 % 8])), "")?;
        }
    }
    let mut out = std::io::stdout();
    let (tell, told) = mpsc::sync_channel(ANSWERS_MAX);
    let begun = Instant::now();
    let search = FileSearch::start(dir.path().to_path_buf(), move |found| {
        // The reader is gone at the end.
        let _ = tell.send((Instant::now(), found));
    })?;
    search.ask("");
    let (first, _) = told.recv().map_err(std::io::Error::other)?;
    let complete = until(&told, |found| found.complete);
    writeln!(out, "first answer {:?}, walk and last answer {:?}", first - begun, complete.0 - begun)?;
    for query in
        ["s", "se", "ses", "sess", "sessr", "sessro", "sessrow99", "", "widget parser", "a", "zz", "r"]
    {
        let asked = Instant::now();
        search.ask(query);
        let (at, found) = until(&told, |found| found.query == query);
        let last =
            if found.complete { at } else { until(&told, |found| found.complete && found.query == query).0 };
        let best = found.matches.first().map_or("-", |best| best.path.as_str());
        writeln!(out, "{query:>14}: first {:>9.1?}, last {:>9.1?}, {best}", at - asked, last - asked)?;
    }
    search.stop();
    Ok(())
}

fn until(told: &mpsc::Receiver<(Instant, Found)>, wanted: impl Fn(&Found) -> bool) -> (Instant, Found) {
    loop {
        if let Ok((at, found)) = told.recv_timeout(Duration::from_secs(60))
            && wanted(&found)
        {
            return (at, found);
        }
    }
}
