//! `[model_providers.ID.gateway_oauth]`: what a gateway before the server wants to see besides the server's own
//! credential. Owns its keys and refusals; signs nobody in. The keys and what they do were established by running the
//! official program against a scripted server.

use crate::provider::ProviderCommandAuth;
use crate::provider_error::ProviderProblem;
use crate::view::View;

const AUTHORIZATION: &str = "authorization";
/// Headers that say something about the request itself.
const RESERVED: [&str; 9] = [
    "accept",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "transfer-encoding",
    "upgrade",
];

/// A gateway's token: where it comes from and how it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderGateway {
    /// Where it comes from.
    pub source: GatewaySource,
    /// How it travels.
    pub delivery: GatewayDelivery,
}

/// Where a gateway's token comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewaySource {
    /// `credential_export`: a program prints it.
    Command(ProviderCommandAuth),
    /// A person signs in at the gateway.
    SignIn(GatewaySignIn),
}

/// An OAuth server at which a person signs in for a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewaySignIn {
    /// Where a browser is sent.
    pub authorization_url: String,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: String,
    /// Who this client is there.
    pub client_id: String,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// For whom the token is (RFC 8707).
    pub resource: Option<String>,
    /// The port the browser comes back to; `None`: any.
    pub redirect_port: Option<u16>,
    /// Where codes for browsers on other devices are had (RFC 8628).
    pub device_authorization_url: Option<String>,
}

/// How a gateway's token travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayDelivery {
    /// In a header, after a word such as `Bearer`.
    Header {
        /// In lower case.
        name: String,
        /// The word; empty for none.
        scheme: String,
    },
    /// In a cookie.
    Cookie {
        /// Its name.
        name: String,
    },
}

impl GatewayDelivery {
    /// The header it takes up.
    pub fn header(&self) -> &str {
        match self {
            Self::Header { name, .. } => name,
            Self::Cookie { .. } => "cookie",
        }
    }
}

/// What else a provider's requests carry.
pub(crate) struct Beside<'a> {
    /// The header of the provider's own credential.
    pub(crate) credential: Option<&'static str>,
    /// Names of `http_headers` and `env_http_headers`.
    pub(crate) headers: Vec<&'a String>,
}

/// Reads the table. `command` reads a program that prints a token.
pub(crate) fn read(
    gateway: View<'_>,
    beside: &Beside<'_>,
    command: impl Fn(View<'_>) -> Option<ProviderCommandAuth>,
) -> Result<ProviderGateway, ProviderProblem> {
    let sign_in = sign_in(gateway);
    let source = match (gateway.sub(&["credential_export"]).map(command), sign_in) {
        (Some(Some(command)), None) if !has_sign_in_keys(gateway) => GatewaySource::Command(command),
        (None, Some(sign_in)) => {
            judge_sign_in(&sign_in)?;
            GatewaySource::SignIn(sign_in)
        }
        _ => return Err(ProviderProblem::GatewaySource),
    };
    let delivery = delivery(gateway)?;
    let header = delivery.header();
    if beside.credential == Some(header) {
        return Err(ProviderProblem::GatewayConflict(header.to_owned(), "the provider's credential"));
    }
    if beside.headers.iter().any(|name| name.eq_ignore_ascii_case(header)) {
        let other = "`http_headers` or `env_http_headers`";
        return Err(ProviderProblem::GatewayConflict(header.to_owned(), other));
    }
    Ok(ProviderGateway { source, delivery })
}

fn has_sign_in_keys(gateway: View<'_>) -> bool {
    gateway.table.keys().any(|key| !matches!(key.as_str(), "credential_export" | "delivery"))
}

fn sign_in(gateway: View<'_>) -> Option<GatewaySignIn> {
    let text = |key: &str| gateway.string(&[key]);
    Some(GatewaySignIn {
        authorization_url: text("authorization_url")?,
        token_url: text("token_url")?,
        client_id: text("client_id")?,
        scopes: gateway.strings(&["scopes"]).unwrap_or_default(),
        resource: text("resource"),
        redirect_port: gateway.u64(&["redirect_port"]).and_then(|port| u16::try_from(port).ok()),
        device_authorization_url: text("device_authorization_url"),
    })
}

fn judge_sign_in(sign_in: &GatewaySignIn) -> Result<(), ProviderProblem> {
    let urls = [
        ("authorization_url", Some(&sign_in.authorization_url)),
        ("token_url", Some(&sign_in.token_url)),
        ("device_authorization_url", sign_in.device_authorization_url.as_ref()),
    ];
    for (key, url) in urls {
        if url.is_some_and(|url| !is_safe(url)) {
            return Err(ProviderProblem::GatewayUrl(key));
        }
    }
    match (sign_in.client_id.trim(), sign_in.redirect_port) {
        ("", _) | (_, Some(0)) => Err(ProviderProblem::GatewayClient),
        _ => Ok(()),
    }
}

/// TLS, or a server on this machine; nothing in it that would be sent to the wrong place.
fn is_safe(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.is_empty()
        || authority.contains('@')
        || url.contains('#')
        || url.contains(char::is_whitespace)
    {
        return false;
    }
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_local = host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    scheme.eq_ignore_ascii_case("https") || (scheme.eq_ignore_ascii_case("http") && is_local)
}

fn delivery(gateway: View<'_>) -> Result<GatewayDelivery, ProviderProblem> {
    let bearer = || "Bearer".to_owned();
    let Some(delivery) = gateway.sub(&["delivery"]) else {
        return Ok(GatewayDelivery::Header { name: AUTHORIZATION.to_owned(), scheme: bearer() });
    };
    let name = delivery.string(&["name"]).unwrap_or_default();
    if name.is_empty() || !name.bytes().all(is_token_byte) {
        return Err(ProviderProblem::GatewayName(name));
    }
    if delivery.str(&["kind"]) == Some("cookie") {
        return Ok(GatewayDelivery::Cookie { name });
    }
    let name = name.to_ascii_lowercase();
    if RESERVED.contains(&name.as_str()) {
        return Err(ProviderProblem::GatewayName(name));
    }
    let scheme = delivery.string(&["scheme"]).unwrap_or_else(bearer);
    if !scheme.bytes().all(is_token_byte) {
        return Err(ProviderProblem::GatewayName(scheme));
    }
    Ok(GatewayDelivery::Header { name, scheme })
}

/// What names of headers and cookies are made of (RFC 9110 §5.6.2).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
