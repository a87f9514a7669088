//! From the words of a script to places on disk: variables, the home folder, wildcards. Reads folders; follows links the
//! way the shell would, but a place that is itself a link stays one.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use codex_shell_syntax::{Folder, Pattern, Piece};

/// Places one word may name; more are cut, and said to be.
const PLACES_MAX: usize = 20_000;

/// Where a script would run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground<'a> {
    /// The folder it starts in.
    pub(crate) cwd: &'a Path,
    /// The person's home folder.
    pub(crate) home: Option<&'a Path>,
    /// The environment it gets.
    pub(crate) environment: &'a [(std::ffi::OsString, std::ffi::OsString)],
}

/// What a word names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// These, if they exist. Absolute.
    Places(Vec<PathBuf>),
    /// It cannot be known before the script runs.
    Unknown,
}

/// A character of a word, and whether it is a wildcard.
type Sign = (char, bool);

impl Ground<'_> {
    /// The places a word names.
    pub(crate) fn places(&self, word: &Pattern, folder: &Folder) -> Named {
        let Some(folder) = self.folder(folder) else { return Named::Unknown };
        let Some(signs) = self.signs(word) else { return Named::Unknown };
        let mut parts: Vec<Vec<Sign>> = signs.split(|(c, _)| *c == '/').map(<[Sign]>::to_vec).collect();
        let is_absolute = signs.first().is_some_and(|(c, _)| *c == '/');
        let mut places = vec![if is_absolute { PathBuf::from("/") } else { folder }];
        parts.retain(|part| !part.is_empty());
        for part in parts {
            let has_wildcard = part.iter().any(|(_, wild)| *wild);
            places = match has_wildcard {
                false => {
                    let name: String = part.iter().map(|(c, _)| *c).collect();
                    places.iter().map(|place| place.join(&name)).collect()
                }
                true => places.iter().flat_map(|place| matching(place, &part)).take(PLACES_MAX).collect(),
            };
        }
        Named::Places(places.into_iter().filter_map(|place| settled(&place)).collect())
    }

    /// The folder a command runs in.
    pub(crate) fn folder(&self, folder: &Folder) -> Option<PathBuf> {
        let Folder::Known(steps) = folder else { return None };
        let mut at = self.cwd.to_path_buf();
        for step in steps {
            let signs = self.signs(step)?;
            if signs.iter().any(|(_, wild)| *wild) {
                return None;
            }
            at.push(signs.iter().map(|(c, _)| *c).collect::<String>());
        }
        Some(at)
    }

    /// The word with what the environment puts in.
    fn signs(&self, word: &Pattern) -> Option<Vec<Sign>> {
        let mut signs = Vec::new();
        for piece in &word.pieces {
            match piece {
                Piece::Text(text) => signs.extend(text.chars().map(|c| (c, false))),
                Piece::Wildcard(text) => signs.extend(text.chars().map(|c| (c, true))),
                Piece::Home => signs.extend(self.home?.to_str()?.chars().map(|c| (c, false))),
                Piece::Variable(name) => {
                    let (_, value) = self.environment.iter().find(|(known, _)| known == OsStr::new(name))?;
                    signs.extend(value.to_str()?.chars().map(|c| (c, false)));
                }
                Piece::Unknown => return None,
            }
        }
        Some(signs)
    }
}

/// Entries of a folder whose names fit.
fn matching(folder: &Path, part: &[Sign]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(PLACES_MAX);
    let fits = |name: &str| {
        // Hidden names fit only a pattern that begins with a dot.
        let hidden = name.starts_with('.') && part.first() != Some(&('.', false));
        let name: Vec<char> = name.chars().collect();
        !hidden && fits(part, &name)
    };
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(fits))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// Whether a name fits a pattern of `*`, `?` and `[..]`; a bracket without an end is itself.
pub(crate) fn fits(part: &[Sign], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match part.get(p) {
            Some(('*', true)) => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            None if n == name.len() => return true,
            Some(('?', true)) if n < name.len() => Some(1),
            Some(('[', true)) if n < name.len() => bracket(&part[p..], name[n]),
            Some((c, _)) if n < name.len() && *c == name[n] => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(step), _) => {
                p += step;
                n += 1;
            }
            (None, Some((star_p, star_n))) if star_n < name.len() => {
                p = star_p + 1;
                n = star_n + 1;
                star = Some((star_p, star_n + 1));
            }
            (None, _) => return false,
        }
    }
}

/// How long a fitting bracket expression is.
fn bracket(part: &[Sign], c: char) -> Option<usize> {
    let body = part.iter().skip(2).position(|(c, _)| *c == ']').map(|at| at + 2);
    let Some(end) = body else { return (c == '[').then_some(1) };
    let inner = &part[1..end];
    let (negated, inner) = match inner.first() {
        Some(('!' | '^', _)) => (true, &inner[1..]),
        _ => (false, inner),
    };
    let mut found = false;
    let mut at = 0;
    while let Some((low, _)) = inner.get(at) {
        match (inner.get(at + 1), inner.get(at + 2)) {
            (Some(('-', _)), Some((high, _))) => {
                found |= (*low..=*high).contains(&c);
                at += 3;
            }
            _ => {
                found |= *low == c;
                at += 1;
            }
        }
    }
    (found != negated).then_some(end + 1)
}

/// The place without `..` and links on the way; what it names itself is not followed. `None` when it is not there.
fn settled(place: &Path) -> Option<PathBuf> {
    let last = place.components().next_back()?;
    match last {
        Component::Normal(name) => {
            let settled = fs::canonicalize(place.parent()?).ok()?.join(name);
            settled.symlink_metadata().ok().map(|_| settled)
        }
        _ => fs::canonicalize(place).ok(),
    }
}
