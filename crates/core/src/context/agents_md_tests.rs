//! Which files are found, in which order, within which budget.

use pretty_assertions::assert_eq;

use super::*;

struct Tree {
    dir: tempfile::TempDir,
    fallback_names: Vec<String>,
    bytes_max: usize,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["home", "root/sub/deep"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        for (path, text) in files {
            std::fs::write(dir.path().join(path), text).unwrap();
        }
        Self { dir, fallback_names: Vec::new(), bytes_max: 32_768 }
    }

    fn find(&self, cwd: &str) -> Found {
        find(&Search {
            home: &self.dir.path().join("home"),
            project_root: &self.dir.path().join("root"),
            cwd: &self.dir.path().join(cwd),
            fallback_names: &self.fallback_names,
            project_bytes_max: self.bytes_max,
        })
    }

    fn text(&self, cwd: &str) -> Option<String> {
        let found = self.find(cwd);
        assert_eq!(found.warnings, Vec::<String>::new());
        found.text
    }
}

// covers: config 12
#[test]
fn home_then_root_then_folders_in_order() {
    let tree = Tree::new(&[
        ("home/AGENTS.md", "home\n"),
        ("root/AGENTS.md", "root"),
        ("root/sub/AGENTS.md", "sub"),
        ("root/sub/deep/AGENTS.md", ""),
    ]);
    assert_eq!(tree.text("root/sub/deep").as_deref(), Some("home\n\n--- project-doc ---\n\nroot\n\nsub"));
    assert_eq!(tree.text("root").as_deref(), Some("home\n\n--- project-doc ---\n\nroot"));
}

// covers: config 13
#[test]
fn an_override_hides_its_neighbour() {
    let tree = Tree::new(&[("root/AGENTS.md", "plain"), ("root/AGENTS.override.md", "override")]);
    assert_eq!(tree.text("root").as_deref(), Some("override"));
}

#[test]
fn an_empty_override_hides_its_neighbour_in_a_project_but_not_at_home() {
    let tree = Tree::new(&[
        ("home/AGENTS.md", "home"),
        ("home/AGENTS.override.md", " \n"),
        ("root/AGENTS.md", "root"),
        ("root/AGENTS.override.md", " \n"),
    ]);
    assert_eq!(tree.text("root").as_deref(), Some("home"));
}

#[test]
fn fallback_names_come_last() {
    let mut tree =
        Tree::new(&[("root/NOTES.md", "notes"), ("root/sub/NOTES.md", "x"), ("root/sub/AGENTS.md", "sub")]);
    tree.fallback_names = vec!["NOTES.md".to_owned()];
    assert_eq!(tree.text("root/sub").as_deref(), Some("notes\n\nsub"));
}

// covers: config 14
#[test]
fn a_long_file_is_cut_with_a_warning() {
    let tree = Tree::new(&[("root/AGENTS.md", &"a".repeat(40_000))]);
    let found = tree.find("root");
    assert_eq!(found.text.map(|text| text.len()), Some(32_768));
    assert_eq!(found.warnings.len(), 1);
    assert!(found.warnings[0].starts_with("Loaded only 32768 of 40000 bytes from "), "{:?}", found.warnings);
}

// covers: config 15
#[test]
fn the_budget_is_shared_over_all_project_files() {
    let mut tree = Tree::new(&[("root/AGENTS.md", "12345"), ("root/sub/AGENTS.md", "67890")]);
    tree.bytes_max = 9;
    assert_eq!(tree.find("root/sub").text.as_deref(), Some("12345\n\n6789"));
    tree.bytes_max = 0;
    assert_eq!(tree.find("root/sub").text, None);
}

#[test]
fn a_cut_inside_a_character_is_no_error() {
    let mut tree = Tree::new(&[("root/AGENTS.md", "aé")]);
    tree.bytes_max = 2;
    assert_eq!(tree.find("root").text.as_deref(), Some("a\u{fffd}"));
}

#[test]
fn nothing_is_nothing() {
    assert_eq!(Tree::new(&[]).text("root/sub"), None);
}

#[cfg(unix)]
#[test]
fn pipes_and_endless_devices_hold_no_instructions() {
    let tree = Tree::new(&[("root/AGENTS.md", "read")]);
    let at = |path: &str| tree.dir.path().join(path);
    for pipe in ["home/AGENTS.md", "root/sub/AGENTS.override.md"] {
        assert!(std::process::Command::new("mkfifo").arg(at(pipe)).status().unwrap().success());
    }
    std::os::unix::fs::symlink("/dev/zero", at("root/sub/deep/AGENTS.md")).unwrap();
    assert_eq!(tree.text("root/sub/deep").as_deref(), Some("read"));
}
