//! Where AWS credentials come from, against scripted services; each is asked only when it is named.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use codex_auth::{AwsSettings, AwsSigner, CommandAuth, Env, RequestSigner, UnsignedRequest};
use codex_sim::{Route, SideAnswer, SideServer};
use pretty_assertions::assert_eq;
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};
use serde_json::json;

pub(crate) fn settings() -> AwsSettings {
    AwsSettings { profile: None, region: "r-1".to_owned(), service: "s", export: None, refresh: None }
}

fn program(script: &str) -> CommandAuth {
    CommandAuth {
        env: Vec::new(),
        command: "sh".to_owned(),
        args: vec!["-c".to_owned(), script.to_owned()],
        timeout: Duration::from_secs(20),
        refresh_interval: None,
        cwd: Path::new("/").to_owned(),
    }
}

/// The key id a request is signed with, and its session token; or what went wrong.
pub(crate) async fn signed_as(signer: &AwsSigner) -> Result<(String, String), String> {
    let url = Url::parse("https://a.test/v1").unwrap();
    let headers = HeaderMap::new();
    let request = UnsignedRequest { method: &Method::POST, url: &url, headers: &headers, body: b"{}" };
    let signed = signer.sign(request).await.map_err(|error| error.to_string())?;
    let text = |name: &str| signed.get(name).map(|value| value.to_str().unwrap().to_owned());
    let authorization = text("authorization").unwrap();
    let id = authorization.split("Credential=").nth(1).unwrap().split('/').next().unwrap().to_owned();
    Ok((id, text("x-amz-security-token").unwrap_or_default()))
}

pub(crate) async fn first(settings: AwsSettings, env: &[(&str, &str)]) -> Result<(String, String), String> {
    signed_as(&AwsSigner::new(settings, Env::of(env.iter().copied()))).await
}

pub(crate) fn pair(id: &str, token: &str) -> Result<(String, String), String> {
    Ok((id.to_owned(), token.to_owned()))
}

pub(crate) struct Files(tempfile::TempDir);

impl Files {
    pub(crate) fn new(config: &str, credentials: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join(".aws/sso/cache")).unwrap();
        fs::write(home.path().join(".aws/config"), config).unwrap();
        fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
        Self(home)
    }

    pub(crate) fn home(&self) -> &str {
        self.path().to_str().unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

#[tokio::test]
async fn a_named_profile_goes_before_the_environment_and_that_before_the_default_profile() {
    let files = Files::new(
        "[profile p]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"k\"}'\n",
        "[default]\naws_access_key_id = DEF\naws_secret_access_key = k\naws_session_token = t\n",
    );
    let home = ("HOME", files.home());
    let keys = [("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "k"), ("AWS_SESSION_TOKEN", "tok")];
    let with_keys: Vec<(&str, &str)> = keys.into_iter().chain([home]).collect();
    assert_eq!(first(settings(), &with_keys).await, pair("ENV", "tok"));
    assert_eq!(first(settings(), &[home]).await, pair("DEF", "t"));
    let named = |name: &str| AwsSettings { profile: Some(name.to_owned()), ..settings() };
    assert_eq!(first(named("p"), &with_keys).await, pair("PROC", ""));
    assert_eq!(first(settings(), &[home, ("AWS_PROFILE", "p")]).await, pair("PROC", ""));
    let error = first(named("none"), &with_keys).await.unwrap_err();
    assert_eq!(error, "there is no AWS profile `none`");
    assert_eq!(first(settings(), &[]).await.unwrap_err(), "there are no AWS credentials");
}

#[tokio::test]
async fn a_program_prints_credentials_until_they_end() {
    let dir = tempfile::tempdir().unwrap();
    let count = dir.path().join("runs");
    let print = |end: &str| {
        format!(
            "echo x >> {0}; printf '{{\"AccessKeyId\":\"A%s\",\"SecretAccessKey\":\"k\",\"Expiration\":\"{end}\"}}' $(wc -l < {0})",
            count.display()
        )
    };
    let export = |end: &str| AwsSettings { export: Some(program(&print(end))), ..settings() };
    let lasting = AwsSigner::new(export("2999-01-01T00:00:00Z"), Env::of::<&str, &str>([]));
    assert_eq!(signed_as(&lasting).await, pair("A1", ""));
    assert_eq!(signed_as(&lasting).await, pair("A1", ""));
    let ended = first(export("2001-01-01T00:00:00Z"), &[]).await.unwrap_err();
    assert_eq!(ended, "the AWS credentials that `sh` printed have ended");
    let odd = AwsSettings { export: Some(program("echo no")), ..settings() };
    assert_eq!(first(odd, &[]).await.unwrap_err(), "`sh` printed no AWS credentials");
}

#[tokio::test]
async fn an_sso_sign_in_is_exchanged_and_renewed_by_its_program() {
    let files = Files::new(
        "[profile corp]\nsso_session = main\nsso_account_id = 12\nsso_role_name = Dev Role\n[sso-session main]\nsso_region = eu-1\n",
        "",
    );
    let role = json!({ "roleCredentials": { "accessKeyId": "SSO", "secretAccessKey": "k", "sessionToken": "st",
        "expiration": 4_000_000_000_000u64 } });
    let answers = [SideAnswer::json(200, &role)];
    let server = SideServer::start([Route::get("/federation/credentials", answers)]).await.unwrap();
    let url = server.url();
    let env = [("HOME", files.home()), ("AWS_ENDPOINT_URL_SSO", url.as_str())];
    let corp = AwsSettings { profile: Some("corp".to_owned()), ..settings() };
    assert_eq!(first(corp.clone(), &env).await.unwrap_err(), "nobody is signed in for the profile `corp`");
    assert_eq!(server.paths(), Vec::<String>::new());
    // What `aws sso login` leaves behind: the name is the SHA-1 of the session's name.
    let token = r#"{"accessToken":"at","expiresAt":"2999-01-01T00:00:00Z"}"#;
    let file = files.0.path().join(".aws/sso/cache/b28b7af69320201d1cf206ebf28373980add1451.json");
    let refresh = Some(program(&format!("echo '{token}' > {}", file.display())));
    assert_eq!(first(AwsSettings { refresh, ..corp }, &env).await, pair("SSO", "st"));
    assert_eq!(server.paths(), ["GET /federation/credentials?role_name=Dev+Role&account_id=12"]);
    assert_eq!(server.requests()[0].header("x-amz-sso_bearer_token"), Some("at"));
}

#[tokio::test]
async fn machines_are_asked_when_they_are_named() {
    let role = json!({ "AccessKeyId": "ROLE", "SecretAccessKey": "k", "Token": "mt", "Expiration": "2999-01-01T00:00:00Z" });
    let roles = "/latest/meta-data/iam/security-credentials/";
    let server = Arc::new(
        SideServer::start([
            Route::get("/container", [SideAnswer::json(200, &role)]),
            Route::of("PUT", "/latest/api/token", [SideAnswer::text(200, "imds")]),
            Route::get(roles, [SideAnswer::text(200, "the-role\n")]),
            Route::get(&format!("{roles}the-role"), [SideAnswer::json(200, &role)]),
        ])
        .await
        .unwrap(),
    );
    let full = format!("{}/container", server.url());
    let container =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", full.as_str()), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "ct")];
    assert_eq!(first(settings(), &container).await, pair("ROLE", "mt"));
    assert_eq!(server.requests()[0].header("authorization"), Some("ct"));
    let url = server.url();
    assert_eq!(first(settings(), &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]).await, pair("ROLE", "mt"));
    let paths = server.paths();
    let expected =
        ["PUT /latest/api/token".to_owned(), format!("GET {roles}"), format!("GET {roles}the-role")];
    assert_eq!(paths[1..], expected);
    assert_eq!(server.requests()[3].header("x-aws-ec2-metadata-token"), Some("imds"));
}
