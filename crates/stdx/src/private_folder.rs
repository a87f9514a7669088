//! Folders of our own, which nobody else can enter, whatever the umask is.

use std::fs::DirBuilder;
use std::io;
use std::path::Path;

/// Makes the folder with those above it that are missing; the new ones have mode 0700. One that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    // threat 18
    #[test]
    fn only_the_owner_can_enter_what_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let there = dir.path().join("there");
        fs::create_dir(&there).unwrap();
        fs::set_permissions(&there, fs::Permissions::from_mode(0o755)).unwrap();
        make_private_folder(&there.join("a/b")).unwrap();
        make_private_folder(&there.join("a/b")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode(&there), mode(&there.join("a")), mode(&there.join("a/b"))], [0o755, 0o700, 0o700]);
    }
}
