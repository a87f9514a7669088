//! Secrets are found however they are spelled, and only secrets.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

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
    secrets.add("A", "token");
    secrets.add("B", "token-long");
    assert_eq!(secrets.mask("token-long token"), "[secret:B] [secret:A]");
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
