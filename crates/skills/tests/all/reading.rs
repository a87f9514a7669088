//! What is found, in which order, and what is refused.

use std::path::Path;

use codex_skills::{Catalog, Roots, Scope, mentioned};
use pretty_assertions::assert_eq;

fn skill(root: &Path, folder: &str, head: &str) {
    let folder = root.join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("SKILL.md"), format!("---\n{head}\n---\n# How\n")).unwrap();
}

fn roots(dir: &Path) -> Roots {
    Roots {
        project: vec![dir.join("repo/inner"), dir.join("repo")],
        codex_home: Some(dir.join("codex")),
        home: Some(dir.join("home")),
        system: Some(dir.join("etc")),
        bundled: true,
        ..Roots::default()
    }
}

fn everything(dir: &Path) {
    skill(dir, "repo/.agents/skills/b", "name: beta\ndescription: of the repo");
    skill(dir, "repo/.agents/skills/a", "name: alpha\ndescription: of the repo");
    skill(dir, "repo/inner/.agents/skills/n", "name: near\ndescription: of a folder");
    skill(dir, "codex/skills/b", "name: beta\ndescription: of the person");
    skill(dir, "codex/skills/u", "name: mine\ndescription: |\n  long\nmetadata:\n  short-description: short");
    skill(dir, "codex/skills/.system/s", "name: built-in\ndescription: of the program");
    skill(dir, "home/.agents/skills/h", "name: home\ndescription: of the home");
    skill(dir, "etc/skills/m", "name: machine\ndescription: of the machine");
}

#[test]
fn skills_are_listed_by_scope_and_each_name_once() {
    let dir = tempfile::tempdir().unwrap();
    everything(dir.path());
    let catalog = Catalog::read(&roots(dir.path()));
    let listed: Vec<(&str, Scope)> =
        catalog.skills.iter().map(|skill| (skill.name.as_str(), skill.scope)).collect();
    assert_eq!(
        listed,
        [
            ("near", Scope::Repo),
            ("alpha", Scope::Repo),
            ("beta", Scope::Repo),
            ("mine", Scope::User),
            ("home", Scope::User),
            ("built-in", Scope::System),
            ("machine", Scope::Admin),
        ]
    );
    assert_eq!(catalog.named("mine").unwrap().short_description.as_deref(), Some("short"));
    assert!(catalog.errors.is_empty());
    assert_eq!(
        catalog.named("beta").unwrap().text().unwrap(),
        "---\nname: beta\ndescription: of the repo\n---\n# How\n"
    );
}

#[test]
fn an_untrusted_project_and_what_is_switched_off_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    everything(dir.path());
    let roots = Roots {
        project: Vec::new(),
        disabled: vec![dir.path().join("codex/skills/u"), dir.path().join("etc/skills/m/SKILL.md")],
        disabled_names: vec!["home".to_owned()],
        ..roots(dir.path())
    };
    let names = |roots: &Roots| -> Vec<String> {
        Catalog::read(roots).skills.into_iter().map(|skill| skill.name).collect()
    };
    assert_eq!(names(&roots), ["beta", "built-in"]);
    assert_eq!(names(&Roots { bundled: false, ..roots }), ["beta"]);
    assert!(!Roots { home: Some(dir.path().join("nowhere")), ..Roots::default() }.any());
}

// covers: agents A22
#[test]
fn files_that_are_no_skills_are_told() {
    let dir = tempfile::tempdir().unwrap();
    skill(dir.path(), "codex/skills/a", "name: a");
    skill(dir.path(), "codex/skills/b", &format!("name: {}\ndescription: d", "x".repeat(65)));
    skill(dir.path(), "codex/skills/c", "name: two words\ndescription: d");
    skill(dir.path(), "codex/skills/d", &format!("name: d\ndescription: {}", "x".repeat(1025)));
    std::fs::create_dir_all(dir.path().join("codex/skills/e")).unwrap();
    std::fs::write(dir.path().join("codex/skills/e/SKILL.md"), "# no head").unwrap();
    std::fs::create_dir_all(dir.path().join("codex/skills/empty")).unwrap();
    let catalog = Catalog::read(&roots(dir.path()));
    assert_eq!(catalog.skills, []);
    let said: Vec<String> = catalog.errors.iter().map(|error| error.problem.to_string()).collect();
    assert_eq!(
        said,
        [
            "its head has no `description`; add a line `description: ...` between the `---` lines",
            "its `name` is longer than 64 characters; shorten it",
            "its name `two words` has other characters than letters, digits, `-`, `_`, `.` and `:`",
            "its `description` is longer than 1024 characters; shorten it",
            "has no head; begin the file with a `---` line, `name:`, `description:` and `---`",
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_a_file_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("codex/skills/p");
    std::fs::create_dir_all(&folder).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(folder.join("SKILL.md")).status().unwrap().success());
    assert_eq!(Catalog::read(&roots(dir.path())).errors.len(), 1);
}

#[test]
fn a_message_names_skills_by_words() {
    let dir = tempfile::tempdir().unwrap();
    everything(dir.path());
    let catalog = Catalog::read(&roots(dir.path()));
    let named = |text: &str| -> Vec<String> {
        mentioned(&catalog, text).into_iter().map(|skill| skill.name.clone()).collect()
    };
    assert_eq!(named("use $mine, then $alpha. And $mine again"), ["alpha", "mine"]);
    assert_eq!(named("$built-in"), ["built-in"]);
    assert_eq!(named("a$mine $$mine \\$mine $min $minex cost $5"), Vec::<String>::new());
}
