//! Temporary folders of a command: random names, for its person only.

use std::io;

use tempfile::{Builder, TempDir};

/// A new folder whose name begins with `prefix`; gone when dropped.
pub(crate) fn scratch_folder(prefix: &str) -> io::Result<TempDir> {
    let mut builder = Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    builder.tempdir()
}
