//! Whether an administrator's file can be believed: nobody but them may be able to write it.
//! Reads metadata only. Invariant: a file in doubt is refused, not left out, since leaving it out would lift its limits.

use std::path::Path;

use crate::error::ConfigError;

/// Refuses a policy file that exists where others could have put or changed it.
#[cfg(unix)]
pub(crate) fn check_policy_file(file: &Path) -> Result<(), ConfigError> {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    const OTHERS_MAY_WRITE: u32 = 0o002;
    const GROUP_MAY_WRITE: u32 = 0o020;
    const ROOT: u32 = 0;
    // Nothing there, or not for us to look at: reading it says what is to be said.
    let Ok(metadata) = fs::metadata(file) else { return Ok(()) };
    let folder = fs::canonicalize(file).ok().and_then(|real| real.parent().map(Path::to_path_buf));
    let folder = folder.unwrap_or_else(|| file.parent().unwrap_or(file).to_path_buf());
    let named_folder = file.parent().unwrap_or(file);
    let places = [
        (file, Ok(metadata)),
        (named_folder, fs::metadata(named_folder)),
        (folder.as_path(), fs::metadata(&folder)),
    ];
    for (path, metadata) in places {
        let metadata = metadata.map_err(|source| ConfigError::Read { path: path.to_path_buf(), source })?;
        if let Some(own) = own_uid()
            && ![ROOT, own].contains(&metadata.uid())
        {
            return Err(ConfigError::PolicyFileOwner { path: path.to_path_buf(), owner: metadata.uid() });
        }
        let mode = metadata.mode();
        let by_group = mode & GROUP_MAY_WRITE != 0 && metadata.gid() != ROOT;
        if mode & OTHERS_MAY_WRITE != 0 || by_group {
            return Err(ConfigError::PolicyFileOpen { path: path.to_path_buf(), mode: mode & 0o7777 });
        }
    }
    Ok(())
}

/// Who we are, where the system says so; elsewhere owners are not looked at.
#[cfg(unix)]
fn own_uid() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").ok().map(|metadata| metadata.uid())
}

/// Owners and access lists are not looked at here.
#[cfg(not(unix))]
pub(crate) fn check_policy_file(_file: &Path) -> Result<(), ConfigError> {
    Ok(())
}
