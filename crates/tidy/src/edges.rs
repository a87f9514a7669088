//! Who may depend on whom. The table is the whole truth: an edge that is not in it is a finding, and so is a
//! crate that is not in it. Knows manifests, not code.

use toml::{Table, Value};

use crate::Finding;

/// Crates and the workspace crates they may name under `[dependencies]`.
const EDGES: [(&str, &[&str]); 26] = [
    ("stdx", &[]),
    ("protocol", &["stdx"]),
    ("auth", &["protocol", "secrets", "stdx"]),
    ("checkpoint", &["stdx"]),
    ("config", &["protocol", "stdx"]),
    ("execpolicy", &["stdx"]),
    ("file-search", &["stdx"]),
    ("network-proxy", &["execpolicy"]),
    ("patch", &["protocol", "stdx"]),
    ("rollout", &["protocol", "secrets", "stdx"]),
    ("sandbox", &["protocol", "stdx"]),
    ("secrets", &[]),
    ("shell-syntax", &[]),
    ("skills", &["stdx"]),
    ("sim", &["protocol", "secrets", "stdx", "websocket"]),
    ("model-provider", &["auth", "config", "protocol", "stdx"]),
    ("responses", &["auth", "model-provider", "protocol", "stdx", "websocket"]),
    ("tools", TOOLS),
    ("core", CORE),
    ("exec", &["config", "core", "protocol", "secrets", "stdx"]),
    ("tui", &["config", "core", "file-search", "protocol", "skills", "stdx"]),
    ("cli", CLI),
    ("test-support", &["protocol", "sim", "stdx"]),
    ("tidy", &[]),
    ("websocket", &[]),
    ("xtask", XTASK),
];

const TOOLS: &[&str] = &[
    "checkpoint",
    "execpolicy",
    "network-proxy",
    "patch",
    "protocol",
    "sandbox",
    "secrets",
    "shell-syntax",
    "stdx",
];

const CORE: &[&str] = &[
    "auth",
    "checkpoint",
    "config",
    "execpolicy",
    "model-provider",
    "network-proxy",
    "protocol",
    "responses",
    "rollout",
    "sandbox",
    "secrets",
    "skills",
    "stdx",
    "tools",
];

/// The binary wires everything that is shipped, and only that.
const CLI: &[&str] = &[
    "auth",
    "config",
    "core",
    "exec",
    "execpolicy",
    "model-provider",
    "network-proxy",
    "patch",
    "protocol",
    "responses",
    "rollout",
    "sandbox",
    "secrets",
    "sim",
    "stdx",
    "tools",
    "tui",
];

/// Development commands may look at everything; nothing may look at them.
const XTASK: &[&str] = &[
    "config",
    "core",
    "execpolicy",
    "protocol",
    "rollout",
    "sandbox",
    "sim",
    "stdx",
    "test-support",
    "tidy",
    "tools",
];

/// What any crate may use in its tests, next to its own dependencies.
const TEST_HELP: [&str; 2] = ["sim", "test-support"];

/// Checks one `crates/NAME/Cargo.toml`: its arrows, and that it takes part in the workspace's habits.
pub fn check_manifest(file: &str, text: &str) -> Vec<Finding> {
    let manifest: Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![Finding::on(file, format!("is not TOML: {error}"))],
    };
    let noun = file.trim_start_matches("crates/").trim_end_matches("/Cargo.toml");
    let mut findings = habits(file, noun, &manifest);
    let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == noun) else {
        findings
            .push(Finding::on(file, format!("`{noun}` has no row in the dependency table of crates/tidy")));
        return findings;
    };
    for (section, target) in dependencies(&manifest) {
        let in_tests = section == "dev-dependencies" && TEST_HELP.contains(&target.as_str());
        if !allowed.contains(&target.as_str()) && !in_tests {
            let rule = format!("`{noun}` may not depend on `{target}` ({section}): arrows never turn");
            findings.push(Finding::on(file, rule));
        }
    }
    findings
}

fn habits(file: &str, noun: &str, manifest: &Table) -> Vec<Finding> {
    let mut findings = Vec::new();
    let package = manifest.get("package").and_then(Value::as_table);
    let field = |key: &str| package.and_then(|package| package.get(key));
    if field("name").and_then(Value::as_str) != Some(&format!("codex-{noun}")) {
        findings.push(Finding::on(file, format!("package name must be `codex-{noun}`")));
    }
    if field("description").is_none() {
        findings.push(Finding::on(file, "needs a `description`"));
    }
    if field("autotests").and_then(Value::as_bool) != Some(false) {
        findings.push(Finding::on(file, "needs `autotests = false`: one integration binary per crate"));
    }
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(Value::as_bool);
    if lints != Some(true) {
        findings.push(Finding::on(file, "needs `[lints] workspace = true`"));
    }
    let tests = manifest.get("test").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let named_all = |test: &Value| test.get("name").and_then(Value::as_str) == Some("all");
    if tests.len() > 1 || !tests.iter().all(named_all) {
        findings.push(Finding::on(file, "at most one `[[test]]`, named `all`"));
    }
    findings
}

/// Every workspace crate named by the manifest, with the kind of section that names it.
fn dependencies(manifest: &Table) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let platforms = manifest.get("target").and_then(Value::as_table);
    let tables = std::iter::once(manifest)
        .chain(platforms.into_iter().flat_map(|all| all.values().filter_map(Value::as_table)));
    for table in tables {
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            let names = table.get(section).and_then(Value::as_table);
            for (key, value) in names.into_iter().flatten() {
                let package = value.get("package").and_then(Value::as_str).unwrap_or(key);
                if let Some(noun) = package.strip_prefix("codex-") {
                    found.push((section, noun.to_owned()));
                }
            }
        }
    }
    found
}
