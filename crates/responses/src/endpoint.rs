//! Where requests go: the address made of the provider's settings, and the form of it that may be shown.

use reqwest::Url;

use codex_model_provider::ProviderInfo;

use crate::StreamError;

/// The address of `{base_url}/responses`, or of another wire.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) url: Url,
    /// Without query and user: both may hold credentials.
    pub(crate) shown: String,
}

impl Endpoint {
    /// One slash at the end of `base_url` is absorbed; `query_params` follow what query it has.
    pub(crate) fn of(provider: &ProviderInfo) -> Result<Self, StreamError> {
        let invalid = |reason: &str| {
            StreamError::Setup(format!(
                "`base_url` of the model provider `{}` {reason} (expected http://.. or https://..)",
                provider.id
            ))
        };
        let mut url =
            Url::parse(&provider.base_url).map_err(|error| invalid(&format!("is no URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid(&format!("has the scheme `{}`", url.scheme())));
        }
        let path = url.path();
        let path = format!("{}/{}", path.strip_suffix('/').unwrap_or(path), provider.wire_api.path());
        url.set_path(&path);
        url.set_fragment(None);
        if !provider.query_params.is_empty() {
            let pairs = provider.query_params.iter().map(|(name, value)| (name.as_str(), value.expose()));
            let added = codex_stdx::query_encode(pairs);
            let own = url.query().filter(|own| !own.is_empty());
            let query = own.map_or_else(|| added.clone(), |own| format!("{own}&{added}"));
            url.set_query(Some(&query));
        }
        let mut shown = url.clone();
        shown.set_query(None);
        // Cannot fail for the two schemes above.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        Ok(Self { shown: shown.to_string(), url })
    }

    /// The same path at another origin.
    pub(crate) fn at(&self, origin: &Url) -> Result<Self, StreamError> {
        let moved = |url: &Url| {
            let mut url = url.clone();
            let host = origin.host_str();
            let moved = url.set_scheme(origin.scheme()).is_ok()
                && url.set_host(host).is_ok()
                && url.set_port(origin.port()).is_ok()
                && url.set_username("").is_ok()
                && url.set_password(None).is_ok();
            moved
                .then_some(url)
                .ok_or_else(|| StreamError::Setup(format!("{origin} cannot be used as an origin")))
        };
        let url = moved(&self.url)?;
        let mut shown = url.clone();
        shown.set_query(None);
        Ok(Self { shown: shown.to_string(), url })
    }

    /// Refuses an address on which others could listen: a sign-in's token goes only over TLS or stays on this
    /// machine.
    pub(crate) fn require_safe(url: &str) -> Result<(), StreamError> {
        let url =
            Url::parse(url).map_err(|error| StreamError::Setup(format!("`{url}` is no URL: {error}")))?;
        let shown = url.to_string();
        let endpoint = Self { url, shown };
        if endpoint.is_https() || endpoint.is_loopback() {
            return Ok(());
        }
        let host = endpoint.host();
        Err(StreamError::Setup(format!(
            "a sign-in with ChatGPT is not sent to {host} without TLS (use https://)"
        )))
    }

    /// The host's name or address, without brackets.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default().trim_matches(['[', ']'])
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether the address is this machine's own, which no proxy can serve.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use codex_auth::Secret;
    use codex_model_provider::ProviderInfo;
    use pretty_assertions::assert_eq;

    use super::Endpoint;

    fn endpoint(base_url: &str, query: &[(&str, &str)]) -> Result<Endpoint, String> {
        let mut provider = ProviderInfo::custom("lab", "Lab", base_url);
        provider.query_params =
            query.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
        Endpoint::of(&provider).map_err(|error| error.to_string())
    }

    #[test]
    fn the_address_is_base_url_and_responses() {
        let url = |base: &str| endpoint(base, &[]).unwrap().url.to_string();
        assert_eq!(url("http://127.0.0.1:1/v1"), "http://127.0.0.1:1/v1/responses");
        assert_eq!(url("http://127.0.0.1:1/v1/"), "http://127.0.0.1:1/v1/responses");
        assert_eq!(url("http://127.0.0.1:1"), "http://127.0.0.1:1/responses");
    }

    #[test]
    fn query_parameters_are_encoded_and_never_shown() {
        let endpoint = endpoint("https://u:p@api.test/v1?a=1", &[("key", "s e&cret")]).unwrap();
        assert_eq!(endpoint.url.as_str(), "https://u:p@api.test/v1/responses?a=1&key=s%20e%26cret");
        assert_eq!(endpoint.shown, "https://api.test/v1/responses");
    }

    #[test]
    fn an_address_that_is_none_names_the_key_and_the_provider() {
        for base in ["", "api.test/v1", "ftp://api.test", "http://"] {
            let error = endpoint(base, &[]).unwrap_err();
            assert!(error.contains("`base_url`") && error.contains("`lab`"), "{base:?}: {error}");
        }
    }

    #[test]
    fn loopback_addresses_are_known() {
        let loopback = |base: &str| endpoint(base, &[]).unwrap().is_loopback();
        for base in ["http://localhost:1", "http://127.0.0.1", "http://127.9.9.9", "http://[::1]:8"] {
            assert!(loopback(base), "{base}");
        }
        for base in ["http://localhost.test", "http://10.0.0.1", "https://api.test"] {
            assert!(!loopback(base), "{base}");
        }
    }
}
