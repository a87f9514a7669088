//! Provider defaults.

use std::time::Duration;

use codex_auth::ProviderAuth;
use codex_model_provider::ProviderInfo;
use codex_protocol::Passthrough;
use pretty_assertions::assert_eq;

#[test]
fn a_custom_provider_has_the_documented_defaults() {
    let provider = ProviderInfo::custom("lab", "Lab", "http://127.0.0.1:1/v1");
    assert_eq!((provider.request_max_retries, provider.stream_max_retries), (4, 5));
    assert_eq!(provider.stream_idle_timeout, Duration::from_secs(300));
    assert_eq!(provider.auth, ProviderAuth::None);
    assert!(!provider.requires_openai_auth && !provider.supports_websockets);
}

#[test]
fn the_exact_name_decides_what_items_carry() {
    let passthrough = |id: &str, name: &str| ProviderInfo::custom(id, name, "http://x").passthrough();
    assert_eq!(passthrough("lab", "OpenAI"), Passthrough::Keep);
    for name in ["openai", "OpenAI ", "Azure", "Lab"] {
        assert_eq!(passthrough("lab", name), Passthrough::Strip, "{name}");
    }
    let built_in = ProviderInfo::openai(ProviderAuth::None);
    assert!(built_in.is_first_party() && built_in.is_built_in_openai());
}

#[test]
fn endpoints_lie_below_the_base() {
    let models = |base: &str| ProviderInfo::custom("lab", "Lab", base).address_of("models");
    assert_eq!(models("https://api.test/v1"), "https://api.test/v1/models");
    assert_eq!(models("https://api.test/v1/"), "https://api.test/v1/models");
    assert_eq!(models("https://api.test/v1?version=1"), "https://api.test/v1/models?version=1");
    let provider = ProviderInfo::custom("lab", "Lab", "https://api.test/v1?a=1");
    assert_eq!(provider.address_of("models?b=2"), "https://api.test/v1/models?b=2&a=1");
}
