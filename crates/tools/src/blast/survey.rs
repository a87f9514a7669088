//! Counting what would go: places on disk, whose files they are, and whether that is too much. Blocking, bounded in
//! entries and time. Invariant: what could not be counted to its end is too much.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use codex_checkpoint::{GitIndex, Walk, WalkLimit, is_regenerable};
use codex_protocol::{Fate, Loss, Losses};
use codex_shell_syntax::{Action, Effect, EntryKind, FindFilter, Folder, Pattern};

use super::places::{Ground, Named, fits};
use super::{BlastLimits, Provenance};

/// Entries looked at, whatever the limits.
const ENTRIES_MAX: usize = 100_000;
/// The time a survey has.
const TIME_MAX: Duration = Duration::from_millis(700);
/// Places that are listed; the others are counted.
const LISTED_MAX: usize = 500;

/// Everything a survey needs to know.
pub(crate) struct Survey<'a> {
    pub(crate) ground: Ground<'a>,
    /// Folders that belong to the work: what is in them may be lost up to the limits.
    pub(crate) workspace: Vec<PathBuf>,
    /// Folders that can be written at all; `None`: everywhere.
    pub(crate) reach: Option<Vec<PathBuf>>,
    pub(crate) provenance: &'a Provenance,
    /// Whether a file was there when the thread began.
    pub(crate) was_there: &'a (dyn Fn(&Path) -> bool + Sync),
    /// Whether an earlier life of the thread made it.
    pub(crate) made_before: &'a (dyn Fn(&Path, &Metadata) -> bool + Sync),
    pub(crate) limits: BlastLimits,
}

/// What was counted.
#[derive(Debug)]
struct Count {
    losses: Losses,
    deadline: Instant,
    entries: usize,
    indexes: Vec<GitIndex>,
    /// Something outside of the workspace that no repository has.
    outside: bool,
}

/// What a survey found, and why it is too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// What would go.
    pub(crate) losses: Losses,
    /// Why a person is asked; `None`: it may go.
    pub(crate) reason: Option<String>,
}

impl Survey<'_> {
    /// Counts what these effects would take away. `cleaned` is what `git clean` says, for each of its effects in order.
    pub(crate) fn of_script(
        &self,
        effects: &[Effect],
        cleaned: &[Option<Vec<PathBuf>>],
        complete: bool,
    ) -> Found {
        let mut count = Count::new();
        let mut cleaned = cleaned.iter();
        let mut unknown = false;
        for effect in effects {
            if let Action::GitClean(_) = effect.action {
                match cleaned.next().and_then(Option::as_ref) {
                    Some(places) => {
                        places
                            .iter()
                            .for_each(|place| self.take(&mut count, place, Fate::Removed, Depth::Tree));
                    }
                    None => unknown = true,
                }
                continue;
            }
            unknown |= !self.effect(&mut count, effect);
        }
        // Within a sandbox only the roots can be hit, and what is lost there can be brought back.
        let blind = self.reach.is_none() && (unknown || (!complete && !effects.is_empty()));
        self.judged(count, blind || (unknown && has_clean(effects)))
    }

    /// Counts files that a patch removes or writes over.
    pub(crate) fn of_files(&self, files: &[(PathBuf, Fate)]) -> Found {
        let mut count = Count::new();
        for (path, fate) in files {
            self.take(&mut count, path, *fate, Depth::File);
        }
        self.judged(count, false)
    }

    fn judged(&self, count: Count, blind: bool) -> Found {
        let Count { mut losses, outside, .. } = count;
        let many = losses.files > self.limits.files_max || losses.bytes > self.limits.bytes_max;
        losses.unknown = blind;
        let reason = if outside {
            Some(
                "It would delete or write over files outside of the workspace that no repository has."
                    .to_owned(),
            )
        } else if many || !losses.counted {
            Some(format!("It would delete or write over {} that this thread did not make.", losses.amount()))
        } else if blind {
            Some("What it would delete is known only when it runs.".to_owned())
        } else {
            None
        };
        Found { losses, reason }
    }

    /// Whether all its targets are known.
    fn effect(&self, count: &mut Count, effect: &Effect) -> bool {
        let Effect { action, targets, folder } = effect;
        match action {
            Action::Remove => self.each(count, targets, folder, Fate::Removed, Depth::File),
            Action::RemoveTrees => self.each(count, targets, folder, Fate::Removed, Depth::Tree),
            Action::Overwrite => {
                // What is written to an unknown place is most often made there.
                self.each(count, targets, folder, Fate::Overwritten, Depth::File);
                true
            }
            Action::Place { trees } => {
                self.place(count, targets, folder, *trees);
                true
            }
            Action::Find(filter) => self.each(count, targets, folder, Fate::Removed, Depth::Found(filter)),
            Action::GitDiscard => self.discard(count, targets, folder),
            Action::GitClean(_) => true,
        }
    }

    fn each(
        &self,
        count: &mut Count,
        targets: &[Pattern],
        folder: &Folder,
        fate: Fate,
        depth: Depth<'_>,
    ) -> bool {
        let mut known = true;
        for target in targets {
            match self.ground.places(target, folder) {
                Named::Places(places) => places.iter().for_each(|place| self.take(count, place, fate, depth)),
                Named::Unknown => known = false,
            }
        }
        known
    }

    /// `cp` and `mv`: what has the name of a source at the destination is written over.
    fn place(&self, count: &mut Count, targets: &[Pattern], folder: &Folder, trees: bool) {
        let Some((into, sources)) = targets.split_last() else { return };
        let Named::Places(into) = self.ground.places(into, folder) else { return };
        let Some(into) = into.first() else { return };
        if !into.is_dir() {
            return self.take(count, into, Fate::Overwritten, Depth::File);
        }
        for source in sources {
            let Named::Places(places) = self.ground.places(source, folder) else { continue };
            let whole = source.literal().is_some_and(|text| text.ends_with("/."));
            for place in places {
                let Some(name) = place.file_name() else { continue };
                let target = if whole { into.clone() } else { into.join(name) };
                if !place.is_dir() {
                    self.take(count, &target, Fate::Overwritten, Depth::File);
                } else if trees {
                    self.merged(count, &place, &target);
                }
            }
        }
    }

    /// A folder is copied over another one.
    fn merged(&self, count: &mut Count, from: &Path, into: &Path) {
        let mut walk = Walk::new(from, count.limit(), true);
        let files: Vec<PathBuf> =
            walk.by_ref().filter(|entry| !entry.meta.is_dir()).map(|entry| entry.path).collect();
        count.walked(&walk);
        for file in files {
            if let Ok(below) = file.strip_prefix(from) {
                self.take(count, &into.join(below), Fate::Overwritten, Depth::File);
            }
        }
    }

    fn discard(&self, count: &mut Count, targets: &[Pattern], folder: &Folder) -> bool {
        let Some(at) = self.ground.folder(folder) else { return false };
        let Some(index) = std::fs::canonicalize(at).ok().and_then(|at| GitIndex::around(&at)) else {
            return true;
        };
        let mut places = Vec::new();
        for target in targets {
            match self.ground.places(target, folder) {
                Named::Places(named) => places.extend(named),
                Named::Unknown => return false,
            }
        }
        if places.is_empty() && !targets.is_empty() {
            return true;
        }
        for changed in index.changed(&places) {
            self.take(count, &changed, Fate::Overwritten, Depth::File);
        }
        true
    }

    /// One place that goes.
    fn take(&self, count: &mut Count, place: &Path, fate: Fate, depth: Depth<'_>) {
        let Ok(meta) = place.symlink_metadata() else { return };
        if self.reach.as_ref().is_some_and(|roots| !roots.iter().any(|root| place.starts_with(root))) {
            return;
        }
        if meta.is_dir() {
            if let Depth::Tree | Depth::Found(_) = depth {
                self.take_tree(count, place, fate, depth);
            }
            return;
        }
        let starts_at_itself = matches!(depth, Depth::Found(filter) if !passes(filter, place, &meta, 0));
        if (meta.is_file() || meta.is_symlink()) && !starts_at_itself && self.is_foreign(place, &meta) {
            count.outside |= self.is_loose(count, place, &meta);
            count.add(place, fate, 1, if meta.is_file() { meta.len() } else { 0 });
        }
    }

    fn take_tree(&self, count: &mut Count, place: &Path, fate: Fate, depth: Depth<'_>) {
        let outside = !self.workspace.iter().any(|root| place.starts_with(root));
        if !outside && is_regenerable(place) {
            return;
        }
        let mut walk = Walk::new(place, count.limit(), true);
        let (mut files, mut bytes) = (0, 0);
        for entry in walk.by_ref() {
            let wanted = match depth {
                Depth::Found(filter) => passes(filter, &entry.path, &entry.meta, entry.depth),
                Depth::Tree | Depth::File => true,
            };
            if entry.meta.is_dir() || !wanted || !self.is_foreign(&entry.path, &entry.meta) {
                continue;
            }
            files += 1;
            bytes += if entry.meta.is_file() { entry.meta.len() } else { 0 };
            count.outside |= outside && self.is_loose(count, &entry.path, &entry.meta);
        }
        count.walked(&walk);
        if files > 0 {
            count.add(place, fate, files, bytes);
        }
    }

    /// Whether the thread did not make it.
    fn is_foreign(&self, path: &Path, meta: &Metadata) -> bool {
        let is_own = !(self.was_there)(path) && self.provenance.made(path, meta);
        !is_own && !(self.made_before)(path, meta)
    }

    /// Whether it is outside of the workspace and no repository has it as it is.
    fn is_loose(&self, count: &mut Count, path: &Path, meta: &Metadata) -> bool {
        if self.workspace.iter().any(|root| path.starts_with(root)) {
            return false;
        }
        let Some(folder) = path.parent() else { return true };
        if !count.indexes.iter().any(|index| path.starts_with(index.root())) {
            let Some(index) = GitIndex::around(folder) else { return true };
            count.indexes.push(index);
        }
        !count.indexes.iter().any(|index| index.is_unchanged(path, meta))
    }
}

/// How far below a place things go.
#[derive(Debug, Clone, Copy)]
enum Depth<'a> {
    /// Only a file.
    File,
    /// Everything.
    Tree,
    /// What a `find` finds.
    Found(&'a FindFilter),
}

fn has_clean(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect.action, Action::GitClean(_)))
}

fn passes(filter: &FindFilter, path: &Path, meta: &Metadata, depth: usize) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let named = |(pattern, case): &(String, bool)| {
        let fold = |text: &str| if *case { text.to_owned() } else { text.to_lowercase() };
        let signs: Vec<(char, bool)> =
            fold(pattern).chars().map(|c| (c, matches!(c, '*' | '?' | '['))).collect();
        fits(&signs, &fold(&name).chars().collect::<Vec<_>>())
    };
    let kind = match filter.kind {
        Some(EntryKind::File) => meta.is_file(),
        Some(EntryKind::Folder) => meta.is_dir(),
        Some(EntryKind::Link) => meta.is_symlink(),
        None => true,
    };
    kind && filter.depth_max.is_none_or(|max| depth <= max) && filter.names.iter().all(named)
}

impl Count {
    fn new() -> Self {
        let losses = Losses { counted: true, ..Losses::default() };
        Self { losses, deadline: Instant::now() + TIME_MAX, entries: 0, indexes: Vec::new(), outside: false }
    }

    fn limit(&self) -> WalkLimit {
        WalkLimit { entries_max: ENTRIES_MAX.saturating_sub(self.entries), deadline: self.deadline }
    }

    fn walked(&mut self, walk: &Walk) {
        self.entries += walk.looked_at();
        self.losses.counted &= !walk.was_cut();
    }

    fn add(&mut self, place: &Path, fate: Fate, files: u64, bytes: u64) {
        self.losses.files += files;
        self.losses.bytes += bytes;
        let list = &mut self.losses.list;
        if list.len() < LISTED_MAX && !list.iter().any(|loss| loss.path == place) {
            list.push(Loss { path: place.to_owned(), fate, files, bytes });
        }
    }
}
