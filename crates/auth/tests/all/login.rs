//! Storing and removing logins: the file's form, its mode, and what of it stays.

use std::fs;
use std::path::Path;

use codex_auth::{AuthError, LoginKind, LoginMethod, LoginPlace, LoginStore, Removed, Secret};
use pretty_assertions::assert_eq;

const KEY: &str = "sk-0123456789abcdefghij";

fn save(place: &LoginPlace) -> Result<String, AuthError> {
    place.save_api_key(&Secret::new(KEY)).map(|path| fs::read_to_string(path).unwrap())
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_saved_key_is_found_again() {
    let home = tempfile::tempdir().unwrap();
    // The first login may be what creates the home.
    let place = LoginPlace::of(home.path().join("new"));
    assert_eq!(place.find().unwrap(), None);
    let text = save(&place).unwrap();
    assert_eq!(text, format!("{{\n  \"auth_mode\": \"apikey\",\n  \"OPENAI_API_KEY\": \"{KEY}\"\n}}"));
    let login = place.usable().unwrap().unwrap();
    assert_eq!((login.kind, login.api_key, login.warning), (LoginKind::ApiKey, Some(Secret::new(KEY)), None));
}

// covers: config 18
#[cfg(unix)]
#[test]
fn the_file_is_closed_to_others_even_when_it_was_open() {
    let home = tempfile::tempdir().unwrap();
    let place = LoginPlace::of(home.path());
    save(&place).unwrap();
    assert_eq!(mode(&place.file()), 0o600);
    set_mode(&place.file(), 0o644);
    save(&place).unwrap();
    assert_eq!(mode(&place.file()), 0o600);
    let names = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["auth.json", "auth.json.lock"]);
    assert_eq!(mode(&home.path().join("auth.json.lock")), 0o600);
}

#[test]
fn the_former_login_goes_and_foreign_fields_stay() {
    let home = tempfile::tempdir().unwrap();
    let place = LoginPlace::of(home.path());
    let former = r#"{"auth_mode":"chatgpt","note":{"by":"me"},"OPENAI_API_KEY":null,
        "tokens":{"access_token":"secret"},"last_refresh":"2026-01-01T00:00:00Z","agent":1}"#;
    fs::write(place.file(), former).unwrap();
    let text = save(&place).unwrap();
    let expected = format!(
        "{{\n  \"auth_mode\": \"apikey\",\n  \"OPENAI_API_KEY\": \"{KEY}\",\n  \"note\": {{\n    \"by\": \"me\"\n  }},\n  \"agent\": 1\n}}"
    );
    assert_eq!(text, expected);
}

#[test]
fn a_broken_file_is_replaced() {
    let home = tempfile::tempdir().unwrap();
    let place = LoginPlace::of(home.path());
    for broken in ["", "{\"auth_mode\"", "[1]", "\u{0}"] {
        fs::write(place.file(), broken).unwrap();
        save(&place).unwrap();
        assert_eq!(place.usable().unwrap().unwrap().api_key, Some(Secret::new(KEY)), "{broken:?}");
    }
}

#[test]
fn what_may_not_be_stored_is_not() {
    let home = tempfile::tempdir().unwrap();
    let refused = |place: LoginPlace| save(&place).unwrap_err();
    let forced = LoginPlace { forced: Some(LoginMethod::ChatGpt), ..LoginPlace::of(home.path()) };
    assert!(matches!(refused(forced), AuthError::MethodForbidden { forced: LoginMethod::ChatGpt, .. }));
    let store = LoginStore::Ephemeral;
    let error = refused(LoginPlace { store, ..LoginPlace::of(home.path()) });
    assert!(matches!(error, AuthError::StoreUnavailable { store: named, .. } if named == store));
    assert!(error.hint().unwrap().contains("cli_auth_credentials_store = \"file\""), "{error}");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_logout_leaves_no_secret() {
    let home = tempfile::tempdir().unwrap();
    let place = LoginPlace::of(home.path());
    assert_eq!(place.remove().unwrap(), Removed::Nothing);
    save(&place).unwrap();
    assert_eq!(place.remove().unwrap(), Removed::Login);
    assert!(!place.file().exists());
    assert_eq!(place.remove().unwrap(), Removed::Nothing);
}

#[cfg(unix)]
#[test]
fn a_link_is_written_through_and_removed_with_its_file() {
    let home = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("login.json");
    fs::write(&target, "{}").unwrap();
    let place = LoginPlace::of(home.path());
    std::os::unix::fs::symlink(&target, place.file()).unwrap();
    save(&place).unwrap();
    assert!(fs::read_to_string(&target).unwrap().contains(KEY));
    assert_eq!(mode(&target), 0o600);
    assert_eq!(place.remove().unwrap(), Removed::Login);
    assert!(!target.exists() && place.file().symlink_metadata().is_err());
}

#[test]
fn two_processes_change_it_one_after_the_other() {
    let home = tempfile::tempdir().unwrap();
    let place = LoginPlace::of(home.path());
    let lock = fs::File::create(home.path().join("auth.json.lock")).unwrap();
    lock.lock().unwrap();
    let (done, waits) = std::sync::mpsc::sync_channel(1);
    let saver = std::thread::spawn({
        let place = place.clone();
        move || {
            let saved = save(&place);
            done.send(()).unwrap();
            saved
        }
    });
    assert!(waits.recv_timeout(std::time::Duration::from_millis(100)).is_err(), "it did not wait");
    assert!(!place.file().exists());
    lock.unlock().unwrap();
    saver.join().unwrap().unwrap();
    assert!(place.file().exists());
}

#[test]
fn a_key_is_shown_by_its_ends() {
    assert_eq!(Secret::new(KEY).masked(), "sk-***ghij");
    assert_eq!(Secret::new("sk-short").masked(), "***");
    assert_eq!(Secret::new("ä".repeat(30)).masked(), "äää***ääää");
}
