//! The network proxy: its switch, its tables, and what a profile adds to them.

use codex_config::{NetworkMode, NetworkTable};
use pretty_assertions::assert_eq;

use crate::world::World;

const PROFILE: &str = r#"
default_permissions = "b"
[permissions.a.network]
enabled = true
enable_socks5 = false
domains = { "a.org" = "allow", "c.org" = "deny" }
[permissions.b]
extends = "a"
[permissions.b.network]
mode = "limited"
domains = { "c.org" = "allow" }
"#;

#[test]
fn a_profile_says_what_it_builds_on_says_over_the_feature() {
    let world = World::user(&format!(
        "{PROFILE}[features.network_proxy]\nenabled = true\nallow_local_binding = true\ndomains = {{ \"f.org\" = \"deny\" }}"
    ));
    let config = world.config();
    assert!(config.network_proxy.enabled && config.sandbox_policy().network_enabled());
    let base = NetworkTable {
        allow_local_binding: Some(true),
        domains: [("f.org".to_owned(), false)].into(),
        ..NetworkTable::default()
    };
    assert_eq!(config.network_proxy.table(None), base);
    let domains = [("a.org", true), ("c.org", true), ("f.org", false)];
    let expected = NetworkTable {
        mode: Some(NetworkMode::Limited),
        enable_socks5: Some(false),
        domains: domains.map(|(host, allowed)| (host.to_owned(), allowed)).into(),
        ..base
    };
    assert_eq!(config.network_proxy.table(Some("b")), expected);
    assert_eq!(world.warnings(), Vec::<String>::new());
}

#[test]
fn without_the_feature_a_limited_network_stays_off() {
    let world = World::user(PROFILE);
    assert!(!world.config().network_proxy.enabled && !world.config().sandbox_policy().network_enabled());
    let warnings = world.warnings().concat();
    for key in ["a.network.domains", "a.network.enable_socks5", "b.network.mode"] {
        assert!(warnings.contains(&format!("permissions.{key}")), "{key}: {warnings}");
    }
}

#[test]
fn words_and_types_are_checked_at_their_place() {
    for (text, fault) in [
        (
            "[features.network_proxy]\ndomains = { \"a.org\" = \"maybe\" }",
            "in `features.network_proxy.domains.\"a.org\"`",
        ),
        ("[features.network_proxy]\nmode = \"some\"", "features.network_proxy.mode"),
        (
            "default_permissions = \"a\"\n[permissions.a.network]\ndomains = [\"a.org\"]",
            "permissions.a.network.domains",
        ),
        (
            "default_permissions = \"a\"\n[permissions.a.network]\ndomains = { \"a\" = true }",
            "permissions.a.network.domains.a",
        ),
    ] {
        let report = World::user(text).report();
        assert!(report.contains(fault), "{fault}: {report}");
    }
}
