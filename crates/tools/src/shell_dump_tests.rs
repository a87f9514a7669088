//! What shells say, and what becomes of it.

use pretty_assertions::assert_eq;

use super::*;

fn given() -> Vec<(OsString, OsString)> {
    let given = [("SAME", "1"), ("CODEX_TOOL_CALL_ID", "c"), ("GONE", "x"), ("PATH", "/bin")];
    given.map(|(name, value)| (OsString::from(name), OsString::from(value))).to_vec()
}

fn snapshot(kind: ShellKind, said: &[u8]) -> Option<String> {
    let dump = kind.dump(said, "--m--")?;
    Some(String::from_utf8(kind.compose(&dump, &given())?).unwrap())
}

#[test]
fn only_what_the_login_files_changed_is_taken() {
    let said = b"noise of a login file\n\n--m--\nf () \n{ \n    echo f\n}\n\n--m--\nshopt -s login_shell\nset +o monitor\n\
        alias ll='ls -l'\numask 0022\n\n--m--\nSAME=1\0PATH=/opt/it's here:/bin\0CODEX_TOOL_CALL_ID=d\0SHLVL=2\0NEW=a\n\
        b\\\0BASH_FUNC_x%%=() { :; }\0";
    let expected = "f () \n{ \n    echo f\n}\n\nexport NEW='a\nb\\'\nexport PATH='/opt/it'\\''s here:/bin'\nunset GONE\n\
        alias ll='ls -l'\numask 0022\n\n";
    assert_eq!(snapshot(ShellKind::Bash, said).unwrap(), expected);
    let fish = b"\n--m--\n# Defined in /a @ line 1\nfunction f\nend\n\n--m--\numask 0022\n\n--m--\nNEW=it's \\n\0SAME=1\0PATH=/bin\0";
    let expected = "function f\nend\n\nset -gx NEW 'it\\'s \\\\n'\nset -e GONE\numask 0022\n\n";
    assert_eq!(snapshot(ShellKind::Fish, fish).unwrap(), expected);
    let dash = b"A=1\n\n--m--\n\n--m--\nset -o nounset\nll='ls -l'\numask 0022\n\n--m--\nSAME=1\0GONE=x\0PATH=/bin\0";
    assert_eq!(
        snapshot(ShellKind::Posix, dash).unwrap(),
        "\nset -o nounset\nalias ll='ls -l'\numask 0022\n\n"
    );
}

#[test]
fn what_is_not_as_expected_is_no_answer() {
    for said in [
        &b"no marks"[..],
        b"\n--m--\n\n--m--\n\n--m--\nno pair\0",
        b"\n--m--\n\n--m--\n\n--m--\nA=1\0bye\n",
        b"\n--m--\n\n--m--\n\n--m--\n\n--m--\nA=1\0",
    ] {
        assert_eq!(ShellKind::Bash.dump(said, "--m--"), None);
    }
    // A shell that cannot list its functions, and files that may have defined some.
    for read in ["f() {", "f ( )", "eval x", "f \\\n()"] {
        let said = format!("{read}\n\n--m--\n\n--m--\n\n--m--\nA=1\0");
        assert_eq!(ShellKind::Posix.dump(said.as_bytes(), "--m--"), None, "{read}");
    }
    assert!(ShellKind::Posix.dump(b"A=1\n--m--\n\n--m--\n\n--m--\nA=1\0", "--m--").is_some());
}
