//! Which of our own files a limited command could reach. Reads folders only; protecting them is the sandbox's work.

use std::fs;
use std::path::{Path, PathBuf};

/// The home folder, when it lies in a writable root. If a root lies in the home folder (somebody works on it), what
/// is there now is named piece by piece, but for the way to that root.
pub fn own_places(codex_home: &Path, roots: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(home) = fs::canonicalize(codex_home) else { return Vec::new() };
    let roots: Vec<PathBuf> = roots.iter().filter_map(|root| fs::canonicalize(root).ok()).collect();
    if !roots.iter().any(|root| home.starts_with(root) || root.starts_with(&home)) {
        return Vec::new();
    }
    if !roots.iter().any(|root| root.starts_with(&home)) {
        return vec![home];
    }
    let entries = fs::read_dir(&home).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut places: Vec<PathBuf> =
        entries.filter(|entry| !roots.iter().any(|root| root.starts_with(entry))).collect();
    places.sort();
    places
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_home_is_named_whole_or_around_a_root_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(dir.path()).unwrap();
        let home = base.join("home");
        for folder in ["home/rules", "home/work/tree", "elsewhere"] {
            fs::create_dir_all(base.join(folder)).unwrap();
        }
        fs::write(home.join("config.toml"), "").unwrap();
        let places = |root: PathBuf| own_places(&home, &[base.join("elsewhere"), root]);
        assert_eq!(places(base.join("missing")), Vec::<PathBuf>::new());
        assert_eq!(places(base.clone()), std::slice::from_ref(&home));
        assert_eq!(places(home.join("work/tree")), [home.join("config.toml"), home.join("rules")]);
        let all = [home.join("config.toml"), home.join("rules"), home.join("work")];
        assert_eq!(places(home.clone()), all);
        assert_eq!(own_places(&base.join("no"), std::slice::from_ref(&base)), Vec::<PathBuf>::new());
    }
}
