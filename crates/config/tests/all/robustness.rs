//! Whatever stands in a file or after `-c`, a load answers; and it answers fast.

use std::time::Instant;

use codex_config::load;
use proptest::prelude::*;

use crate::world::World;

/// Text that is often nearly a configuration file.
fn config_text() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        Just("model"),
        Just("sandbox_mode"),
        Just("features"),
        Just("model_providers.x"),
        Just("projects.\"/\""),
        Just("mcp_servers.a"),
        Just("history.max_bytes"),
        Just("approval_policy.granular"),
        Just("tools.web_search"),
        Just("profile"),
        Just("\"a.b\""),
        Just("notify"),
        Just("*"),
        Just("\"\""),
        Just("zork.\"*\".x"),
    ];
    let value = prop_oneof![
        Just("1"),
        Just("-1"),
        Just("\"x\""),
        Just("true"),
        Just("[]"),
        Just("[[1]]"),
        Just("{}"),
        Just("{name=\"x\"}"),
        Just("1e400"),
        Just("nan"),
        Just("2026-01-01"),
        Just("'''\n'''"),
        Just("[{a=1}]"),
        Just("é\u{0}"),
        Just(""),
    ];
    let line = prop_oneof![
        8 => (key.clone(), value).prop_map(|(key, value)| format!("{key} = {value}")),
        2 => key.prop_map(|key| format!("[{key}]")),
        1 => any::<String>(),
    ];
    prop::collection::vec(line, 0..8).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_load_panic(user in config_text(), over in config_text(), strict in any::<bool>()) {
        let mut world = World::user(&user).over(&over.lines().collect::<Vec<_>>());
        if strict {
            world = world.strict();
        }
        match load(&world.request) {
            Ok(loaded) => loaded.warnings.iter().for_each(|warning| assert!(!warning.to_string().is_empty())),
            Err(err) => assert!(!err.report().is_empty()),
        }
    }

    #[test]
    fn no_bytes_make_a_load_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let world = World::new();
        world.write("home/config.toml", bytes);
        if let Err(err) = load(&world.request) {
            assert!(!err.report().is_empty());
        }
    }
}

#[test]
fn deep_nesting_is_an_error() {
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{a=".repeat(100_000)),
        format!("{}x = 1", "a.".repeat(100_000)),
        format!("[{}x]", "a.".repeat(100_000)),
    ] {
        assert!(load(&World::user(&text).request).is_err());
    }
}

/// The budget is for an optimised build; this guards against a change of kind, not of percent.
#[test]
fn a_load_stays_cheap() {
    let world = World::user(
        "model = \"m\"\n[model_providers.a]\nname = \"a\"\n[projects.\"/x\"]\ntrust_level = \"trusted\"\n[tui]\ntheme = \"x\"\n",
    );
    let best = (0..20)
        .map(|_| {
            let start = Instant::now();
            assert!(load(&world.request).is_ok());
            start.elapsed()
        })
        .min();
    assert!(best.is_some_and(|best| best.as_millis() < 20), "{best:?}");
}
