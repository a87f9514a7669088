//! What applying does to files beyond their text: order, modes, links, changes since the plan.

use std::fs;
use std::time::Duration;

use codex_patch::{ApplyError, GRAMMAR, WriteScope, parse, render_intercepted, render_outcome, verify};
use pretty_assertions::assert_eq;

use crate::support::{Workspace, mode_of, run_tool, texts};

// covers: tools T27
#[test]
fn a_failure_while_writing_keeps_what_was_written() {
    let workspace = Workspace::new(&texts([("a.txt", "1\n"), ("f", "y\n")]));
    let patch = parse(
        "*** Begin Patch\n*** Update File: a.txt\n@@\n-1\n+one\n*** Add File: b.txt\n+2\n\
         *** Add File: f/c.txt\n+3\n*** Add File: d.txt\n+4\n*** End Patch",
    )
    .unwrap();
    let plan = verify(&patch, &workspace.cwd).unwrap();
    let error = plan.apply(&workspace.scope()).unwrap_err();
    assert_eq!(error.applied(), 2);
    assert_eq!(workspace.normalize(&error.model_text()), "Failed to write file $CWD/f/c.txt\n");
    workspace.assert_tree("partial", &texts([("a.txt", "one\n"), ("b.txt", "2\n"), ("f", "y\n")]));
}

// covers: tools T29
#[test]
#[cfg(unix)]
fn moving_loses_the_executable_bit_and_updating_keeps_it() {
    let run = |name: &str| {
        let mut tree = texts([]);
        let node = crate::support::Node::WithMode { text: "a\n".to_owned(), mode: "755".to_owned() };
        tree.insert(name.to_owned(), node);
        Workspace::new(&tree)
    };
    let workspace = run("run.sh");
    run_tool(&workspace, "*** Begin Patch\n*** Update File: run.sh\n@@\n-a\n+A\n*** End Patch");
    assert_eq!(mode_of(&workspace.cwd.join("run.sh")), "755");
    let workspace = run("run.sh");
    let input = "*** Begin Patch\n*** Update File: run.sh\n*** Move to: go.sh\n@@\n-a\n+A\n*** End Patch";
    run_tool(&workspace, input);
    let mode = u32::from_str_radix(&mode_of(&workspace.cwd.join("go.sh")), 8).unwrap();
    assert_eq!(mode & 0o111, 0);
    workspace.assert_tree("moved", &texts([("go.sh", "A\n")]));
}

#[test]
fn a_file_edited_after_the_plan_keeps_that_edit() {
    let workspace = Workspace::new(&texts([("f.txt", "a\nb\nc\n")]));
    let patch = parse("*** Begin Patch\n*** Update File: f.txt\n@@\n-c\n+C\n*** End Patch").unwrap();
    let plan = verify(&patch, &workspace.cwd).unwrap();
    fs::write(workspace.cwd.join("f.txt"), "zero\na\nb\nc\n").unwrap();
    plan.apply(&workspace.scope()).unwrap();
    workspace.assert_tree("edited since", &texts([("f.txt", "zero\na\nb\nC\n")]));
}

#[test]
fn a_file_that_no_longer_fits_is_left_alone() {
    let workspace = Workspace::new(&texts([("f.txt", "a\nb\n")]));
    let patch = parse("*** Begin Patch\n*** Update File: f.txt\n@@\n-b\n+B\n*** End Patch").unwrap();
    let plan = verify(&patch, &workspace.cwd).unwrap();
    fs::write(workspace.cwd.join("f.txt"), "rewritten\n").unwrap();
    let error = plan.apply(&workspace.scope()).unwrap_err();
    assert!(matches!(error, ApplyError::Mismatch { applied: 0, .. }));
    let expected = "Failed to find expected lines in $CWD/f.txt:\nb\n";
    assert_eq!(workspace.normalize(&error.model_text()), expected);
    workspace.assert_tree("no longer fits", &texts([("f.txt", "rewritten\n")]));
}

#[test]
fn verifying_writes_nothing() {
    let tree = texts([("f.txt", "a\n"), ("g.txt", "x\n")]);
    let workspace = Workspace::new(&tree);
    let patch = parse(
        "*** Begin Patch\n*** Add File: d/n.txt\n+1\n*** Update File: f.txt\n*** Move to: h.txt\n@@\n-a\n+A\n\
         *** Delete File: g.txt\n*** End Patch",
    )
    .unwrap();
    verify(&patch, &workspace.cwd).unwrap();
    workspace.assert_tree("planned only", &tree);
}

#[test]
fn every_typographic_form_matches_its_plain_one() {
    let forms = [
        ('-', "\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}"),
        ('\'', "\u{2018}\u{2019}\u{201a}\u{201b}"),
        ('"', "\u{201c}\u{201d}\u{201e}\u{201f}"),
        (
            ' ',
            "\u{a0}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{202f}\u{205f}\u{3000}",
        ),
    ];
    for (plain, fancy) in forms {
        for fancy in fancy.chars() {
            for (file, patch) in [(fancy, plain), (plain, fancy)] {
                let workspace = Workspace::new(&texts([("f.txt", &format!("x{file}y\nz\n"))]));
                let input =
                    format!("*** Begin Patch\n*** Update File: f.txt\n@@\n-x{patch}y\n+A\n*** End Patch");
                run_tool(&workspace, &input);
                workspace.assert_tree(&format!("{fancy:?}"), &texts([("f.txt", "A\nz\n")]));
            }
        }
    }
    for other in "\u{2032}\u{ab}\u{ad}\u{fe63}\u{200b}\u{1680}\u{2026}".chars() {
        let tree = texts([("f.txt", &format!("x{other}y\n"))]);
        for plain in ["-", "'", "\"", " ", "..."] {
            let workspace = Workspace::new(&tree);
            let input = format!("*** Begin Patch\n*** Update File: f.txt\n@@\n-x{plain}y\n+A\n*** End Patch");
            run_tool(&workspace, &input);
            workspace.assert_tree(&format!("{other:?}"), &tree);
        }
    }
}

#[test]
fn a_search_over_repeated_lines_stays_quick() {
    // Quadratic work over these would be ten billion comparisons.
    let file = "x\n".repeat(200_000);
    let chunk = format!("{}-y\n", " x\n".repeat(50_000));
    let workspace = Workspace::new(&texts([("f.txt", &file)]));
    let started = std::time::Instant::now();
    let input = format!("*** Begin Patch\n*** Update File: f.txt\n@@\n{chunk}*** End Patch");
    let (output, _) = run_tool(&workspace, &input);
    assert!(output.contains("Failed to find expected lines"));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn full_access_writes_anywhere() {
    let workspace = Workspace::new(&texts([]));
    let patch = parse("*** Begin Patch\n*** Add File: ../out/x.txt\n+1\n*** End Patch").unwrap();
    let plan = verify(&patch, &workspace.cwd).unwrap();
    assert!(plan.check(&workspace.scope()).is_err());
    plan.check(&WriteScope::Anywhere).unwrap();
    let applied = plan.apply(&WriteScope::Anywhere).unwrap();
    assert_eq!(applied.summary, "Success. Updated the following files:\nA ../out/x.txt\n");
    assert_eq!(fs::read_to_string(workspace.outer.join("out/x.txt")).unwrap(), "1\n");
}

#[test]
fn wall_times() {
    let text = |millis| render_outcome(0, Duration::from_millis(millis), "x\n");
    assert_eq!(text(0), "Exit code: 0\nWall time: 0 seconds\nOutput:\nx\n");
    assert_eq!(text(49), "Exit code: 0\nWall time: 0 seconds\nOutput:\nx\n");
    assert_eq!(text(51), "Exit code: 0\nWall time: 0.1 seconds\nOutput:\nx\n");
    assert_eq!(text(12_340), "Exit code: 0\nWall time: 12.3 seconds\nOutput:\nx\n");
    assert_eq!(
        render_intercepted(Duration::from_micros(97_900), "x\n"),
        "Wall time: 0.0979 seconds\nOutput:\nx\n"
    );
}

#[test]
fn the_grammar_names_its_rules() {
    for rule in ["start:", "begin_patch:", "hunk:", "add_hunk:", "update_hunk:", "change_line:", "eof_line:"]
    {
        assert!(GRAMMAR.lines().any(|line| line.starts_with(rule)), "{rule}");
    }
}
