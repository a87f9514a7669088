//! Which parts of a folder may be granted when some of its paths may not. Pure.
//! Invariant: a path that is left out, and everything below it, is in no part that is whole.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// How much of a path may be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// Some of it: what is left out lies below.
    Cut,
    /// Nothing: it is left out.
    Out,
}

/// Paths that are left out, in the order in which folders are walked.
#[derive(Debug, Default)]
pub(crate) struct Carving {
    out: HashSet<PathBuf>,
    /// Of each folder that leads to one: the names that do, and those that are one.
    names: HashMap<PathBuf, HashMap<OsString, Part>>,
}

impl Carving {
    /// Leaves these paths out.
    pub(crate) fn new(left_out: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut carving = Self::default();
        for path in left_out {
            for (above, part) in
                path.ancestors().zip([Part::Out].into_iter().chain(std::iter::repeat(Part::Cut)))
            {
                let (Some(folder), Some(name)) = (above.parent(), above.file_name()) else { break };
                let names = carving.names.entry(folder.to_path_buf()).or_default();
                let known = names.entry(name.to_owned()).or_insert(part);
                if part == Part::Out {
                    *known = Part::Out;
                }
            }
            carving.out.insert(path);
        }
        carving
    }

    /// How much of a path may be granted, where nothing above it is left out.
    pub(crate) fn part(&self, path: &Path) -> Part {
        if self.out.contains(path) {
            Part::Out
        } else if self.names.contains_key(path) {
            Part::Cut
        } else {
            Part::Whole
        }
    }

    /// The same for an entry of a folder.
    pub(crate) fn part_inside(&self, folder: &Path, name: &OsStr) -> Part {
        self.names.get(folder).and_then(|names| names.get(name)).copied().unwrap_or(Part::Whole)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn what_leads_to_a_path_is_cut_and_the_path_is_out() {
        let carving = Carving::new(["/w/.git", "/w/a/b", "/w/a/b/c", "/proc"].map(PathBuf::from));
        for (path, part) in [
            ("/", Part::Cut),
            ("/w", Part::Cut),
            ("/w/.git", Part::Out),
            ("/w/.gitignore", Part::Whole),
            ("/w/a", Part::Cut),
            ("/w/a/b", Part::Out),
            ("/w/a/bb", Part::Whole),
            ("/wide", Part::Whole),
            ("/proc", Part::Out),
        ] {
            assert_eq!(carving.part(Path::new(path)), part, "{path}");
            if let (Some(folder), Some(name)) = (Path::new(path).parent(), Path::new(path).file_name()) {
                assert_eq!(carving.part_inside(folder, name), part, "{path}");
            }
        }
    }

    #[test]
    fn the_order_of_the_paths_does_not_matter() {
        for order in [["/w/a/b", "/w/a"], ["/w/a", "/w/a/b"]] {
            let carving = Carving::new(order.map(PathBuf::from));
            assert_eq!(carving.part_inside(Path::new("/w"), OsStr::new("a")), Part::Out);
        }
    }
}
