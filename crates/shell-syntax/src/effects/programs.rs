//! The programs whose arguments say what they take away, and how each says it. Pure.

use super::find::removing;
use super::pattern::{Pattern, Piece};
use super::read::{Action, Effect, Folder};
use crate::program_name;
use crate::wrapper::{inner_script, spoken_script, unwrapped};

/// Wrappers within wrappers that are looked through.
const DEPTH_MAX: usize = 8;

/// What one command takes away. `script` is called with the script of a `SHELL -c SCRIPT`.
pub(super) fn of_command(
    words: &[Pattern],
    folder: &Folder,
    depth: usize,
    script: &mut dyn FnMut(&str),
) -> Vec<Effect> {
    let Some((program, arguments)) = words.split_first() else { return Vec::new() };
    let Some(program) = program.literal() else { return Vec::new() };
    let known: Vec<String> = words.iter().map(|word| word.literal().unwrap_or_default()).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let spelled: Vec<String> = words.iter().map(Pattern::as_script).collect();
    let spelled: Vec<&str> = spelled.iter().map(String::as_str).collect();
    if let Some(inner) = inner_script(&spelled) {
        script(inner);
        return Vec::new();
    }
    if let Some(spoken) = spoken_script(&spelled) {
        script(&spoken);
        return Vec::new();
    }
    if let Some(inner) = unwrapped(&known).filter(|_| depth < DEPTH_MAX) {
        let skipped = words.len() - inner.len();
        return of_command(&words[skipped..], folder, depth + 1, script);
    }
    let effect = |action, targets: Vec<Pattern>| {
        if targets.is_empty() { Vec::new() } else { vec![Effect { action, targets, folder: folder.clone() }] }
    };
    let options = Options::of(arguments);
    match program_name(&program) {
        "rm" => {
            let trees = options.has(&['r', 'R'], &["recursive"]);
            effect(if trees { Action::RemoveTrees } else { Action::Remove }, options.operands)
        }
        "unlink" | "shred" => effect(Action::Remove, options.operands),
        "rmdir" => Vec::new(),
        "truncate" => {
            effect(Action::Overwrite, options.operands_after(&["-s", "--size", "-r", "--reference"]))
        }
        "tee" if !options.has(&['a'], &["append"]) => effect(Action::Overwrite, options.operands),
        "dd" => {
            let files = known.iter().filter_map(|word| word.strip_prefix("of=")).map(Pattern::text);
            effect(Action::Overwrite, files.collect())
        }
        "cp" | "install" => {
            placed(&options, folder, options.has(&['r', 'R', 'a'], &["recursive", "archive"]))
        }
        "mv" => placed(&options, folder, false),
        "ln" if options.has(&['f'], &["force"]) => placed(&options, folder, false),
        "rsync" if known.iter().any(|word| word.starts_with("--delete")) => {
            effect(Action::RemoveTrees, options.operands.last().cloned().into_iter().collect())
        }
        "find" => match removing(arguments, is_removal) {
            Some(find) => effect(Action::Find(find.filter), find.starts),
            None => Vec::new(),
        },
        "xargs" | "parallel"
            if arguments.iter().any(|word| word.literal().as_deref().is_some_and(is_remover)) =>
        {
            effect(Action::RemoveTrees, vec![Pattern { pieces: vec![Piece::Unknown] }])
        }
        "git" => git(arguments, folder),
        _ => Vec::new(),
    }
}

fn is_remover(program: &str) -> bool {
    matches!(program_name(program), "rm" | "unlink" | "shred")
}

fn is_removal(command: &[String]) -> bool {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    match unwrapped(&words).unwrap_or(&words).first() {
        Some(program) => {
            is_remover(program) || inner_script(&words).is_some_and(|script| script.contains("rm"))
        }
        None => false,
    }
}

/// `SOURCE... DESTINATION`, or `-t DESTINATION SOURCE...`.
fn placed(options: &Options, folder: &Folder, trees: bool) -> Vec<Effect> {
    if options.has(&['n'], &["no-clobber", "backup", "update"]) {
        return Vec::new();
    }
    let mut targets = options.operands_after(&["-m", "--mode", "-o", "-g", "-S"]);
    let into = options.value(&["-t", "--target-directory"]);
    match into {
        Some(into) => {
            targets.retain(|target| *target != into);
            targets.push(into);
        }
        None if targets.len() < 2 => return Vec::new(),
        None => {}
    }
    vec![Effect { action: Action::Place { trees }, targets, folder: folder.clone() }]
}

fn git(arguments: &[Pattern], folder: &Folder) -> Vec<Effect> {
    let mut folder = folder.clone();
    let mut rest = arguments;
    while let Some((first, after)) = rest.split_first() {
        match first.literal().as_deref() {
            Some("-C") => {
                let Some((into, after)) = after.split_first() else { return Vec::new() };
                folder = folder.entered(into);
                rest = after;
            }
            Some("-c" | "--git-dir" | "--work-tree") => rest = after.get(1..).unwrap_or_default(),
            Some(word) if word.starts_with('-') => rest = after,
            _ => break,
        }
    }
    let Some((command, arguments)) = rest.split_first() else { return Vec::new() };
    let options = Options::of(arguments);
    let effect = |action, targets| vec![Effect { action, targets, folder: folder.clone() }];
    match command.literal().as_deref() {
        Some("clean") if options.has(&['f'], &["force"]) && !options.has(&['n'], &["dry-run"]) => {
            let words = arguments.iter().map(|word| word.literal()).collect::<Option<Vec<String>>>();
            effect(Action::GitClean(words), Vec::new())
        }
        Some("reset") if options.has(&[], &["hard", "merge"]) => effect(Action::GitDiscard, Vec::new()),
        Some("restore") if !options.has(&['S'], &["staged"]) || options.has(&['W'], &["worktree"]) => {
            effect(Action::GitDiscard, options.operands_after(&["-s", "--source"]))
        }
        Some("checkout") => match arguments.iter().position(|word| word.literal().as_deref() == Some("--")) {
            Some(at) => effect(Action::GitDiscard, arguments[at + 1..].to_vec()),
            None if options.operands.iter().any(|word| word.literal().as_deref() == Some(".")) => {
                effect(Action::GitDiscard, Vec::new())
            }
            None if options.has(&['f'], &["force"]) => effect(Action::GitDiscard, Vec::new()),
            None => Vec::new(),
        },
        Some("switch") if options.has(&['f'], &["force", "discard-changes"]) => {
            effect(Action::GitDiscard, Vec::new())
        }
        _ => Vec::new(),
    }
}

/// Options and operands of a command; after `--` everything is an operand.
struct Options {
    words: Vec<Pattern>,
    letters: Vec<char>,
    long: Vec<String>,
    operands: Vec<Pattern>,
}

impl Options {
    fn of(arguments: &[Pattern]) -> Self {
        let mut options =
            Self { words: arguments.to_vec(), letters: Vec::new(), long: Vec::new(), operands: Vec::new() };
        let mut ended = false;
        for word in arguments {
            match word.literal() {
                Some(text) if ended || text == "-" || !text.starts_with('-') => {
                    options.operands.push(word.clone());
                }
                Some(text) if text == "--" => ended = true,
                Some(text) => match text.strip_prefix("--") {
                    Some(long) => options.long.push(long.split('=').next().unwrap_or_default().to_owned()),
                    None => options.letters.extend(text.chars().skip(1)),
                },
                None => options.operands.push(word.clone()),
            }
        }
        options
    }

    fn has(&self, letters: &[char], long: &[&str]) -> bool {
        // Any unambiguous beginning of a long option is taken.
        self.letters.iter().any(|letter| letters.contains(letter))
            || self
                .long
                .iter()
                .any(|word| !word.is_empty() && long.iter().any(|name| name.starts_with(word.as_str())))
    }

    /// The word behind one of these options.
    fn value(&self, names: &[&str]) -> Option<Pattern> {
        let at = self
            .words
            .iter()
            .position(|word| word.literal().is_some_and(|text| names.contains(&text.as_str())))?;
        self.words.get(at + 1).cloned()
    }

    /// The operands without the values of these options.
    fn operands_after(&self, valued: &[&str]) -> Vec<Pattern> {
        let mut operands = self.operands.clone();
        for name in valued {
            if let Some(value) = self.value(&[name])
                && let Some(at) = operands.iter().position(|operand| *operand == value)
            {
                operands.remove(at);
            }
        }
        operands
    }
}
