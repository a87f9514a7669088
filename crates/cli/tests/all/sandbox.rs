//! `codex sandbox` through the binary: what holds a command, what passes through, and the certificate.

#![cfg(target_os = "linux")]

use codex_test_support::{CommandOutput, Signal, TestCodex};
use pretty_assertions::assert_eq;

use crate::world::{ONLY_THE_WORKSPACE, world};

/// A world below the build folder: `/tmp` may be writable.
async fn quiet_world() -> TestCodex {
    world().root_in(env!("CARGO_TARGET_TMPDIR")).build().await.unwrap()
}

async fn sh(codex: &TestCodex, flags: &[&str], script: &str) -> CommandOutput {
    let shell = ["--", "/bin/sh", "-c", script];
    codex.command(["sandbox"]).args(flags.iter().copied()).args(shell).run().await.unwrap()
}

/// Whether the whole sandbox is to be had here, as the program itself says.
async fn certificate(codex: &TestCodex) -> CommandOutput {
    codex.command(["sandbox", "--certify"]).run().await.unwrap()
}

// covers: safety S11, safety S12, safety S32
#[tokio::test]
async fn the_certificate_is_whole_where_the_mechanisms_are_there() {
    let codex = quiet_world().await;
    let out = certificate(&codex).await;
    let full = out.stdout.starts_with("Sandbox: full: ");
    let missing = out.stdout.contains("  NOT enforced");
    assert_eq!((out.code == Some(0), missing), (full, !full), "{out:?}");
    for promise in ["no internet socket", "no capabilities", "no new privileges", "`.git` cannot be changed"]
    {
        let line = out.stdout.lines().find(|line| line.contains(promise)).unwrap();
        assert_eq!(line.starts_with("  enforced"), !out.stdout.starts_with("Sandbox: none"), "{line}");
    }
    assert_eq!(out.stderr, "");
}

// covers: safety S1, safety S7, safety S16
#[tokio::test]
async fn a_command_is_read_only_unless_asked_otherwise_and_its_end_passes_through() {
    let codex = quiet_world().await;
    if certificate(&codex).await.stdout.starts_with("Sandbox: none") {
        return;
    }
    let out = sh(&codex, &[], "echo out; echo err >&2; echo $CODEX_SANDBOX_NETWORK_DISABLED; exit 42").await;
    assert_eq!((out.code, &*out.stdout, &*out.stderr), (Some(42), "out\n1\n", "err\n"));
    assert_eq!(sh(&codex, &[], "kill -TERM $$").await.code, Some(143));
    assert_ne!(sh(&codex, &[], "echo x > made").await.code, Some(0));
    assert!(!codex.repo().join("made").exists());
    let mut flags = vec!["-c", "sandbox_mode=workspace-write"];
    flags.extend(ONLY_THE_WORKSPACE);
    codex.write("there", "").unwrap();
    assert_eq!(sh(&codex, &flags, "echo x > there").await.code, Some(0));
    assert_ne!(sh(&codex, &flags, "echo x > .git/made").await.code, Some(0));
    assert_ne!(sh(&codex, &flags, "echo x > ../made").await.code, Some(0));
    assert_eq!(codex.read("there").unwrap(), "x\n");
    let args = ["sandbox", "-P", ":read-only", "--", "cat"];
    let echoed = codex.command(args).stdin("typed").run().await.unwrap();
    assert_eq!((echoed.code, &*echoed.stdout), (Some(0), "typed"));
}

#[tokio::test]
async fn with_the_network_the_variable_is_absent() {
    let codex = quiet_world().await;
    let flags = ["-c", "sandbox_mode=workspace-write", "-c", "sandbox_workspace_write.network_access=true"];
    for flags in [&flags[..], &["-P", ":danger-full-access"]] {
        let shell = ["--", "/bin/sh", "-c", "echo [$V]"];
        let script = codex.command(["sandbox"]).args(flags.iter().copied()).args(shell);
        let script = script.env("V", "passed").run().await.unwrap();
        if script.stderr.contains("cannot enforce the sandbox") {
            continue;
        }
        assert_eq!(script.stdout, "[passed]\n", "{script:?}");
        let out = sh(&codex, flags, "echo [$CODEX_SANDBOX_NETWORK_DISABLED]").await;
        assert_eq!(out.stdout, "[]\n");
    }
}

// covers: safety S5
#[tokio::test]
async fn a_linked_name_and_an_unknown_profile_run_nothing() {
    let codex = quiet_world().await;
    let unknown = codex.command(["sandbox", "-P", "mine", "--", "touch", "ran"]).run().await.unwrap();
    assert_eq!((unknown.code, &*unknown.stdout), (Some(1), ""));
    assert!(unknown.stderr.contains("`mine`") && unknown.stderr.contains(":workspace"), "{unknown:?}");
    std::os::unix::fs::symlink(codex.home(), codex.repo().join(".codex")).unwrap();
    let linked = sh(&codex, &["-P", ":workspace"], "touch ran").await;
    assert_eq!((linked.code, &*linked.stdout), (Some(1), ""));
    assert!(linked.stderr.contains("is a symbolic link inside a writable root"), "{linked:?}");
    assert!(!codex.repo().join("ran").exists());
}

// covers: safety S13
#[tokio::test]
async fn without_namespaces_a_command_is_held_by_landlock_or_does_not_run() {
    let codex = quiet_world().await;
    let inner = "\"$0\" sandbox -P :workspace -- /bin/sh -c 'echo x > made; echo x > ../made; true'";
    // The outer sandbox refuses namespaces to the inner one; below it only Landlock is left.
    let outer = ["sandbox", "-P", ":workspace", "--", "/bin/sh", "-c", inner, env!("CARGO_BIN_EXE_codex")];
    let out = codex.command(outer).run().await.unwrap();
    assert!(!codex.root().join("made").exists(), "{out:?}");
    let certify = "\"$0\" sandbox --certify; echo code $?";
    let args = ["sandbox", "-P", ":workspace", "--", "/bin/sh", "-c", certify, env!("CARGO_BIN_EXE_codex")];
    let inner = codex.command(args).env("TMPDIR", codex.repo().join("tmp")).run().await.unwrap();
    assert!(!inner.stdout.contains("Sandbox: full"), "{inner:?}");
    assert!(!inner.stdout.contains("code 0"), "{inner:?}");
}

const PROFILES: &str = r#"
default_permissions = "small"
[permissions.small.filesystem]
":minimal" = "read"
":workspace_roots" = { "." = "write", "private" = "deny", "*.env" = "deny" }
[permissions.broken.filesystem]
"here" = "read"
"#;

// covers: safety S15, safety S33
#[tokio::test]
async fn a_permission_profile_decides_what_is_read_and_written() {
    let world = world().root_in(env!("CARGO_TARGET_TMPDIR")).home_file("extra.config.toml", PROFILES);
    let codex = world.build().await.unwrap();
    if !certificate(&codex).await.stdout.starts_with("Sandbox: full") {
        return;
    }
    codex.write("private/key", "secret\n").unwrap();
    codex.write("x.env", "secret\n").unwrap();
    codex.write("open", "open\n").unwrap();
    let out = sh(
        &codex,
        &["-p", "extra"],
        "cat open; echo y > made; cat private/key x.env ../config.toml; ls private",
    )
    .await;
    assert_eq!(out.stdout, "open\n", "{out:?}");
    assert_eq!((out.code, codex.read("made").unwrap()), (Some(2), "y\n".to_owned()));
    let out = sh(&codex, &["-P", ":read-only"], "cat private/key && echo x > made").await;
    assert_ne!((out.code, &*out.stdout), (Some(0), "secret\n"));
    for (name, text) in [("broken", "expected an absolute path"), ("none", "no permission profile `none`")] {
        let out = sh(&codex, &["-p", "extra", "-P", name], "true").await;
        assert_eq!(out.code, Some(1));
        assert!(out.stderr.contains(text), "{}", out.stderr);
    }
}

/// Signals end the command with its program, and no placeholder of a protected name stays behind.
// covers: safety S4
#[tokio::test]
async fn a_signal_ends_both_and_leaves_nothing_behind() {
    let codex = quiet_world().await;
    if certificate(&codex).await.stdout.starts_with("Sandbox: none") {
        return;
    }
    let before = names(codex.repo());
    for (signal, code) in [(Signal::Terminate, 143), (Signal::Hangup, 129), (Signal::Interrupt, 130)] {
        let mut args = vec!["sandbox", "-c", "sandbox_mode=workspace-write"];
        args.extend(ONLY_THE_WORKSPACE);
        args.extend(["--", "/bin/sh", "-c", "echo begun; sleep 300"]);
        let mut run = codex.command(args).spawn().unwrap();
        run.wait_for_stdout(|text| text.contains("begun")).await.unwrap();
        run.signal(signal).unwrap();
        assert_eq!(run.wait().await.unwrap().code, Some(code), "{signal:?}");
        assert_eq!(names(codex.repo()), before, "{signal:?}");
    }
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The folder of a background server's sockets is there or not; a command never sees into it.
#[tokio::test]
async fn the_sockets_of_a_background_server_are_hidden() {
    let codex = quiet_world().await;
    let support = certificate(&codex).await.stdout;
    if !support.starts_with("Sandbox: full: ") {
        return;
    }
    let user = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(codex.home()).unwrap());
    let folder = std::path::PathBuf::from(format!("/tmp/codex-daemon-{user}"));
    let ours = std::fs::create_dir(&folder).is_ok();
    let script = format!("ls {0} || echo hidden; mv {0} {0}-x || echo busy", folder.display());
    let mut seen = Vec::new();
    for flags in
        [&["-P", ":read-only"][..], &["-P", ":workspace"], &["-P", ":workspace", "--barrier", "bubblewrap"]]
    {
        if flags.contains(&"bubblewrap") && !support.contains("In reserve: bubblewrap") {
            continue;
        }
        seen.push(sh(&codex, flags, &script).await);
    }
    let certified = certificate(&codex).await;
    let by_landlock = ["-P", ":workspace", "--barrier", "landlock"];
    let stray = format!("touch {0}/stray; rmdir {0}; ls {0}", folder.display());
    let mut listed = None;
    if support.contains("In reserve: Landlock") {
        let certified = codex.command(["sandbox", "--certify", "--barrier", "landlock"]).run().await.unwrap();
        listed = Some((sh(&codex, &by_landlock, &stray).await, certified));
    }
    if ours {
        std::fs::remove_dir(&folder).unwrap();
    }
    for out in seen {
        assert_eq!(out.stdout, "hidden\nbusy\n", "{out:?}");
        assert!(out.stderr.contains("Permission denied"), "{out:?}");
    }
    for promise in ["cannot be changed", "is hidden"] {
        let line = format!("  enforced      the folder of a background server {promise} (");
        assert!(certified.stdout.contains(&line), "{certified:?}");
    }
    if let Some((out, certified)) = listed {
        assert_eq!((&*out.stdout, out.code), ("", Some(0)), "{out:?}");
        let unchanged = "  enforced      the folder of a background server cannot be changed (Landlock)";
        let seen = "  NOT enforced  the folder of a background server is hidden: it went through";
        assert!(certified.stdout.contains(unchanged) && certified.stdout.contains(seen), "{certified:?}");
    }
}

#[tokio::test]
async fn a_state_of_another_program_is_applied_as_it_is() {
    let codex = quiet_world().await;
    if certificate(&codex).await.stdout.starts_with("Sandbox: none") {
        return;
    }
    std::fs::create_dir(codex.repo().join("sub")).unwrap();
    let state = |cwd: &std::path::Path| {
        format!(
            r#"{{"permissionProfile":{{"type":"managed","file_system":{{"type":"restricted","entries":[
                {{"path":{{"type":"special","value":{{"kind":"root"}}}},"access":"read"}},
                {{"path":{{"type":"special","value":{{"kind":"project_roots"}}}},"access":"write"}}]}},
                "network":"enabled"}},"sandboxCwd":"file://{}"}}"#,
            cwd.display()
        )
    };
    let json = state(&codex.repo().join("sub"));
    let script = "echo [$CODEX_SANDBOX_NETWORK_DISABLED]; pwd; echo x > ../made; true";
    let out = sh(&codex, &["--sandbox-state-json", &json], script).await;
    assert_eq!(out.stdout, format!("[]\n{}\n", codex.repo().join("sub").display()), "{out:?}");
    let closed = ["--sandbox-state-json", &json, "--sandbox-state-disable-network"];
    assert!(sh(&codex, &closed, script).await.stdout.starts_with("[1]\n"));
    assert!(!codex.repo().join("made").exists());
    let alone = sh(&codex, &["--sandbox-state-disable-network"], "true").await;
    assert_ne!(alone.code, Some(0));
}
