//! Which proxy a connection goes through, by the rules HTTP clients share: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`
//! and `NO_PROXY`. Decides only; opens nothing.

use codex_auth::Env;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::endpoint::Endpoint;

/// The proxy for an endpoint, if any.
pub(crate) fn proxy_for(endpoint: &Endpoint, env: &Env) -> Option<Intercept> {
    if endpoint.is_loopback() {
        return None;
    }
    let either = |upper: &str, lower: &str| env.var(upper).or_else(|| env.var(lower)).unwrap_or_default();
    // In a CGI program `HTTP_PROXY` is a header of the visitor's.
    let http =
        if env.var("REQUEST_METHOD").is_some() { String::new() } else { either("HTTP_PROXY", "http_proxy") };
    let matcher = Matcher::builder()
        .all(either("ALL_PROXY", "all_proxy"))
        .http(http)
        .https(either("HTTPS_PROXY", "https_proxy"))
        .no(either("NO_PROXY", "no_proxy"))
        .build();
    matcher.intercept(&endpoint.url.as_str().parse::<Uri>().ok()?)
}

#[cfg(test)]
mod tests {
    use codex_auth::Env;
    use codex_model_provider::ProviderInfo;
    use pretty_assertions::assert_eq;

    use super::proxy_for;
    use crate::endpoint::Endpoint;

    #[test]
    fn proxies_follow_the_scheme_and_leave_out_what_they_are_told() {
        let check = |base: &str, vars: &[(&str, &str)], expected: Option<&str>| {
            let endpoint = Endpoint::of(&ProviderInfo::custom("lab", "Lab", base)).unwrap();
            let proxy = proxy_for(&endpoint, &Env::of(vars.iter().copied()));
            assert_eq!(proxy.map(|proxy| proxy.uri().to_string()).as_deref(), expected, "{base} {vars:?}");
        };
        let both = [("HTTPS_PROXY", "http://p:1"), ("http_proxy", "socks5h://q:2")];
        check("https://api.test/v1", &both, Some("http://p:1/"));
        check("http://api.test/v1", &both, Some("socks5h://q:2/"));
        check("http://127.0.0.1:9/v1", &both, None);
        check("https://api.test/v1", &[("ALL_PROXY", "http://a:3")], Some("http://a:3/"));
        check("https://api.test/v1", &[both[0], ("NO_PROXY", ".test")], None);
        check("http://api.test/v1", &[("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")], None);
        check("https://api.test/v1", &[], None);
    }
}
