//! `--sandbox-state-json`: permissions as another program keeps them, applied as they are.
//! Owns the reading; what permissions mean is the protocol's.

use std::path::{Path, PathBuf};

use codex_config::{BUILTIN_PROFILES, Config};
use codex_protocol::{
    FileAccess, NamedProfile, NetworkAccess, PermissionProfile, Permissions, SandboxMode, SandboxPolicy,
    Surroundings,
};
use serde::Deserialize;

use crate::args::StateArgs;
use crate::error::CliError;

/// The part of the state that counts here; it has more.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SandboxState {
    permission_profile: PermissionProfile,
    /// A `file://` URL.
    sandbox_cwd: String,
}

/// The working folder and the permissions of a state; `None` when none was given. What an administrator's requirements do
/// not let be chosen is refused here too.
pub(crate) fn given(
    args: &StateArgs,
    surroundings: Surroundings<'_>,
    config: &Config,
) -> Result<Option<(PathBuf, Permissions)>, CliError> {
    let Some((cwd, policy, permissions)) = read(args, surroundings)? else { return Ok(None) };
    if let Some(limits) = &config.limits {
        let allowed = |id: &str| profile(id, config).map(|allowed| allowed.resolve(&cwd, surroundings));
        limits.unnamed(policy.mode(), |id| {
            allowed(id).is_some_and(|allowed| permissions.is_within(&allowed))
        })?;
    }
    Ok(Some((cwd, permissions)))
}

/// A profile by its name.
fn profile(id: &str, config: &Config) -> Option<SandboxPolicy> {
    let builtin = BUILTIN_PROFILES.iter().find(|(name, _)| *name == id);
    match builtin {
        Some((_, SandboxMode::ReadOnly)) => Some(SandboxPolicy::ReadOnly),
        Some((_, SandboxMode::WorkspaceWrite)) => Some(SandboxPolicy::workspace_write()),
        Some((_, SandboxMode::DangerFullAccess)) => Some(SandboxPolicy::DangerFullAccess),
        None => config.permissions.named.get(id).map(|named| SandboxPolicy::Profile(Box::new(named.clone()))),
    }
}

/// A state with what its profile comes nearest to.
fn read(
    args: &StateArgs,
    surroundings: Surroundings<'_>,
) -> Result<Option<(PathBuf, SandboxPolicy, Permissions)>, CliError> {
    let Some(json) = &args.json else { return Ok(None) };
    let wrong = |reason: String| CliError::Usage(format!("--sandbox-state-json cannot be read: {reason}"));
    let state: SandboxState = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
    let cwd = path_of(&state.sandbox_cwd)
        .ok_or_else(|| wrong("`sandboxCwd` is no `file://` URL of a folder".to_owned()))?;
    let profile = state.permission_profile.with_roots(std::slice::from_ref(&cwd));
    let mut permissions = profile.resolve(surroundings);
    if let Permissions::Limited { files, network } = &mut permissions {
        for root in &args.readable_roots {
            files.add(cwd.join(root), FileAccess::Read);
        }
        if args.disable_network {
            *network = NetworkAccess::Restricted;
        }
    } else if args.disable_network {
        let reason = "permissions without a sandbox cannot close the network".to_owned();
        return Err(wrong(reason));
    }
    let named =
        NamedProfile { id: String::new(), extends: None, workspace_roots: vec![cwd.clone()], profile };
    Ok(Some((cwd, SandboxPolicy::Profile(Box::new(named)), permissions)))
}

/// The absolute path of a `file://` URL.
fn path_of(url: &str) -> Option<PathBuf> {
    let mut bytes = Vec::new();
    let mut left = url.strip_prefix("file://")?.bytes();
    while let Some(byte) = left.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let code = digit(left.next()?)? * 16 + digit(left.next()?)?;
                u8::try_from(code).ok()?
            }
            plain => plain,
        });
    }
    let path = PathBuf::from(String::from_utf8(bytes).ok()?);
    path.is_absolute().then(|| Path::new("/").join(path))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn args(json: &str) -> StateArgs {
        StateArgs { json: Some(json.to_owned()), readable_roots: vec!["sub".into()], disable_network: true }
    }

    #[test]
    fn a_state_becomes_permissions_of_its_folder() {
        let json = r#"{"permissionProfile":{"type":"managed","file_system":{"type":"restricted","entries":[
            {"path":{"type":"special","value":{"kind":"project_roots"}},"access":"write"}]},"network":"enabled"},
            "sandboxCwd":"file:///w/a%20b","more":1}"#;
        let (cwd, _, permissions) = read(&args(json), Surroundings::default()).unwrap().unwrap();
        assert_eq!(cwd, Path::new("/w/a b"));
        let files = permissions.files().unwrap();
        let places: Vec<_> = files.places().collect();
        let expected =
            [(Path::new("/w/a b"), FileAccess::Write), (Path::new("/w/a b/sub"), FileAccess::Read)];
        assert_eq!((places.as_slice(), permissions.network_enabled()), (expected.as_slice(), false));
    }

    #[test]
    fn what_cannot_be_read_or_held_is_refused() {
        let disabled =
            |cwd: &str| format!(r#"{{"permissionProfile":{{"type":"disabled"}},"sandboxCwd":"{cwd}"}}"#);
        for json in [
            "",
            "{}",
            "[]",
            &disabled("/w"),
            &disabled("file://w"),
            &disabled("file:///%z"),
            &disabled("file:///w"),
        ] {
            assert!(read(&args(json), Surroundings::default()).is_err(), "{json}");
        }
        let free =
            StateArgs { readable_roots: Vec::new(), disable_network: false, ..args(&disabled("file:///w")) };
        let (_, _, permissions) = read(&free, Surroundings::default()).unwrap().unwrap();
        assert_eq!(permissions, Permissions::Unlimited);
    }

    /// What an administrator wrote, and a state that writes its folder, one that reads and one without limits.
    #[test]
    fn requirements_hold_for_a_state_too() {
        let dir = tempfile::tempdir().unwrap();
        let base = std::fs::canonicalize(dir.path()).unwrap();
        let state = |access: &str, network: &str| {
            format!(
                r#"{{"permissionProfile":{{"type":"managed","file_system":{{"type":"restricted","entries":[
                {{"path":{{"type":"special","value":{{"kind":"root"}}}},"access":"read"}},
                {{"path":{{"type":"special","value":{{"kind":"project_roots"}}}},"access":"{access}"}}]}},
                "network":"{network}"}},"sandboxCwd":"file:///w"}}"#
            )
        };
        let (writes, reads) = (state("write", "restricted"), state("read", "restricted"));
        let connects = state("read", "enabled");
        let free = r#"{"permissionProfile":{"type":"disabled"},"sandboxCwd":"file:///w"}"#.to_owned();
        for (requirements, allowed) in [
            ("", [true, true, true, true]),
            ("allowed_sandbox_modes = ['read-only', 'workspace-write']", [true, true, true, false]),
            ("allowed_sandbox_modes = ['read-only']", [false, true, true, false]),
            ("allowed_permission_profiles = [':workspace']", [true, true, false, false]),
            ("allowed_permission_profiles = [':read-only']", [false, true, false, false]),
            ("allowed_permission_profiles = [':danger-full-access']", [true, true, true, true]),
        ] {
            std::fs::write(base.join("requirements.toml"), requirements).unwrap();
            let mut request = codex_config::LoadRequest::new(base.join("home"), &base);
            request.system_dir.clone_from(&base);
            let config = codex_config::load(&request).unwrap().config;
            let states = [&writes, &reads, &connects, &free];
            let held = states.map(|json| {
                let args = StateArgs {
                    json: Some(json.clone()),
                    readable_roots: Vec::new(),
                    disable_network: false,
                };
                match given(&args, Surroundings::default(), &config) {
                    Ok(Some(_)) => true,
                    Err(CliError::Config(error)) => {
                        assert!(error.to_string().contains("requirements.toml"), "{error}");
                        false
                    }
                    other => panic!("{other:?}"),
                }
            });
            assert_eq!(held, allowed, "{requirements}");
        }
    }
}
