//! The table of prompt sources, case by case.

use pretty_assertions::assert_eq;

use super::*;

fn read(source: PromptSource, kind: StdinKind, stdin: &[u8]) -> (Result<Option<String>, String>, String) {
    let mut stdin = stdin;
    let mut stderr = Vec::new();
    let prompt = read_prompt(source, &mut stdin, kind, &mut stderr).map_err(|error| error.to_string());
    (prompt, String::from_utf8(stderr).unwrap())
}

fn both(text: &str) -> PromptSource {
    PromptSource::ArgumentAndStdin(text.to_owned())
}

#[test]
fn a_terminal_is_not_read() {
    let (prompt, stderr) = read(both("do it"), StdinKind::Terminal, b"typed");
    assert_eq!((prompt, stderr.as_str()), (Ok(Some("do it".to_owned())), ""));
    let (prompt, stderr) = read(PromptSource::Stdin, StdinKind::Terminal, b"typed");
    assert_eq!((prompt, stderr.as_str()), (Err("No prompt provided.".to_owned()), ""));
}

#[test]
fn an_empty_pipe_leaves_the_argument_alone() {
    for stdin in [&b""[..], b" \n"] {
        let (prompt, stderr) = read(both("do it"), StdinKind::Piped, stdin);
        assert_eq!(prompt, Ok(Some("do it".to_owned())));
        assert_eq!(stderr, "Reading additional input from stdin...\n");
    }
}

#[test]
fn piped_text_becomes_a_block() {
    let block = |stdin: &[u8]| read(both("P"), StdinKind::Piped, stdin).0.unwrap().unwrap();
    assert_eq!(block(b"TEXT"), "P\n\n<stdin>\nTEXT\n</stdin>");
    assert_eq!(block(b"TEXT\n"), "P\n\n<stdin>\nTEXT\n</stdin>");
    assert_eq!(block(b"\n TEXT\n\n"), "P\n\n<stdin>\n\n TEXT\n\n</stdin>");
}

#[test]
fn without_an_argument_the_pipe_is_the_prompt() {
    let (prompt, stderr) = read(PromptSource::Stdin, StdinKind::Piped, b" a\n");
    assert_eq!((prompt, stderr.as_str()), (Ok(Some(" a\n".to_owned())), "Reading prompt from stdin...\n"));
    let (prompt, stderr) = read(PromptSource::Dash, StdinKind::Piped, b"\xef\xbb\xbfa\n");
    assert_eq!((prompt, stderr.as_str()), (Ok(Some("a\n".to_owned())), ""));
}

#[test]
fn a_marked_utf_16_pipe_is_read() {
    for stdin in [&b"\xff\xfeh\0\xe5\0\n\0"[..], b"\xfe\xff\0h\0\xe5\0\n"] {
        let (prompt, _) = read(PromptSource::Stdin, StdinKind::Piped, stdin);
        assert_eq!(prompt, Ok(Some("h\u{e5}\n".to_owned())));
    }
    for broken in [&b"\xff\xfeh"[..], b"\xff\xfe\x00\xd8"] {
        assert!(read(PromptSource::Stdin, StdinKind::Piped, broken).0.is_err());
    }
}

#[test]
fn a_blank_pipe_is_no_prompt() {
    for source in [PromptSource::Stdin, PromptSource::Dash] {
        let (prompt, _) = read(source, StdinKind::Piped, b" \n\t");
        assert_eq!(prompt, Err("No prompt provided via stdin.".to_owned()));
    }
}

#[test]
fn an_argument_alone_never_reads() {
    let (prompt, stderr) = read(PromptSource::Argument(String::new()), StdinKind::Piped, b"left");
    assert_eq!((prompt, stderr.as_str()), (Ok(Some(String::new())), ""));
    assert_eq!(read(PromptSource::Nothing, StdinKind::Piped, b"left").0, Ok(None));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let (prompt, _) = read(PromptSource::Stdin, StdinKind::Piped, b"ab\xff");
    let message = "The prompt on standard input is not valid UTF-8: the byte at offset 2 does not fit.";
    assert_eq!(prompt, Err(message.to_owned()));
}
