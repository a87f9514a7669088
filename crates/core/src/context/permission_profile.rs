//! The permission profile a policy amounts to, in its file form and in the form the model reads.
//! Pure; enforcing it is the sandbox crate's work.

use std::path::{Path, PathBuf};

use codex_protocol::{
    EntryPath, FileAccess, FilePermissions, PermissionEntry, PermissionProfile, SandboxPolicy, SpecialPath,
};
use serde::Serialize;
use serde_json::{Value, json};

/// The profile of one turn (`rollouts.md §4`, `safety.md §4`).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProfileView {
    roots: Vec<PathBuf>,
    policy: SandboxPolicy,
    profile: PermissionProfile,
}

impl ProfileView {
    /// The profile of `policy` for work in `cwd`.
    pub(crate) fn new(policy: &SandboxPolicy, cwd: &Path) -> Self {
        Self { roots: policy.workspace_roots(cwd), profile: policy.profile(cwd), policy: policy.clone() }
    }

    /// Workspace roots, the working folder first.
    pub(crate) fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// `permission_profile` of `turn_context` and `thread_settings`.
    pub(crate) fn to_json(&self) -> Value {
        to_value(&self.profile)
    }

    /// `file_system_sandbox_policy` of `turn_context`: only where something may be written or a profile was chosen.
    pub(crate) fn file_system_json(&self) -> Value {
        match (&self.policy, &self.profile) {
            (
                SandboxPolicy::WorkspaceWrite { .. } | SandboxPolicy::Profile(_),
                PermissionProfile::Managed {
                    file_system: FilePermissions::Restricted { entries, .. }, ..
                },
            ) => json!({"kind": "restricted", "entries": to_value(entries)}),
            _ => Value::Null,
        }
    }

    /// `{id, extends?}` of the profile that was chosen by name, and of the modes that are a built-in one.
    pub(crate) fn active_json(&self) -> Value {
        match &self.policy {
            SandboxPolicy::ReadOnly => json!({"id": ":read-only"}),
            SandboxPolicy::Profile(named) => match &named.extends {
                Some(extends) => json!({"id": named.id, "extends": extends}),
                None => json!({"id": named.id}),
            },
            SandboxPolicy::WorkspaceWrite { .. } | SandboxPolicy::DangerFullAccess => Value::Null,
        }
    }

    /// The `<filesystem>` element of the environment context.
    pub(crate) fn to_xml(&self) -> String {
        let mut xml = String::from("<filesystem><workspace_roots>");
        for root in &self.roots {
            xml.push_str(&format!("<root>{}</root>", escape(&root.to_string_lossy())));
        }
        xml.push_str("</workspace_roots>");
        match &self.profile {
            PermissionProfile::Disabled => {
                xml.push_str("<permission_profile type=\"disabled\"><file_system type=\"unrestricted\" />");
            }
            PermissionProfile::Managed { file_system: FilePermissions::Unrestricted, .. } => {
                xml.push_str("<permission_profile type=\"managed\"><file_system type=\"unrestricted\" />");
            }
            PermissionProfile::Managed {
                file_system: FilePermissions::Restricted { entries, .. }, ..
            } => {
                xml.push_str("<permission_profile type=\"managed\"><file_system type=\"restricted\">");
                for entry in entries {
                    xml.push_str(&entry_xml(entry));
                }
                xml.push_str("</file_system>");
            }
        }
        xml.push_str("</permission_profile></filesystem>");
        xml
    }
}

fn to_value(value: &impl Serialize) -> Value {
    // Names and paths only; a path that is no text is left out rather than spelled wrongly.
    serde_json::to_value(value).unwrap_or_default()
}

fn entry_xml(entry: &PermissionEntry) -> String {
    let target = match &entry.path {
        EntryPath::Special { value } => format!("<special>:{}</special>", special_name(value)),
        EntryPath::Path { path } => format!("<path>{}</path>", escape(&path.to_string_lossy())),
        EntryPath::GlobPattern { pattern } => format!("<glob>{}</glob>", escape(pattern)),
    };
    // What is denied is no matter of asking.
    let fixed = if entry.access == FileAccess::Deny { " escalatable=\"false\"" } else { "" };
    format!("<entry access=\"{}\"{fixed}>{target}</entry>", entry.access.as_str())
}

fn special_name(value: &SpecialPath) -> &'static str {
    match value {
        SpecialPath::Root => "root",
        SpecialPath::Minimal => "minimal",
        SpecialPath::ProjectRoots { .. } => "workspace_roots",
        SpecialPath::Tmpdir => "tmpdir",
        SpecialPath::SlashTmp => "slash_tmp",
        SpecialPath::Unknown => "unknown",
    }
}

/// Text inside an XML element.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn read_only_is_one_entry() {
        let profile = ProfileView::new(&SandboxPolicy::ReadOnly, Path::new("/w"));
        assert_eq!(
            profile.to_json(),
            json!({"type": "managed", "network": "restricted", "file_system": {"type": "restricted", "entries": [
                {"path": {"type": "special", "value": {"kind": "root"}}, "access": "read"}]}})
        );
        assert_eq!(
            profile.to_xml(),
            "<filesystem><workspace_roots><root>/w</root></workspace_roots><permission_profile type=\"managed\">\
             <file_system type=\"restricted\"><entry access=\"read\"><special>:root</special></entry></file_system>\
             </permission_profile></filesystem>"
        );
    }

    #[test]
    fn full_access_has_no_entries() {
        let profile = ProfileView::new(&SandboxPolicy::DangerFullAccess, Path::new("/w"));
        assert_eq!(profile.to_json(), json!({"type": "disabled"}));
        assert!(profile.to_xml().contains("<file_system type=\"unrestricted\" />"));
    }

    #[test]
    fn workspace_write_protects_names_in_every_root() {
        let policy = SandboxPolicy::WorkspaceWrite {
            writable_roots: vec![PathBuf::from("/x")],
            network_access: true,
            exclude_tmpdir_env_var: false,
            exclude_slash_tmp: false,
        };
        let profile = ProfileView::new(&policy, Path::new("/w"));
        let xml = profile.to_xml();
        let at = |needle: &str| xml.find(needle).unwrap_or_else(|| panic!("{needle} not in {xml}"));
        assert!(at("<path>/w</path>") < at("<path>/x</path>"));
        assert!(at("<special>:tmpdir") < at("<path>/w/.git</path>"));
        assert!(at("<path>/w/.git</path>") < at("<path>/x/.git</path>"));
        assert!(at("<path>/x/.git</path>") < at("<path>/w/.agents</path>"));
        assert_eq!(profile.to_json()["network"], "enabled");
    }
}
