//! Folders whose content is made again by the tool that made it: caches, build output, fetched packages. Their files are
//! neither counted nor copied.

use std::path::Path;

/// What the file of a cache folder begins with (the Cache Directory Tagging Specification).
const SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";

/// Folders that package managers and interpreters fill, by name.
const NAMES: [&str; 6] =
    ["node_modules", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".gradle"];

/// Whether a folder is such a one: by its name, or by the tag file that cargo, ccache and others put there.
pub fn is_regenerable(folder: &Path) -> bool {
    let named = folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| NAMES.contains(&name));
    named || is_tagged(folder)
}

fn is_tagged(folder: &Path) -> bool {
    let tag = folder.join("CACHEDIR.TAG");
    // A repository at this place would make a tag in it a trap.
    tag.symlink_metadata().is_ok_and(|meta| meta.is_file() && meta.len() < 64 * 1024)
        && folder.join(".git").symlink_metadata().is_err()
        && codex_stdx::read_regular(&tag, 64 * 1024).is_ok_and(|text| text.starts_with(SIGNATURE))
}
