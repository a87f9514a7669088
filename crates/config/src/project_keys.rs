//! What a project's own `.codex/config.toml` may not decide.
//! Invariant: no endpoint, credential, header, telemetry target, program outside the sandbox, trust or wider
//! sandbox comes from a repository, trusted or not (`threats.md` 11).

use crate::check::dotted;
use crate::tree::{Table, Value};

/// Keys a project file may not set, as dotted paths. A table's path covers everything below it.
const DENIED: &[&str] = &[
    // Where requests go, and with which credentials.
    "apps_mcp_product_sku",
    "chatgpt_base_url",
    "cli_auth_credentials_store",
    "experimental_realtime_webrtc_call_base_url",
    "experimental_realtime_ws_base_url",
    "experimental_thread_store",
    "experimental_thread_store_endpoint",
    "forced_chatgpt_workspace_id",
    "forced_login_method",
    "mcp_enterprise_managed_auth",
    "mcp_oauth_callback_port",
    "mcp_oauth_callback_url",
    "mcp_oauth_credentials_store",
    "model_catalog_json",
    "model_provider",
    "model_providers",
    "openai_base_url",
    "oss_provider",
    "responses_api_metadata",
    // What is reported to whom.
    "analytics",
    "feedback",
    "otel",
    // Programs that run outside the sandbox, and code that is installed.
    "hooks",
    "js_repl_node_module_dirs",
    "js_repl_node_path",
    "marketplaces",
    "notify",
    "plugins",
    // Where our own files lie.
    "allow_symlinked_codex_home",
    "history",
    "log_dir",
    "sqlite_home",
    // Trust, and who decides.
    "approvals_reviewer",
    "auto_review",
    "notice",
    "profile",
    "profiles",
    "project_root_markers",
    "projects",
    "suppress_unstable_features_warning",
    // Which key means yes.
    "tui.keymap",
    // How much may be deleted unasked, and what is copied.
    "blast_radius",
    "checkpoints",
    // What is kept out of our own files.
    "privacy",
    // Ways around the sandbox.
    "default_permissions",
    "features.network_proxy",
    "permissions",
    "sandbox_workspace_write.network_access",
    "sandbox_workspace_write.writable_roots",
    "windows",
];

/// Single values a project file may not choose for a key it may otherwise set.
const DENIED_VALUES: &[(&str, &str)] = &[("sandbox_mode", "danger-full-access")];

/// Takes everything a project may not decide out of its table and returns the keys taken, in order.
pub(crate) fn strip(table: &mut Table) -> Vec<String> {
    let mut taken = Vec::new();
    for path in DENIED {
        let keys: Vec<&str> = path.split('.').collect();
        if remove(table, &keys) {
            taken.push(dotted(&keys));
        }
    }
    for (key, word) in DENIED_VALUES {
        if matches!(table.get(*key), Some(node) if matches!(&node.value, Value::String(text) if text == word))
        {
            table.remove(*key);
            taken.push(format!("{key} = \"{word}\""));
        }
    }
    taken
}

fn remove(table: &mut Table, path: &[&str]) -> bool {
    match path {
        [] => false,
        [key] => table.remove(*key).is_some(),
        [key, rest @ ..] => match table.get_mut(*key).map(|node| &mut node.value) {
            Some(Value::Table(inner)) => remove(inner, rest),
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{DENIED, DENIED_VALUES};
    use crate::keys::find;

    #[test]
    fn every_denied_key_is_a_known_key() {
        let known = |path: &str| find(path).is_some() || path == "features.network_proxy";
        let strangers: Vec<_> = DENIED
            .iter()
            .copied()
            .chain(DENIED_VALUES.iter().map(|(key, _)| *key))
            .filter(|path| !known(path))
            .collect();
        assert_eq!(strangers, Vec::<&str>::new());
    }
}
