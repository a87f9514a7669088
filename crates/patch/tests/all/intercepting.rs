//! Which shell scripts are taken out of the shell, and with what text and folder.

use std::path::PathBuf;

use codex_patch::{Intercept, intercept, parse};
use pretty_assertions::assert_eq;

const BODY: &str = "*** Begin Patch\n*** Add File: a.txt\n+1 $HOME `x` \\\\ end\n*** End Patch\n";

fn patch(workdir: Option<&str>) -> Intercept {
    Intercept::Patch { text: BODY.to_owned(), workdir: workdir.map(PathBuf::from) }
}

#[test]
fn heredoc_calls_are_taken() {
    for head in [
        "apply_patch <<'EOF'",
        "applypatch <<'EOF'",
        "apply_patch<<'EOF'",
        "apply_patch <<EOF",
        "apply_patch <<\"EOF\"",
        "apply_patch <<\\EOF",
        "apply_patch << 'EOF'",
        "apply_patch <<-'EOF'",
        "\n  apply_patch <<'EOF'",
        "apply_patch \\\n<<'EOF'",
        "apply_patch <<'EOF'  ",
    ] {
        assert_eq!(intercept(&format!("{head}\n{BODY}EOF")), patch(None), "{head}");
        assert_eq!(intercept(&format!("{head}\n{BODY}EOF\n\n")), patch(None), "{head}");
        assert_eq!(intercept(&format!("{head}\n{BODY}")), patch(None), "{head} without an end");
        assert_eq!(intercept(&format!("{head}\n{BODY}EOF \n")), patch(None), "{head} with a space");
        let crlf = format!("{head}\n{BODY}EOF\n").replace('\n', "\r\n");
        assert_eq!(intercept(&crlf), patch(None), "{head} with CR LF");
    }
    assert_eq!(intercept(&format!("apply_patch <<'PATCH'\n{BODY}PATCH")), patch(None));
    let indented: String = BODY.lines().map(|line| format!("\t{line}\n")).collect();
    assert_eq!(intercept(&format!("apply_patch <<-EOF\n{indented}\tEOF")), patch(None));
}

#[test]
fn a_folder_may_be_entered_first() {
    for (head, dir) in [
        ("cd sub && ", "sub"),
        ("cd 'd d' && ", "d d"),
        ("cd \"d d\" && ", "d d"),
        ("cd d\\ d && ", "d d"),
        ("cd s'ub' && ", "sub"),
        ("cd /a/b && ", "/a/b"),
        ("cd ../x&&", "../x"),
        ("cd sub &&\n", "sub"),
    ] {
        let script = format!("{head}apply_patch <<'EOF'\n{BODY}EOF");
        assert_eq!(intercept(&script), patch(Some(dir)), "{head}");
    }
}

// covers: tools T23
#[test]
fn everything_else_is_for_the_shell() {
    for (head, tail) in [
        ("apply_patch <<'EOF'", "EOF\necho after; cat a.txt"),
        ("apply_patch <<'EOF'", "EOF\n# done"),
        ("apply_patch <<'EOF';", "EOF"),
        ("apply_patch <<'EOF' && echo x", "EOF"),
        ("apply_patch <<'EOF' | cat", "EOF"),
        ("apply_patch <<'EOF' > out", "EOF"),
        ("apply_patch <<'EOF' 2>&1", "EOF"),
        ("apply_patch <<'EOF' &", "EOF"),
        ("apply_patch x <<'EOF'", "EOF"),
        ("apply_patch <<<'EOF'", "EOF"),
        ("Apply_Patch <<'EOF'", "EOF"),
        ("/usr/bin/apply_patch <<'EOF'", "EOF"),
        ("A=1 apply_patch <<'EOF'", "EOF"),
        ("<<'EOF' apply_patch", "EOF"),
        ("(apply_patch <<'EOF'", "EOF\n)"),
        ("set -e; apply_patch <<'EOF'", "EOF"),
        ("set -e\napply_patch <<'EOF'", "EOF"),
        ("# hi\napply_patch <<'EOF'", "EOF"),
        ("cat <<'EOF' | apply_patch", "EOF"),
        ("bash -lc \"apply_patch <<'EOF'", "EOF\n\""),
        ("cd $HOME && apply_patch <<'EOF'", "EOF"),
        ("cd \"$PWD/sub\" && apply_patch <<'EOF'", "EOF"),
        ("cd `pwd` && apply_patch <<'EOF'", "EOF"),
        ("cd ~ && apply_patch <<'EOF'", "EOF"),
        ("cd - && apply_patch <<'EOF'", "EOF"),
        ("cd -- sub && apply_patch <<'EOF'", "EOF"),
        ("cd '' && apply_patch <<'EOF'", "EOF"),
        ("cd sub; apply_patch <<'EOF'", "EOF"),
        ("cd sub\napply_patch <<'EOF'", "EOF"),
        ("cd sub & apply_patch <<'EOF'", "EOF"),
        ("cd sub || apply_patch <<'EOF'", "EOF"),
        ("cd sub k && apply_patch <<'EOF'", "EOF"),
        ("cd sub && cd .. && apply_patch <<'EOF'", "EOF"),
        ("cd sub && # x\napply_patch <<'EOF'", "EOF"),
    ] {
        let script = format!("{head}\n{BODY}{tail}");
        assert_eq!(intercept(&script), Intercept::NotPatch, "{script}");
    }
    for script in ["", " ", "ls", "apply_patch", "apply_patch <<", "cd", "cd x &&", "'", "apply_patch '"] {
        assert_eq!(intercept(script), Intercept::NotPatch, "{script}");
    }
}

#[test]
fn a_bare_patch_is_an_implicit_call() {
    for script in [
        BODY.to_owned(),
        format!("<<'EOF'\n{BODY}EOF\n"),
        "*** Begin Patch\n*** End Patch".to_owned(),
        "*** Begin Patch\n*** Environment ID: l\n*** Add File: a\n+1\n*** End Patch".to_owned(),
    ] {
        assert_eq!(intercept(&script), Intercept::Implicit, "{script}");
    }
    assert_eq!(intercept("*** Begin Patch\n*** Foo\n*** End Patch"), Intercept::NotPatch);
}

#[test]
fn a_bad_patch_is_taken_too() {
    let taken = intercept("apply_patch <<'EOF'\nEOF");
    assert_eq!(taken, Intercept::Patch { text: String::new(), workdir: None });
    assert_eq!(
        parse("").unwrap_err().model_text(),
        "apply_patch verification failed: invalid patch: The last line of the patch must be '*** End Patch'"
    );
}

#[test]
fn an_intercepted_patch_has_no_environment_to_choose() {
    let text = "*** Begin Patch\n*** Environment ID: l\n*** Add File: a\n+1\n*** End Patch";
    assert_eq!(parse(text).unwrap().environment.as_deref(), Some("l"));
    assert_eq!(parse(text).unwrap().without_environment().environment, None);
}
