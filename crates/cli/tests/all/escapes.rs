//! The escapes that were tried on the official program (`safety.md §5`), row by row on ours, on each rung that has the
//! whole policy. No row is looser than what was seen there; two are tighter, and a small profile runs commands.

#![cfg(target_os = "linux")]

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use codex_test_support::TestCodex;
use pretty_assertions::assert_eq;

use crate::world::{ONLY_THE_WORKSPACE, world};

/// Under what a row runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// `read-only`
    Read,
    /// `workspace-write` without the temporary folders, because the world of the test may lie in one.
    Write,
    /// `workspace-write` as it is.
    WithTmp,
    /// ... with the network.
    WithNet,
    /// ... with one more root.
    WithRoot,
    /// A profile.
    Profile(&'static str),
}
use Mode::{Profile, Read, WithNet, WithRoot, WithTmp, Write};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It could not.
    Held,
    /// It could, as it may.
    Could,
    /// The command's own code.
    Code(i32),
}
use End::{Code, Could, Held};

/// `(name, mode, command, end)`; the names are those of the reference's list.
type Row = (&'static str, Mode, &'static str, End);

const FILES: [Row; 21] = [
    ("ro_write_workspace", Read, "echo x > w.txt", Held),
    ("ro_write_tmp", Read, "echo x > /tmp/$TAG", Held),
    ("ro_read_outside", Read, "cat $OUTSIDE/o.txt", Could),
    ("ro_dev_null", Read, "echo x > /dev/null", Could),
    ("ww_write_workspace", Write, "echo x > w.txt", Could),
    ("ww_write_tmp", WithTmp, "echo x > /tmp/$TAG && rm /tmp/$TAG", Could),
    ("ww_exclude_slash_tmp", Write, "echo x > /tmp/$TAG", Held),
    ("ww_write_outside", Write, "echo x > $OUTSIDE/n.txt", Held),
    ("ww_write_home", Write, "echo x > $OURS/n.txt", Held),
    ("ww_git_config", Write, "echo x >> .git/config", Held),
    ("ww_git_rename", Write, "mv .git .git2", Held),
    ("ww_create_dot_codex", Write, "mkdir -p .codex && echo x > .codex/config.toml", Held),
    (
        "ww_git_commit_blocked",
        Write,
        "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x",
        Held,
    ),
    ("ww_symlink_file_out", Write, "ln -s $OUTSIDE/o.txt l && echo x > l", Held),
    ("ww_symlink_dir_out", Write, "ln -s $OUTSIDE d && echo x > d/n.txt", Held),
    ("ww_hardlink_out", Write, "ln $OUTSIDE/o.txt h && echo x > h", Held),
    ("ww_writable_root_extra", WithRoot, "echo x > $EXTRA/n.txt", Could),
    ("ww_rename_git_hook", Write, "echo x > .git/hooks/pre-commit", Held),
    ("full_write_outside", Profile(":danger-full-access"), "echo x > $EXTRA/n.txt", Could),
    ("exit_code_passthrough", Write, "exit 42", Code(42)),
    ("ww_net_env_flag", Write, "test \"$CODEX_SANDBOX_NETWORK_DISABLED\" = 1", Could),
];

const KERNEL: [Row; 13] = [
    ("ww_proc_sysrq", Write, "echo h > /proc/sysrq-trigger", Held),
    // Tighter: the official program lets root write here.
    ("ww_proc_sys_write", Write, "v=$(cat /proc/sys/vm/swappiness); echo $v > /proc/sys/vm/swappiness", Held),
    ("ww_proc_self_mem_ok", Write, "cat /proc/self/status > /dev/null", Could),
    ("ww_pid_namespace", Write, "test $(ls /proc | grep -c '^[0-9]*$') -lt 12", Could),
    ("ww_no_caps", Write, "grep -q '^CapEff:.*0000000000000000' /proc/self/status", Could),
    ("ww_no_new_privs", Write, "grep -q '^NoNewPrivs:.*1' /proc/self/status", Could),
    ("ww_mount", Write, "mount -t tmpfs none .", Held),
    ("ww_remount", Write, "mount -o remount,rw /", Held),
    ("ww_nested_user_namespace", Write, "unshare -Urm true", Held),
    ("ww_chroot", Write, "chroot . /bin/true", Held),
    ("ww_kill_host_process", Write, "kill -0 $HOSTPID", Held),
    ("ww_signal_group", Write, "kill -0 -$HOSTPID", Held),
    ("ww_host_environment", Write, "cat /proc/$HOSTPID/environ", Held),
];

const CALLS: [Row; 10] = [
    (
        "ww_ptrace",
        Write,
        "import ctypes,sys; l=ctypes.CDLL(None); sys.exit(0 if l.ptrace(0,0,0,0)==0 else 7)",
        Code(7),
    ),
    (
        "ww_process_vm_readv",
        Write,
        "import ctypes,os,sys; l=ctypes.CDLL(None); sys.exit(0 if l.process_vm_readv(os.getpid(),None,0,None,0,0)>=0 else 7)",
        Code(7),
    ),
    (
        "ww_io_uring",
        Write,
        "import ctypes,sys; l=ctypes.CDLL(None); b=ctypes.create_string_buffer(256); sys.exit(0 if l.syscall(425,1,b)>=0 else 7)",
        Code(7),
    ),
    (
        "ww_loopback_connect",
        Write,
        "import os,socket; socket.create_connection(('127.0.0.1',int(os.environ['PORT'])),20)",
        Held,
    ),
    (
        "ww_network_access_true",
        WithNet,
        "import os,socket; socket.create_connection(('127.0.0.1',int(os.environ['PORT'])),20)",
        Could,
    ),
    ("ww_tcp_socket_create", Write, "import socket; socket.socket(socket.AF_INET)", Held),
    ("ww_udp_socket_create", Write, "import socket; socket.socket(socket.AF_INET,socket.SOCK_DGRAM)", Held),
    ("ww_ipv6_socket_create", Write, "import socket; socket.socket(socket.AF_INET6)", Held),
    (
        "ww_unix_connect_path",
        Write,
        "import os,socket; socket.socket(socket.AF_UNIX).connect(os.environ['SOCKET'])",
        Held,
    ),
    (
        "ww_unix_socketpair_ok",
        Write,
        "import os,socket; a,b=socket.socketpair(); os.write(a.fileno(),b'x'); assert os.read(b.fileno(),1)==b'x'",
        Could,
    ),
];

const PROFILES: [Row; 12] = [
    ("prof_deny_read_file", Profile("locked"), "cat $SECRET/s.txt", Held),
    ("prof_deny_read_ls", Profile("locked"), "ls $SECRET | grep -q s.txt", Held),
    ("prof_deny_read_symlink", Profile("locked"), "ln -s $SECRET/s.txt k && cat k", Held),
    ("prof_deny_read_hardlink", Profile("locked"), "ln $SECRET/s.txt k && cat k", Held),
    ("prof_deny_read_proc", Profile("locked"), "cat /proc/self/root$SECRET/s.txt", Held),
    ("prof_deny_rename", Profile("locked"), "mv $SECRET $SECRET-2", Held),
    ("prof_deny_workspace_sub", Profile("locked"), "cat private/p.txt", Held),
    ("prof_write_ok", Profile("locked"), "echo x > w.txt", Could),
    ("prof_minimal_hides_outside", Profile("minimal"), "cat $OUTSIDE/o.txt", Held),
    // Better: the official helper cannot start here.
    ("prof_minimal_runs", Profile("minimal"), "echo ran", Could),
    ("prof_builtin_read_only", Profile(":read-only"), "echo x > w.txt", Held),
    ("prof_builtin_workspace", Profile(":workspace"), "echo x > w.txt", Could),
];

/// A world with a folder outside, one that is secret, an extra root, and something to connect to.
struct Field {
    codex: TestCodex,
    port: TcpListener,
    _socket: UnixListener,
}

impl Field {
    async fn new() -> Self {
        let profiles = "
            [permissions.locked]
            extends = \":workspace\"
            [permissions.locked.filesystem]
            \"SECRET\" = \"deny\"
            \":workspace_roots\" = { private = \"deny\" }
            [permissions.minimal.filesystem]
            \":minimal\" = \"read\"
            \":workspace_roots\" = { \".\" = \"write\" }
        ";
        let codex = world().root_in(env!("CARGO_TARGET_TMPDIR")).build().await.unwrap();
        for (path, text) in [("outside/o.txt", "outside-data"), ("secret/s.txt", "secret"), ("extra/e", "")] {
            let path = codex.root().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let secret = codex.root().join("secret");
        let profiles = profiles.replace("SECRET", secret.to_str().unwrap());
        std::fs::write(codex.home().join("rows.config.toml"), profiles).unwrap();
        codex.write("private/p.txt", "top-secret").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = UnixListener::bind(codex.root().join("s")).unwrap();
        Self { codex, port, _socket: socket }
    }

    /// What comes of one row on one rung.
    async fn end(&self, (name, mode, command, _): Row, rung: &str, interpreter: &[&str]) -> End {
        let root = self.codex.root();
        let extra = format!("sandbox_workspace_write.writable_roots=[{:?}]", root.join("extra"));
        let mut flags = vec!["sandbox", "--barrier", rung];
        match mode {
            Read => flags.extend(["-c", "sandbox_mode=read-only"]),
            Write | WithTmp | WithNet | WithRoot => flags.extend(["-c", "sandbox_mode=workspace-write"]),
            // Nothing holds a command here, so there is no rung.
            Profile(":danger-full-access") => flags = vec!["sandbox", "-P", ":danger-full-access"],
            Profile(name) => flags.extend(["-p", "rows", "-P", name]),
        }
        match mode {
            Write => flags.extend(ONLY_THE_WORKSPACE),
            WithNet => flags.extend(["-c", "sandbox_workspace_write.network_access=true"]),
            WithRoot => flags.extend(["-c", &extra]),
            Read | WithTmp | Profile(_) => {}
        }
        flags.push("--");
        flags.extend(interpreter);
        flags.push(command);
        let run = self.codex.command(flags).env("OUTSIDE", root.join("outside"));
        let run = run.env("SECRET", root.join("secret")).env("EXTRA", root.join("extra"));
        let run = run.env("OURS", self.codex.home()).env("SOCKET", root.join("s"));
        let run = run.env("PORT", self.port.local_addr().unwrap().port().to_string());
        let run = run.env("HOSTPID", std::process::id().to_string());
        let out = run.env("TAG", format!("codex-row-{}-{rung}", std::process::id())).run().await.unwrap();
        let set_up =
            !out.stderr.contains("cannot enforce the sandbox") && !out.stderr.contains("Error loading");
        assert!(set_up, "{name} did not start on {rung}: {out:?}");
        match out.code {
            Some(0) => Could,
            Some(code @ (7 | 42)) => Code(code),
            _ => Held,
        }
    }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

async fn rows_hold(tables: &[&[Row]], interpreter: &[&str]) {
    let probe = world().root_in(env!("CARGO_TARGET_TMPDIR")).build().await.unwrap();
    let certificate = probe.command(["sandbox", "--certify"]).run().await.unwrap().stdout;
    for rung in ["namespaces", "bubblewrap"] {
        let has_it = match rung {
            "bubblewrap" => certificate.contains("In reserve: bubblewrap"),
            _ => certificate.starts_with("Sandbox: full: private namespaces"),
        };
        if !has_it {
            continue;
        }
        let field = Field::new().await;
        let mut seen = Vec::new();
        let rows: Vec<Row> = tables.iter().flat_map(|table| table.iter().copied()).collect();
        for row in &rows {
            seen.push((row.0, row.1, row.2, field.end(*row, rung, interpreter).await));
        }
        assert_eq!(seen, rows, "{rung}");
        let root = field.codex.root();
        assert_eq!(text(&root.join("outside/o.txt")), "outside-data");
        assert_eq!(std::fs::read_dir(root.join("outside")).unwrap().count(), 1);
        assert_eq!(text(&root.join("secret/s.txt")), "secret");
        assert!(!field.codex.home().join("n.txt").exists());
        assert!(!field.codex.repo().join(".codex").exists());
        assert!(field.codex.repo().join(".git/config").exists());
    }
}

// covers: safety S1, safety S2, safety S3, safety S6
#[tokio::test]
async fn no_row_about_files_and_the_kernel_is_looser() {
    rows_hold(&[&FILES, &KERNEL], &["/bin/bash", "-c"]).await;
}

// covers: safety S8, safety S9, safety S10
#[tokio::test]
async fn no_row_about_system_calls_is_looser() {
    if Command::new("python3").arg("--version").output().is_err() {
        // The same calls are made by a probe of our own in the tests of the sandbox.
        return;
    }
    rows_hold(&[&CALLS], &["python3", "-S", "-c"]).await;
}

// covers: safety S15, safety S33
#[tokio::test]
async fn no_row_about_profiles_is_looser() {
    rows_hold(&[&PROFILES], &["/bin/bash", "-c"]).await;
}

/// A pointer to the real git folder, and a protected name that is a link.
#[tokio::test]
async fn a_git_pointer_and_a_link_are_held() {
    let field = Field::new().await;
    let repo = field.codex.repo();
    let real = field.codex.root().join("real.git");
    std::fs::remove_dir_all(repo.join(".git")).unwrap();
    let real_text = real.to_str().unwrap();
    let init = ["init", "-q", "--separate-git-dir", real_text, "."];
    assert!(Command::new("git").args(init).current_dir(repo).status().unwrap().success());
    let before = text(&real.join("config"));
    let mut flags = vec!["sandbox", "-c", "sandbox_mode=workspace-write"];
    flags.extend(ONLY_THE_WORKSPACE);
    let held = |script: String| {
        let shell = ["--".to_owned(), "/bin/bash".to_owned(), "-c".to_owned(), script];
        let words = flags.iter().map(|word| (*word).to_owned()).chain(shell);
        field.codex.command(words).run()
    };
    for script in [format!("echo x >> {real_text}/config"), "echo x > .git".to_owned()] {
        assert_ne!(held(script.clone()).await.unwrap().code, Some(0), "{script}");
    }
    assert_eq!(text(&real.join("config")), before);
    std::fs::create_dir(repo.join("t")).unwrap();
    std::os::unix::fs::symlink("t", repo.join(".codex")).unwrap();
    assert_eq!(held("touch ran; echo x > .codex/config.toml".to_owned()).await.unwrap().code, Some(1));
    assert!(!repo.join("ran").exists() && !repo.join("t/config.toml").exists());
}
