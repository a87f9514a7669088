//! Environment, configured tokens and `auth.json`.

use std::fs;
use std::path::Path;

use codex_auth::{
    AbsentLogin, AuthError, Credentials, Env, LoginKind, LoginMethod, LoginPlace, LoginStore, ProviderAuth,
    Secret, StoredLogin,
};
use pretty_assertions::assert_eq;
use tempfile::TempDir;

fn home(auth_json: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("auth.json"), auth_json).unwrap();
    restrict(&home.path().join("auth.json"), 0o600);
    home
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) {}

async fn resolve(auth: ProviderAuth, env: Env) -> Result<Option<String>, String> {
    match Credentials::new(auth, env).resolve().await {
        Ok(secret) => Ok(secret.map(|secret| secret.expose().to_owned())),
        Err(error) => Err(error.to_string()),
    }
}

fn env_key(instructions: Option<&str>) -> ProviderAuth {
    ProviderAuth::EnvKey { var: "LAB_KEY".to_owned(), instructions: instructions.map(str::to_owned) }
}

fn stored(home: &TempDir) -> ProviderAuth {
    ProviderAuth::StoredLogin { place: LoginPlace::of(home.path()), absent: AbsentLogin::Anonymous }
}

#[tokio::test]
async fn nobody_logged_in_is_said_before_a_request_where_the_server_would_refuse_it() {
    let home = tempfile::tempdir().unwrap();
    let login = |absent| ProviderAuth::StoredLogin { place: LoginPlace::of(home.path()), absent };
    assert_eq!(resolve(login(AbsentLogin::Anonymous), no_env()).await, Ok(None));
    assert_eq!(
        resolve(login(AbsentLogin::Refused), no_env()).await,
        Err("Not logged in: no API key was found.".to_owned())
    );
    let env = Env::of([("CODEX_API_KEY", "k")]);
    assert_eq!(resolve(login(AbsentLogin::Refused), env).await, Ok(Some("k".to_owned())));
}

fn no_env() -> Env {
    Env::of::<&str, &str>([])
}

#[tokio::test]
async fn the_variable_named_by_env_key_is_the_credential() {
    assert_eq!(resolve(env_key(None), Env::of([("LAB_KEY", " k1\n")])).await, Ok(Some("k1".to_owned())));
}

// covers: responses-wire 51
#[tokio::test]
async fn a_missing_or_blank_variable_is_named_with_its_instructions() {
    let bare = Err("Missing environment variable: `LAB_KEY`.".to_owned());
    assert_eq!(resolve(env_key(None), no_env()).await, bare);
    assert_eq!(resolve(env_key(None), Env::of([("LAB_KEY", "  ")])).await, bare);
    assert_eq!(
        resolve(env_key(Some("Ask the lab for one.")), no_env()).await,
        Err("Missing environment variable: `LAB_KEY`. Ask the lab for one.".to_owned())
    );
}

#[tokio::test]
async fn a_configured_token_is_used_and_no_configuration_means_none() {
    let token = ProviderAuth::Bearer(Secret::new("t"));
    assert_eq!(resolve(token, no_env()).await, Ok(Some("t".to_owned())));
    assert_eq!(resolve(ProviderAuth::None, Env::of([("CODEX_API_KEY", "k")])).await, Ok(None));
}

#[tokio::test]
async fn a_stored_key_is_used_and_the_environment_beats_it() {
    let home = home(r#"{"OPENAI_API_KEY":"stored","auth_mode":"apikey"}"#);
    assert_eq!(resolve(stored(&home), no_env()).await, Ok(Some("stored".to_owned())));
    let env = Env::of([("CODEX_API_KEY", "from-env"), ("OPENAI_API_KEY", "never")]);
    assert_eq!(resolve(stored(&home), env).await, Ok(Some("from-env".to_owned())));
}

#[tokio::test]
async fn no_login_means_no_credential_even_with_openai_api_key_set() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(resolve(stored(&home), Env::of([("OPENAI_API_KEY", "k")])).await, Ok(None));
}

#[tokio::test]
async fn another_login_kind_fails_only_when_it_is_needed() {
    let home = home(r#"{"auth_mode":"chatgpt","OPENAI_API_KEY":null,"tokens":{"access_token":"a"}}"#);
    let login = StoredLogin::read(home.path()).unwrap().unwrap();
    assert_eq!((&login.kind, &login.api_key), (&LoginKind::Other("chatgpt".to_owned()), &None));
    let env = Env::of([("CODEX_API_KEY", "k")]);
    assert_eq!(resolve(stored(&home), env).await, Ok(Some("k".to_owned())));
    let error = Credentials::new(stored(&home), no_env()).resolve().await.unwrap_err();
    assert!(matches!(&error, AuthError::LoginKindUnsupported { kind, .. } if kind == "chatgpt"), "{error:?}");
    assert!(error.hint().unwrap().contains("CODEX_API_KEY"));
}

#[tokio::test]
async fn a_broken_file_is_named_without_its_content() {
    let home = home("{\"OPENAI_API_KEY\":\"sk-private\",\n oops");
    let error = Credentials::new(stored(&home), no_env()).resolve().await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("auth.json") && shown.contains("line 2"), "{shown}");
    assert!(!shown.contains("sk-private"), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_file_others_can_read_is_warned_about() {
    let home = home(r#"{"OPENAI_API_KEY":"k","auth_mode":"apikey"}"#);
    assert_eq!(StoredLogin::read(home.path()).unwrap().unwrap().warning, None);
    restrict(&home.path().join("auth.json"), 0o644);
    let warning = StoredLogin::read(home.path()).unwrap().unwrap().warning.unwrap();
    assert!(warning.contains("0644") && warning.contains("chmod 600"), "{warning}");
}

#[test]
fn a_secret_does_not_show_in_debug_output() {
    assert_eq!(format!("{:?}", ProviderAuth::Bearer(Secret::new("sk-private"))), "Bearer([secret])");
    assert_eq!(format!("{:?}", Env::of([("K", "sk-private")])), "Env(fixed)");
}

#[tokio::test]
async fn a_forced_method_rules_the_other_kind_out() {
    let home = home(r#"{"OPENAI_API_KEY":"k","auth_mode":"apikey"}"#);
    let auth = |forced| ProviderAuth::StoredLogin {
        place: LoginPlace { forced, ..LoginPlace::of(home.path()) },
        absent: AbsentLogin::Anonymous,
    };
    assert_eq!(resolve(auth(Some(LoginMethod::ApiKey)), no_env()).await, Ok(Some("k".to_owned())));
    let words = "cannot be used: `forced_login_method` asks for a sign-in with ChatGPT";
    let stored = format!("the login in {} {words}", home.path().join("auth.json").display());
    assert_eq!(resolve(auth(Some(LoginMethod::ChatGpt)), no_env()).await, Err(stored));
    let env = Env::of([("CODEX_API_KEY", "k")]);
    assert_eq!(resolve(auth(Some(LoginMethod::ChatGpt)), env).await, Err(format!("CODEX_API_KEY {words}")));
}

#[tokio::test]
async fn only_a_store_that_is_there_is_asked() {
    let home = home(r#"{"OPENAI_API_KEY":"k","auth_mode":"apikey"}"#);
    let from = async |store| {
        let place = LoginPlace { store, ..LoginPlace::of(home.path()) };
        resolve(ProviderAuth::StoredLogin { place, absent: AbsentLogin::Anonymous }, no_env()).await
    };
    assert_eq!(from(LoginStore::File).await, Ok(Some("k".to_owned())));
    assert_eq!(from(LoginStore::Auto).await, Ok(Some("k".to_owned())));
    assert_eq!(from(LoginStore::Ephemeral).await, Ok(None));
}
