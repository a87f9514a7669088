//! What a child thread may do: never more than its parent (`threats.md` 33). Pure.

use codex_protocol::{
    FileAccess, FilePermissions, NamedProfile, NetworkAccess, PermissionEntry, PermissionProfile,
    SandboxPolicy, SpecialPath,
};

/// What a child may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// What its parent may.
    AsParent,
    /// Of what its parent may read, all; nothing is written and nothing connected to.
    ReadOnly,
}

/// The parent's policy, cut down to what the child needs. What the parent may not read the child may not either.
pub(crate) fn narrowed(parent: &SandboxPolicy, reach: Reach) -> SandboxPolicy {
    match (reach, parent) {
        (Reach::AsParent, parent) => parent.clone(),
        (Reach::ReadOnly, SandboxPolicy::Profile(named)) => match &named.profile {
            PermissionProfile::Disabled => SandboxPolicy::ReadOnly,
            PermissionProfile::Managed { file_system, .. } => {
                SandboxPolicy::Profile(Box::new(NamedProfile {
                    profile: PermissionProfile::Managed {
                        file_system: unwritten(file_system),
                        network: NetworkAccess::Restricted,
                    },
                    ..NamedProfile::clone(named)
                }))
            }
        },
        (
            Reach::ReadOnly,
            SandboxPolicy::DangerFullAccess | SandboxPolicy::ReadOnly | SandboxPolicy::WorkspaceWrite { .. },
        ) => SandboxPolicy::ReadOnly,
    }
}

fn unwritten(files: &FilePermissions) -> FilePermissions {
    match files {
        FilePermissions::Unrestricted => FilePermissions::Restricted {
            entries: vec![PermissionEntry::special(SpecialPath::Root, FileAccess::Read)],
            glob_scan_depth_max: None,
        },
        FilePermissions::Restricted { entries, glob_scan_depth_max } => {
            let read = |entry: &PermissionEntry| PermissionEntry {
                access: match entry.access {
                    FileAccess::Write => FileAccess::Read,
                    kept => kept,
                },
                ..entry.clone()
            };
            FilePermissions::Restricted {
                entries: entries.iter().map(read).collect(),
                glob_scan_depth_max: *glob_scan_depth_max,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    // threat 33
    #[test]
    fn a_child_has_its_parents_limits_or_narrower_ones() {
        let profile = |entries: Vec<PermissionEntry>, network| {
            SandboxPolicy::Profile(Box::new(NamedProfile {
                id: "mine".to_owned(),
                extends: None,
                workspace_roots: Vec::new(),
                profile: PermissionProfile::Managed {
                    file_system: FilePermissions::Restricted { entries, glob_scan_depth_max: Some(3) },
                    network,
                },
            }))
        };
        let secret = PermissionEntry::at("/w/secret", FileAccess::Deny);
        let mine = profile(
            vec![PermissionEntry::at("/w", FileAccess::Write), secret.clone()],
            NetworkAccess::Enabled,
        );
        let read =
            profile(vec![PermissionEntry::at("/w", FileAccess::Read), secret], NetworkAccess::Restricted);
        for (parent, expected) in [
            (SandboxPolicy::DangerFullAccess, SandboxPolicy::ReadOnly),
            (SandboxPolicy::workspace_write(), SandboxPolicy::ReadOnly),
            (SandboxPolicy::ReadOnly, SandboxPolicy::ReadOnly),
            (mine, read),
        ] {
            assert_eq!(narrowed(&parent, Reach::AsParent), parent);
            assert_eq!(narrowed(&parent, Reach::ReadOnly), expected);
        }
    }
}
