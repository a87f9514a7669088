//! What is mounted over the frozen file system and the writable roots, in which order.
//! Invariant: parents come before children, so a later mount is never hidden by an earlier one; nothing stands below a
//! denied path.

use super::orders::{Layer, Layering, Place};
use super::program::path_text;
use super::territory::{Existing, Territory};
use crate::SpawnError;

/// The mounts of a territory whose protected paths are `covers`.
pub(crate) fn layers(territory: &Territory, covers: &[Existing]) -> Result<Vec<Layer>, SpawnError> {
    let pins = territory.pins(covers)?;
    let mut all = Vec::new();
    for pin in &pins {
        all.push((pin.path.as_path(), pin.id, Layering::Pin));
    }
    for cover in covers {
        all.push((cover.path.as_path(), cover.id, Layering::Cover));
    }
    for (index, root) in territory.reopened(covers).enumerate() {
        all.push((root.path.as_path(), root.id, Layering::Reopen(index)));
    }
    for denied in territory.denied.iter().chain(&territory.hidden) {
        let kind = if denied.is_folder { Layering::MaskFolder } else { Layering::MaskFile };
        all.push((denied.path.as_path(), denied.id, kind));
    }
    // Stable: a pin of a folder comes before anything else on it.
    all.sort_by(|a, b| a.0.cmp(b.0));
    let layer = |(path, id, kind)| {
        let place = Place { path: path_text(path)?, id };
        Ok::<_, SpawnError>(Layer { place, kind })
    };
    all.into_iter().map(layer).collect()
}
