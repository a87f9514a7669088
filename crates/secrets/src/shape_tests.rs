//! What counts as a secret and what does not, by example.

use pretty_assertions::assert_eq;

use super::*;

#[track_caller]
fn check(expected: bool, variables: &[(&str, &str)]) {
    let wrong: Vec<_> =
        variables.iter().filter(|(name, value)| is_secret_variable(name, value) != expected).collect();
    assert_eq!(wrong, Vec::<&(&str, &str)>::new());
}

#[test]
fn keys_and_passwords_are_secrets() {
    check(
        true,
        &[
            ("OPENAI_API_KEY", "sk-12345678"),
            ("OPENAI_API_KEY", "sk-proj-abcdefghijklmnop"),
            ("MYAPIKEY", "0f3c9a7be2d14866"),
            ("GITHUB_TOKEN", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
            ("GH", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
            ("SESSION", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"),
            ("AWS_SECRET_ACCESS_KEY", "/wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY9"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("TENANT_TOKEN", "7f9c24e8-3b12-4a5d-9e1f-0a1b2c3d4e5f"),
            ("db_password", "correct horse"),
            ("DB_PASSWORD", "hunter22"),
            ("DB_PASS", "s3cr3t-pa55"),
            ("MYSQL_PWD", "s3cr3t-pa55"),
            ("DB_PASSWORD", "пароль-1234"),
            ("VAULT_PASSPHRASE", "correct-horse-battery-staple"),
            ("SIGNING_SECRET", "correct-horse-battery-staple"),
            ("MONKEYTOKENIZER", "0f3c9a7be2d14866b"),
            (
                "DEPLOY",
                "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----",
            ),
            ("CARD_SECRET", "8273645182736451"),
        ],
    );
}

#[test]
fn ordinary_values_are_no_secrets_whatever_the_name() {
    check(
        false,
        &[
            ("SSH_KEY_PATH", "/home/u/.ssh/id_ed25519"),
            ("TOKEN_FILE", "~/tokens/main.txt"),
            ("KEY_DIR", "./keys/today"),
            ("KEYS", "C:\\Users\\u\\keys"),
            ("TOKENIZERS_PARALLELISM", "false"),
            ("USE_TOKEN", "disabled"),
            ("GNOME_KEYRING_CONTROL", "/run/user/1000/keyring-AB12CD"),
            ("SSH_AUTH_SOCK", "/tmp/ssh-XXXXXXGbT3kF/agent.2421"),
            ("DB_PASSWORD", "password"),
            ("DB_PASSWORD", "sunflower"),
            ("SHORT_PASSWORD", "a1b2c3"),
            ("KEYBOARD_LAYOUT", "us,de,fr(nodeadkeys)"),
            ("XKB_KEYMAP", "evdev+aliases(qwerty)"),
            ("TOKEN_COUNT", "1234567890"),
            ("KEY_LIFETIME", "2026-11-21 18:00:00"),
            ("TOKEN_ENDPOINT", "https://login.example.com/oauth2/v2.0/token"),
            ("KEY_SERVER", "keys.example.com:11371"),
            ("KEY_SERVER", "127.0.0.1:11371"),
            ("KEY_SERVER", "[::1]:11371"),
            ("TOKEN_LOCALE", "en_US.UTF-8"),
            ("AWS_KEY_REGION", "eu-central-1"),
            ("SSH_PUBLIC_KEY", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0b1"),
            ("AUTHOR", "Ada Lovelace, London"),
            ("HOTKEYS_MODE", "vi-insert"),
            ("SIGNING_KEY", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEF\n-----END PUBLIC KEY-----"),
            ("PWD", "/home/u/Project2024FinalVersion"),
            ("SSH_KEY_PATH", "/Users/Ada/MyProject2024Keys01/id"),
            ("PROXY_BYPASS", "*.internal,10.0.0.0/8"),
            ("TOKEN_TYPE", "application/json; charset=utf-8"),
            ("KEY_SEPARATOR", "########"),
            ("KEY_DESCRIPTION", "the key of the house in the street"),
            ("PATH", "/usr/bin:/bin"),
            ("LS_COLORS", "rs=0:di=01;34:ln=01;36"),
            ("HISTORY", "4f9A0bC1dE2fG3hI4jK5lM6n"),
            ("SECRETS_STORE", "/nix/store/0c5k7z3lq9w1m8x2v6b4n0a7s5d3f1g9"),
        ],
    );
}
