//! The permission profile a policy amounts to, in its file form and in the form the model reads.
//! Pure; enforcing it is the sandbox crate's work.

use std::path::{Path, PathBuf};

use codex_protocol::{PROTECTED_NAMES, SandboxPolicy};
use serde_json::{Value, json};

/// The profile of one turn (`rollouts.md §4`, `safety.md §4`).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PermissionProfile {
    roots: Vec<PathBuf>,
    policy: SandboxPolicy,
}

enum Target {
    Special(&'static str),
    Path(PathBuf),
    Protected(PathBuf),
}

impl PermissionProfile {
    /// The profile of `policy` for work in `cwd`.
    pub(crate) fn new(policy: &SandboxPolicy, cwd: &Path) -> Self {
        let mut roots = vec![cwd.to_path_buf()];
        if let SandboxPolicy::WorkspaceWrite { writable_roots, .. } = policy {
            roots.extend(writable_roots.iter().filter(|root| *root != cwd).cloned());
        }
        Self { roots, policy: policy.clone() }
    }

    /// Workspace roots, the working folder first.
    pub(crate) fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// `permission_profile` of `turn_context` and `thread_settings`.
    pub(crate) fn to_json(&self) -> Value {
        match self.policy {
            SandboxPolicy::DangerFullAccess => json!({"type": "disabled"}),
            _ => json!({
                "type": "managed",
                "file_system": {"type": "restricted", "entries": self.entries_json()},
                "network": if self.policy.network_enabled() { "enabled" } else { "restricted" },
            }),
        }
    }

    /// `file_system_sandbox_policy` of `turn_context`: only where something may be written.
    pub(crate) fn file_system_json(&self) -> Value {
        match self.policy {
            SandboxPolicy::WorkspaceWrite { .. } => {
                json!({"kind": "restricted", "entries": self.entries_json()})
            }
            _ => Value::Null,
        }
    }

    /// `{id}` of the built-in profile, where the policy is one.
    pub(crate) fn active_json(&self) -> Value {
        match self.policy {
            SandboxPolicy::ReadOnly => json!({"id": ":read-only"}),
            _ => Value::Null,
        }
    }

    /// The `<filesystem>` element of the environment context.
    pub(crate) fn to_xml(&self) -> String {
        let mut xml = String::from("<filesystem><workspace_roots>");
        for root in &self.roots {
            xml.push_str(&format!("<root>{}</root>", escape(&root.to_string_lossy())));
        }
        xml.push_str("</workspace_roots>");
        match self.policy {
            SandboxPolicy::DangerFullAccess => {
                xml.push_str("<permission_profile type=\"disabled\"><file_system type=\"unrestricted\" />");
            }
            _ => {
                xml.push_str("<permission_profile type=\"managed\"><file_system type=\"restricted\">");
                for (target, access) in self.entries() {
                    let target = match target {
                        Target::Special(kind) => format!("<special>:{kind}</special>"),
                        Target::Path(path) | Target::Protected(path) => {
                            format!("<path>{}</path>", escape(&path.to_string_lossy()))
                        }
                    };
                    xml.push_str(&format!("<entry access=\"{access}\">{target}</entry>"));
                }
                xml.push_str("</file_system>");
            }
        }
        xml.push_str("</permission_profile></filesystem>");
        xml
    }

    fn entries(&self) -> Vec<(Target, &'static str)> {
        let mut entries = vec![(Target::Special("root"), "read")];
        let SandboxPolicy::WorkspaceWrite { exclude_tmpdir_env_var, exclude_slash_tmp, .. } = &self.policy
        else {
            return entries;
        };
        entries.extend(self.roots.iter().map(|root| (Target::Path(root.clone()), "write")));
        if !exclude_slash_tmp {
            entries.push((Target::Special("slash_tmp"), "write"));
        }
        if !exclude_tmpdir_env_var {
            entries.push((Target::Special("tmpdir"), "write"));
        }
        for name in PROTECTED_NAMES {
            entries.extend(self.roots.iter().map(|root| (Target::Protected(root.join(name)), "read")));
        }
        entries
    }

    fn entries_json(&self) -> Vec<Value> {
        let entry = |(target, access): (Target, &'static str)| match target {
            Target::Special(kind) => {
                json!({"path": {"type": "special", "value": {"kind": kind}}, "access": access})
            }
            Target::Path(path) => json!({"path": {"type": "path", "path": path}, "access": access}),
            Target::Protected(path) => json!({
                "path": {"type": "path", "path": path}, "access": access, "missing_path_behavior": "skip",
            }),
        };
        self.entries().into_iter().map(entry).collect()
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
        let profile = PermissionProfile::new(&SandboxPolicy::ReadOnly, Path::new("/w"));
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
        let profile = PermissionProfile::new(&SandboxPolicy::DangerFullAccess, Path::new("/w"));
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
        let profile = PermissionProfile::new(&policy, Path::new("/w"));
        let xml = profile.to_xml();
        let at = |needle: &str| xml.find(needle).unwrap_or_else(|| panic!("{needle} not in {xml}"));
        assert!(at("<path>/w</path>") < at("<path>/x</path>"));
        assert!(at("<special>:tmpdir") < at("<path>/w/.git</path>"));
        assert!(at("<path>/w/.git</path>") < at("<path>/x/.git</path>"));
        assert!(at("<path>/x/.git</path>") < at("<path>/w/.agents</path>"));
        assert_eq!(profile.to_json()["network"], "enabled");
    }
}
