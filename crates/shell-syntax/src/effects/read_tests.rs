//! Scripts and what they take away.

use pretty_assertions::assert_eq;

use super::*;

/// Each effect as `ACTION TARGETS @ FOLDER`.
fn seen(script: &str) -> Vec<String> {
    let pattern = |pattern: &Pattern| {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) | Piece::Wildcard(text) => text.clone(),
            Piece::Variable(name) => format!("${name}"),
            Piece::Home => "~".to_owned(),
            Piece::Unknown => "<?>".to_owned(),
        };
        pattern.pieces.iter().map(piece).collect::<String>()
    };
    let effect = |effect: &Effect| {
        let action = match &effect.action {
            Action::Remove => "remove".to_owned(),
            Action::RemoveTrees => "trees".to_owned(),
            Action::Overwrite => "over".to_owned(),
            Action::Place { trees } => if *trees { "place trees" } else { "place" }.to_owned(),
            Action::Find(filter) => {
                format!("find {:?} {:?} {:?}", filter.names, filter.kind, filter.depth_max)
            }
            Action::GitClean(words) => format!("clean {words:?}"),
            Action::GitDiscard => "discard".to_owned(),
        };
        let targets: Vec<String> = effect.targets.iter().map(pattern).collect();
        let folder = match &effect.folder {
            Folder::Known(steps) => steps.iter().map(pattern).collect::<Vec<_>>().join("/"),
            Folder::Unknown => "<?>".to_owned(),
        };
        format!("{action} {} @ {folder}", targets.join(" "))
    };
    read_effects(script).list.iter().map(effect).collect()
}

#[test]
fn removals_are_seen_with_their_folder() {
    assert_eq!(seen("rm a b*"), ["remove a b* @ "]);
    assert_eq!(seen("cd x && rm -rf -- -y '*'"), ["trees -y * @ x"]);
    assert_eq!(seen("cd x; (cd y; rm -r a); rm b"), ["trees a @ x/y", "remove b @ x"]);
    assert_eq!(seen("if true; then cd x; fi; rm a"), ["remove a @ <?>"]);
    assert_eq!(seen("cd \"$(pwd)/x\" && rm a"), ["remove a @ <?>"]);
    assert_eq!(seen("sudo -u me env A=1 rm --recursive ~/x"), ["trees ~/x @ "]);
    assert_eq!(seen("bash -c 'cd x; rm -r *'"), ["trees * @ "].map(|text| text.replace("@ ", "@ x")));
    assert_eq!(seen("bash -c \"rm -r $X/y\""), ["trees $X/y @ "]);
    assert_eq!(seen("eval 'cd x; rm a'"), ["remove a @ x"]);
    assert_eq!(seen("trap 'rm -r a' EXIT"), ["trees a @ "]);
    assert_eq!(seen("su -c 'rm a'; busybox rm b"), ["remove a @ ", "remove b @ "]);
    assert_eq!(seen("rm -r >log a b"), ["trees a b @ ", "over log @ "]);
    assert_eq!(seen("for f in a b; do rm \"$f\"; done"), ["remove $f @ "]);
    assert_eq!(seen("ls | xargs -0 rm"), ["trees <?> @ "]);
    assert_eq!(seen("rm {a,b}.txt"), ["remove a.txt b.txt @ "]);
    assert_eq!(seen("echo rm a; ls; rmdir x"), Vec::<String>::new());
}

#[test]
fn files_that_are_written_over_are_seen() {
    assert_eq!(seen("echo a > out 2>/dev/null"), ["over out @ "]);
    assert_eq!(seen("cat a >> out"), Vec::<String>::new());
    assert_eq!(seen("cd x && make &> log"), ["over log @ x"]);
    assert_eq!(seen("x | tee a b"), ["over a b @ "]);
    assert_eq!(seen("tee -a a"), Vec::<String>::new());
    assert_eq!(seen("mv a b/"), ["place a b/ @ "]);
    assert_eq!(seen("cp -r a/. b"), ["place trees a/. b @ "]);
    assert_eq!(seen("cp -t into a b"), ["place a b into @ "]);
    assert_eq!(seen("cp -n a b; mv a"), Vec::<String>::new());
    assert_eq!(seen("dd if=/dev/zero of=disk.img bs=1M"), ["over disk.img @ "]);
    assert_eq!(seen("truncate -s 0 a"), ["over a @ "]);
}

#[test]
fn find_and_git_are_read() {
    assert_eq!(
        seen("find src -name '*.pyc' -type f -delete"),
        ["find [(\"*.pyc\", true)] Some(File) None src @ "]
    );
    assert_eq!(seen("find . -maxdepth 1 -name a -o -name b -exec rm {} +"), ["find [] None Some(1) . @ "]);
    assert_eq!(seen("find . -name x -exec grep y {} \\;"), Vec::<String>::new());
    assert_eq!(seen("git clean -fdx"), ["clean Some([\"-fdx\"])  @ "]);
    assert_eq!(seen("git clean -n -fd"), Vec::<String>::new());
    assert_eq!(seen("git -C sub reset --hard HEAD~1"), ["discard  @ sub"]);
    assert_eq!(seen("git checkout -- a b"), ["discard a b @ "]);
    assert_eq!(seen("git checkout main"), Vec::<String>::new());
    assert_eq!(seen("git restore ."), ["discard . @ "]);
    assert_eq!(seen("git restore --staged a"), Vec::<String>::new());
}

#[test]
fn what_is_not_read_whole_says_so() {
    assert!(read_effects("rm a").complete);
    assert!(!read_effects("rm 'a").complete);
    assert!(!read_effects(&format!("{}rm a{}", "(".repeat(5_000), ")".repeat(5_000))).complete);
    assert!(!read_effects(&"x".repeat(300 * 1024)).complete);
}
