//! Signatures checked against an independent computation of the published algorithm.

use std::time::{Duration, SystemTime};

use pretty_assertions::assert_eq;
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};
use ring::digest::{SHA256, digest};
use ring::hmac;

use super::{Scope, signature};
use crate::aws::AwsCredentials;
use crate::fingerprint::hex;
use crate::{Secret, UnsignedRequest};

const SCOPE: Scope<'_> = Scope { region: "eu-west-1", service: "bedrock-mantle" };

fn credentials() -> AwsCredentials {
    AwsCredentials {
        access_key_id: Secret::new("AKIDEXAMPLE"),
        secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        session_token: Some(Secret::new("session")),
        expires_at: None,
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

#[test]
fn the_signature_covers_the_bytes_and_the_headers_but_not_the_clients_names() {
    let url = Url::parse("https://bedrock-mantle.eu-west-1.api.aws/v1/responses").unwrap();
    let mut headers = HeaderMap::new();
    let pairs = [
        ("accept", "text/event-stream"),
        ("content-type", "application/json"),
        ("originator", "codex_exec"),
        ("session-id", "s"),
        ("user-agent", "codex_exec/0"),
        ("x-amzn-mantle-client-agent", "codex"),
    ];
    for (name, value) in pairs {
        headers.insert(name, value.parse().unwrap());
    }
    let body = br#"{"model":"m"}"#;
    let request = UnsignedRequest { method: &Method::POST, url: &url, headers: &headers, body };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160);
    let signed = signature(SCOPE, &credentials(), request, now).unwrap();

    let canonical = format!(
        "POST\n/v1/responses\n\naccept:text/event-stream\ncontent-type:application/json\n\
         host:bedrock-mantle.eu-west-1.api.aws\nsession-id:s\nx-amz-date:20150830T123600Z\n\
         x-amz-security-token:session\nx-amzn-mantle-client-agent:codex\n\n{NAMES}\n{}",
        hex(digest(&SHA256, body).as_ref())
    );
    const NAMES: &str =
        "accept;content-type;host;session-id;x-amz-date;x-amz-security-token;x-amzn-mantle-client-agent";
    let scope = "20150830/eu-west-1/bedrock-mantle/aws4_request";
    let hashed = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n{hashed}");
    let secret = format!("AWS4{}", credentials().secret_access_key.expose());
    let key = ["20150830", "eu-west-1", "bedrock-mantle", "aws4_request"]
        .iter()
        .fold(secret.into_bytes(), |key, part| mac(&key, part));
    let expected = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={NAMES}, Signature={}",
        hex(&mac(&key, &to_sign))
    );
    assert_eq!(signed["authorization"].to_str().unwrap(), expected);
    assert_eq!(signed["x-amz-date"], "20150830T123600Z");
    assert_eq!(signed["x-amz-security-token"], "session");
    assert!(signed.values().all(|value| value.is_sensitive()));
}
