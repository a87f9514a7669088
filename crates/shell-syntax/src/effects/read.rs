//! Walks a script in the order it runs, keeping track of the folder it is in. Pure.

use tree_sitter::Node;

use super::find::FindFilter;
use super::pattern::{Pattern, Piece};
use super::programs;
use crate::grammar::tree;

/// Constructs within constructs that are looked into.
const NESTING_MAX: usize = 100;
/// Scripts within scripts that are looked into.
const SCRIPTS_MAX: usize = 4;
/// Effects that are listed.
const EFFECTS_MAX: usize = 1_000;

/// What happens to the targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Files are removed.
    Remove,
    /// Files and whole folders are removed.
    RemoveTrees,
    /// Files are emptied or written anew.
    Overwrite,
    /// The last target, or what has a source's name in it, is replaced by the targets before it.
    Place {
        /// Whole folders are copied.
        trees: bool,
    },
    /// Entries below the targets are removed.
    Find(FindFilter),
    /// `git clean` with these arguments; `None`: they are not known.
    GitClean(Option<Vec<String>>),
    /// git throws away changes in the targets, or in the whole work tree when there are none.
    GitDiscard,
}

/// The folder a command runs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folder {
    /// The script's own, entered through these one after another.
    Known(Vec<Pattern>),
    /// It is known only when it runs.
    Unknown,
}

impl Folder {
    /// After `cd` to this place.
    pub(super) fn entered(&self, into: &Pattern) -> Self {
        match self {
            Self::Known(steps) if !into.pieces.contains(&Piece::Unknown) => {
                Self::Known(steps.iter().cloned().chain([into.clone()]).collect())
            }
            Self::Known(_) | Self::Unknown => Self::Unknown,
        }
    }
}

/// Something that is taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// What happens.
    pub action: Action,
    /// To what.
    pub targets: Vec<Pattern>,
    /// Where relative targets start.
    pub folder: Folder,
}

/// What a script takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effects {
    /// In the order of the text.
    pub list: Vec<Effect>,
    /// Whether the whole script was looked at.
    pub complete: bool,
}

/// Reads what a script would take away.
pub fn read_effects(source: &str) -> Effects {
    let mut reader = Reader { list: Vec::new(), complete: true };
    reader.script(source, Folder::Known(Vec::new()), 0);
    Effects { list: reader.list, complete: reader.complete }
}

struct Reader {
    list: Vec<Effect>,
    complete: bool,
}

impl Reader {
    fn script(&mut self, source: &str, folder: Folder, depth: usize) {
        let Some(tree) = tree(source).filter(|_| depth < SCRIPTS_MAX) else {
            self.complete = false;
            return;
        };
        let mut folder = folder;
        self.complete &= !tree.root_node().has_error();
        self.node(tree.root_node(), source, &mut folder, (depth, 0));
    }

    fn node(&mut self, node: Node<'_>, source: &str, folder: &mut Folder, at: (usize, usize)) {
        let (depth, nesting) = at;
        if nesting > NESTING_MAX || self.list.len() >= EFFECTS_MAX {
            self.complete = false;
            return;
        }
        match node.kind() {
            "command" => self.command(node, source, folder, depth),
            "file_redirect" => self.redirect(node, source, folder),
            _ => {}
        }
        let own_folder = matches!(
            node.kind(),
            "subshell" | "command_substitution" | "process_substitution" | "pipeline" | "function_definition"
        );
        let mut inner = folder.clone();
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            self.node(child, source, &mut inner, (depth, nesting + 1));
        }
        if own_folder {
            return;
        }
        // A folder entered in a branch or a loop may have been entered or not.
        let may_be_skipped = matches!(
            node.kind(),
            "if_statement" | "while_statement" | "for_statement" | "c_style_for_statement" | "case_statement"
        );
        let moved = inner != *folder;
        *folder = if may_be_skipped && moved { Folder::Unknown } else { inner };
    }

    fn command(&mut self, node: Node<'_>, source: &str, folder: &mut Folder, depth: usize) {
        let mut words: Vec<Pattern> = Vec::new();
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match child.kind() {
                "variable_assignment" | "file_redirect" | "herestring_redirect" | "heredoc_redirect" => {}
                _ => words.extend(Pattern::of_word(source.get(child.byte_range()).unwrap_or_default())),
            }
        }
        // What follows the file of a redirection belongs to the command too: `rm >log -r x`.
        if let Some(parent) = node.parent().filter(|parent| parent.kind() == "redirected_statement") {
            let mut cursor = parent.walk();
            for redirect in parent.children_by_field_name("redirect", &mut cursor) {
                let mut cursor = redirect.walk();
                for more in redirect.children_by_field_name("destination", &mut cursor).skip(1) {
                    words.extend(Pattern::of_word(source.get(more.byte_range()).unwrap_or_default()));
                }
            }
        }
        let program = words.first().and_then(Pattern::literal).unwrap_or_default();
        match (program.as_str(), words.get(1..).unwrap_or_default()) {
            ("cd", []) => *folder = Folder::Known(vec![Pattern { pieces: vec![Piece::Home] }]),
            ("cd", [into]) if into.literal().as_deref() != Some("-") => *folder = folder.entered(into),
            ("cd", [dashes, into]) if dashes.literal().as_deref() == Some("--") => {
                *folder = folder.entered(into)
            }
            ("cd" | "pushd" | "popd", _) => *folder = Folder::Unknown,
            _ => {
                let mut scripts = Vec::new();
                let effects =
                    programs::of_command(&words, folder, 0, &mut |script| scripts.push(script.to_owned()));
                self.list.extend(effects);
                for script in scripts {
                    self.script(&script, folder.clone(), depth + 1);
                }
            }
        }
    }

    /// `> FILE`, `>| FILE` and `&> FILE` empty a file; appending does not.
    fn redirect(&mut self, node: Node<'_>, source: &str, folder: &Folder) {
        let text = |node: Node<'_>| source.get(node.byte_range()).unwrap_or_default();
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
        let empties = children.iter().any(|child| matches!(child.kind(), ">" | ">|" | "&>"));
        let file = node.child_by_field_name("destination").or_else(|| children.last().copied());
        let Some(file) = file.filter(|_| empties) else { return };
        let targets = Pattern::of_word(text(file));
        let is_device = |target: &Pattern| target.literal().is_some_and(|path| path.starts_with("/dev/"));
        if !targets.iter().all(is_device) {
            self.list.push(Effect { action: Action::Overwrite, targets, folder: folder.clone() });
        }
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
