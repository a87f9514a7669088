//! Whether a profile's denied paths stay unread, and the folder of a background server closed: the outer half, which
//! prepares a folder with secrets, and the inner half, which tries to get at them.
//! Invariant: nothing outside the trial folder is made or changed.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use codex_protocol::{FileAccess, FileRules, NetworkAccess, Permissions};

use crate::certificate::{Answers, LANDLOCK, MOUNT_NAMESPACE, MOUNTS, NOTHING, Promise, answers, limited};
use crate::inside::{Trials, create};
use crate::linux::daemon_path;
use crate::{CertifyError, Claim, CommandSpec, Rung, Support};

/// The first argument of the probe.
pub(crate) const WORD: &str = "denied";
/// Stands for a folder that is not there.
const NO_FOLDER: &str = "-";

const PROMISES: &[Promise] = &[
    (
        "what a profile denies cannot be read",
        &["denied-file", "denied-folder", "denied-inside"],
        MOUNTS,
        LANDLOCK,
    ),
    (
        "no link, no move and no way through /proc leads to it",
        &["denied-link", "denied-hard-link", "denied-moved", "denied-proc"],
        MOUNTS,
        LANDLOCK,
    ),
    ("what lies beside it can be read", &["denied-beside"], MOUNT_NAMESPACE, LANDLOCK),
    ("the folders that lead to it can be listed", &["denied-lead"], MOUNT_NAMESPACE, NOTHING),
];

const DAEMON_PROMISES: &[Promise] = &[
    ("the folder of a background server cannot be changed", &["daemon-changed"], MOUNTS, LANDLOCK),
    ("the folder of a background server is hidden", &["daemon-seen"], MOUNT_NAMESPACE, NOTHING),
];

/// Tries the promises below `scratch`. Those about a background server are only made where its folder is there.
pub(crate) async fn claims(
    probe: &[OsString],
    scratch: &Path,
    support: &Support,
    rung: Rung,
) -> Result<Vec<Claim>, CertifyError> {
    let failed = |source| CertifyError::Scratch { path: scratch.to_path_buf(), source };
    let workspace = prepare(scratch).map_err(failed)?;
    let daemon = daemon_path().filter(|folder| folder.is_dir());
    let told = daemon.clone().map_or_else(|| NO_FOLDER.into(), PathBuf::into_os_string);
    let arguments = [WORD.into(), workspace.clone().into(), told];
    let answers: Answers = answers(probe, spec(&workspace, rung), arguments).await?;
    let mut claims = answers.claims(PROMISES, support, rung);
    if daemon.is_some() {
        claims.extend(answers.claims(DAEMON_PROMISES, support, rung));
    }
    Ok(claims)
}

fn prepare(scratch: &Path) -> io::Result<PathBuf> {
    let workspace = fs::canonicalize(scratch)?.join("denied");
    fs::create_dir_all(workspace.join("sub"))?;
    fs::create_dir(workspace.join("secrets"))?;
    for file in ["key", "secrets/file", "sub/plain"] {
        fs::write(workspace.join(file), "")?;
    }
    symlink(workspace.join("secrets/file"), workspace.join("sub/link"))?;
    Ok(workspace)
}

/// The workspace and the shared temporary folder can be written, the rest read, and the secrets neither.
fn spec(workspace: &Path, rung: Rung) -> CommandSpec {
    let mut files = FileRules::default();
    files.add(PathBuf::from("/"), FileAccess::Read);
    for root in [workspace, Path::new("/tmp")] {
        files.add(root.to_path_buf(), FileAccess::Write);
    }
    for denied in ["key", "secrets"] {
        files.add(workspace.join(denied), FileAccess::Deny);
    }
    limited(workspace, rung, Permissions::Limited { files, network: NetworkAccess::Restricted })
}

/// The inner half. Arguments: the workspace, and the folder of a background server or [`NO_FOLDER`].
pub(crate) fn look(workspace: &Path, daemon: &Path) -> String {
    let mut trials = Trials::new();
    let (key, secrets, sub) = (workspace.join("key"), workspace.join("secrets"), workspace.join("sub"));
    trials.refused("denied-file", fs::read(&key));
    trials.refused("denied-folder", fs::read_dir(&secrets));
    trials.refused("denied-inside", fs::read(secrets.join("file")));
    trials.refused("denied-link", fs::read(sub.join("link")));
    trials.refused("denied-hard-link", fs::hard_link(&key, sub.join("hard")));
    let moves = [(&key, "moved-file"), (&secrets, "moved-folder")];
    let moved = moves.into_iter().map(|(from, to)| fs::rename(from, sub.join(to))).find(Result::is_ok);
    trials.refused("denied-moved", moved.unwrap_or_else(|| Err(io::ErrorKind::PermissionDenied.into())));
    let mut through_proc = OsString::from("/proc/self/root");
    through_proc.push(&key);
    trials.refused("denied-proc", fs::read(through_proc));
    trials.works("denied-beside", fs::read(sub.join("plain")));
    trials.works("denied-lead", fs::read_dir(workspace));
    if daemon != Path::new(NO_FOLDER) {
        let stray = daemon.join(format!(".codex-probe-{}", std::process::id()));
        trials.refused("daemon-changed", create(&stray).and_then(|()| fs::remove_file(&stray)));
        trials.refused("daemon-seen", fs::read_dir(daemon));
    }
    trials.into_lines()
}
