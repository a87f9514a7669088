//! Secrets are found however they are spelled, and only secrets.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

#[test]
fn only_long_values_of_secret_names_are_taken_from_the_environment() {
    let vars = [
        ("OPENAI_API_KEY", "sk-12345678"),
        ("db_password", "correct horse"),
        ("SHORT_KEY", "k"),
        ("HOME", "/home/someone"),
    ];
    let secrets = Secrets::from_env(vars);
    let text = "sk-12345678, correct horse, k, /home/someone";
    assert_eq!(secrets.mask(text), "[secret:OPENAI_API_KEY], [secret:db_password], k, /home/someone");
    assert!(!format!("{secrets:?}").contains("horse"));
}

#[test]
fn secrets_are_found_in_every_escaping() {
    let mut secrets = Secrets::none();
    secrets.add("PIN", "a\"b\\c");
    let inner = json!({ "cmd": "echo a\"b\\c" }).to_string();
    let value = json!({ "type": "a\"b\\c", "arguments": inner, "text": "a\"b\\c!" });
    let expected = json!({
        "type": "a\"b\\c",
        "arguments": r#"{"cmd":"echo [secret:PIN]"}"#,
        "text": "[secret:PIN]!",
    });
    assert!(secrets.found_in(&value.to_string()));
    assert_eq!(secrets.mask_value(&value), expected);
}

#[test]
fn a_secret_within_a_longer_one_does_not_break_it() {
    let mut secrets = Secrets::none();
    secrets.add("A", "token-a");
    secrets.add("B", "token-a-long");
    assert_eq!(secrets.mask("token-a-long token-a"), "[secret:B] [secret:A]");
}

#[test]
fn encodings_of_a_secret_are_masked_wherever_it_begins() {
    let secret = "sk-proj-0123456789/abc+def";
    let mut secrets = Secrets::none();
    secrets.add("PIN", secret);
    let clean = |text: &str| {
        let masked = secrets.mask(text);
        assert!(masked.contains("[secret:PIN]"), "{text}: {masked}");
        masked
    };
    for before in ["", "x", "xy", "user:", "Authorization: Bearer "] {
        for after in ["", "\n", "!!", "???"] {
            let text = format!("{before}{secret}{after}");
            for encoded in [BASE64_STANDARD.encode(&text), BASE64_URL_SAFE.encode(&text)] {
                // At most the letters that hold a neighbour's bits are left.
                let left = clean(&encoded).replace("[secret:PIN]", "");
                let around = BASE64_STANDARD.encode(format!("{before}{after}")).len();
                assert!(left.len() <= around + 6, "{left}");
            }
        }
    }
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(clean(&hex), "[secret:PIN]");
    assert_eq!(clean(&hex.to_uppercase()), "[secret:PIN]");
    assert_eq!(clean("?key=sk-proj-0123456789%2Fabc%2Bdef&x"), "?key=[secret:PIN]&x");
}

#[test]
fn every_line_of_a_private_key_is_a_secret_and_so_is_a_password_in_a_url() {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
    let key = format!("-----BEGIN PRIVATE KEY-----\n{line}\n-----END PRIVATE KEY-----");
    let vars = [("DEPLOY_KEY", key.as_str()), ("DATABASE_URL", "postgres://app:hunter2hunter2@db:5432/x")];
    let secrets = Secrets::from_env(vars);
    assert_eq!(secrets.mask(&format!("a\r\n{line}\r\nb")), "a\r\n[secret:DEPLOY_KEY]\r\nb");
    assert_eq!(secrets.mask("pw hunter2hunter2 at db"), "pw [secret:DATABASE_URL] at db");
    assert!(!secrets.found_in("postgres://app@db:5432/x app"));
}

const KEY: &str = "sk-live-4f9A0bC1dE2fG3hI4jK5lM6n";

fn with_key() -> Secrets {
    Secrets::from_env([("DEPLOY_KEY", KEY)])
}

#[test]
fn a_key_that_was_cut_anywhere_is_masked_on_both_sides() {
    let secrets = with_key();
    for cut in 0..=KEY.len() {
        let (first, second) = KEY.split_at(cut);
        let masked = [
            secrets.mask_torn(&format!("one {first}")).into_owned(),
            secrets.mask_torn(&format!("{second} two")).into_owned(),
        ];
        let left = masked.join("").replace("[secret:DEPLOY_KEY]", "");
        // Less than the shortest piece stays.
        assert!(left.len() <= "one  two".len() + 11, "{cut}: {masked:?}");
        let around = format!("one {first}…7 tokens truncated…{second} two");
        let left = secrets.mask_torn(&around).replace("[secret:DEPLOY_KEY]", "");
        assert!(left.len() <= "one …7 tokens truncated… two".len() + 11, "{cut}: {left}");
    }
    // In the middle of a text it is not a piece of anything.
    let other = "sk-live-4f9A0-other and 5lM6n";
    assert_eq!(secrets.mask_torn(other), other);
}

#[test]
fn only_strings_of_a_line_change_and_only_where_they_may() {
    let secrets = with_key();
    let keeps = |place: &Place<'_>| place.keys.contains(&"cwd");
    let line =
        format!(r#"{{"n":1.0e5,"cwd":"/{KEY}","text":"a {KEY}","arguments":"{{\"cmd\":\"echo {KEY}\"}}"}}"#);
    let expected = r#""text":"a [secret:DEPLOY_KEY]","arguments":"{\"cmd\":\"echo [secret:DEPLOY_KEY]\"}"}"#;
    let expected = format!(r#"{{"n":1.0e5,"cwd":"/{KEY}",{expected}"#);
    assert_eq!(secrets.mask_json_line(line.as_bytes(), &keeps), Some(expected));
    assert_eq!(secrets.mask_json_line(br#"{"text":"a"}"#, &keeps), None);
    assert_eq!(secrets.mask_json_line(format!(r#"{{"cwd":"{KEY}"}}"#).as_bytes(), &keeps), None);
}

#[test]
fn escapes_of_other_writers_hide_nothing() {
    let secrets = Secrets::from_env([("DEPLOY_KEY", "sk/live+4f9A0bC1")]);
    let line = r#"{"text":"sk\/live\u002b4f9A0bC1","arguments":"{\"a\":\"sk\\/live\\u002B4f9A0bC1\"}"}"#;
    let expected = r#"{"text":"[secret:DEPLOY_KEY]","arguments":"{\"a\":\"[secret:DEPLOY_KEY]\"}"}"#;
    assert_eq!(secrets.mask_json_line(line.as_bytes(), &|_| false).as_deref(), Some(expected));
}

#[test]
fn headers_count_when_they_look_like_credentials() {
    let mut secrets = Secrets::none();
    secrets.add_header("Authorization", "Bearer abc-123-xyz-987-q");
    secrets.add_header("X-Api-Key", "k3y-of-9-parts!");
    secrets.add_header("X-Trace", "0af7651916cd43dd8448eb211c80319c");
    secrets.add_header("Content-Type", "application/json");
    secrets.add_header("X-Region", "eu-central-1");
    assert_eq!(
        secrets.mask(
            "abc-123-xyz-987-q k3y-of-9-parts! 0af7651916cd43dd8448eb211c80319c application/json eu-central-1"
        ),
        "[secret:Authorization] [secret:X_Api_Key] [secret:X_Trace] application/json eu-central-1"
    );
}

#[test]
fn passwords_in_urls_are_known_as_programs_see_them() {
    let secrets = Secrets::from_env([("HTTPS_PROXY", "http://me:p%40ss%2Fw0rd-1@proxy:8080")]);
    assert_eq!(
        secrets.mask("p%40ss%2Fw0rd-1 p@ss/w0rd-1 proxy:8080"),
        "[secret:HTTPS_PROXY] [secret:HTTPS_PROXY] proxy:8080"
    );
}
