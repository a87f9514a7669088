//! Roles of AWS against a scripted token service: who asks for which role with what, how long the answer is kept, and
//! what is told when it is refused.

use std::fs;

use codex_auth::{AwsSettings, AwsSigner, Env};
use codex_sim::{RecordedRequest, Route, SideAnswer, SideServer};
use codex_stdx::form_decode;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::aws::{Files, first, pair, settings, signed_as};

fn given(action: &str, id: &str, expiration: &Value) -> SideAnswer {
    let credentials = json!({ "AccessKeyId": id, "SecretAccessKey": "k", "SessionToken": format!("{id}-session"),
        "Expiration": expiration });
    let result = json!({ "AssumedRoleUser": { "Arn": "arn:u" }, "Credentials": credentials });
    let answer = json!({ format!("{action}Response"): { format!("{action}Result"): result,
        "ResponseMetadata": { "RequestId": "r" } } });
    SideAnswer::json(200, &answer)
}

fn far() -> Value {
    json!(4_000_000_000.0)
}

async fn service(answers: impl IntoIterator<Item = SideAnswer>) -> SideServer {
    SideServer::start([Route::post("/", answers)]).await.unwrap()
}

fn named(profile: &str) -> AwsSettings {
    AwsSettings { profile: Some(profile.to_owned()), ..settings() }
}

/// The fields of what was asked, and the key and region it was signed with.
fn asked(request: &RecordedRequest) -> (Vec<(String, String)>, Option<String>) {
    let form = form_decode(std::str::from_utf8(request.body()).unwrap());
    let signed = request.header("authorization").map(|value| {
        let scope = value.split("Credential=").nth(1).unwrap().split(',').next().unwrap();
        let parts: Vec<&str> = scope.split('/').collect();
        format!("{} {} {}", parts[0], parts[2], parts[3])
    });
    (form, signed)
}

fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_chain_of_roles_is_taken_on_from_its_end() {
    let files = Files::new(
        "[profile dev]\nrole_arn = arn:dev\nsource_profile = hub\nexternal_id = x 1\nduration_seconds = 900\n\
         role_session_name = me\nregion = eu-1\n[profile hub]\nrole_arn = arn:hub\nsource_profile = keys\n",
        "[keys]\naws_access_key_id = BASE\naws_secret_access_key = k\n",
    );
    let server = service([given("AssumeRole", "HUB", &far()), given("AssumeRole", "DEV", &far())]).await;
    let url = server.url();
    let env = [("HOME", files.home()), ("AWS_ENDPOINT_URL_STS", url.as_str())];
    let signer = AwsSigner::new(named("dev"), Env::of(env));
    for _ in 0..2 {
        assert_eq!(signed_as(&signer).await, pair("DEV", "DEV-session"));
    }
    // Kept: the second request asked nobody.
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let hub = [
        ("Action", "AssumeRole"),
        ("Version", "2011-06-15"),
        ("RoleArn", "arn:hub"),
        ("RoleSessionName", "codex"),
    ];
    assert_eq!(asked(&requests[0]), (form(&hub), Some("BASE r-1 sts".to_owned())));
    let dev = [
        ("Action", "AssumeRole"),
        ("Version", "2011-06-15"),
        ("RoleArn", "arn:dev"),
        ("RoleSessionName", "me"),
        ("ExternalId", "x 1"),
        ("DurationSeconds", "900"),
    ];
    assert_eq!(asked(&requests[1]), (form(&dev), Some("HUB eu-1 sts".to_owned())));
    assert_eq!(requests[0].header("accept"), Some("application/json"));
    assert_eq!(requests[0].header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(requests[1].header("x-amz-security-token"), Some("HUB-session"));
}

#[tokio::test]
async fn a_role_is_taken_on_again_shortly_before_it_ends() {
    let files = Files::new("[profile p]\nrole_arn = arn:p\ncredential_source = Environment\n", "");
    let soon = jiff::Timestamp::now().as_second() + 60;
    let answers = [
        given("AssumeRole", "ONE", &json!(soon)),
        given("AssumeRole", "TWO", &json!("2999-01-01T00:00:00Z")),
    ];
    let server = service(answers).await;
    let url = server.url();
    let keys = [("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "k")];
    let env = keys.into_iter().chain([("HOME", files.home()), ("AWS_ENDPOINT_URL_STS", url.as_str())]);
    let signer = AwsSigner::new(named("p"), Env::of(env));
    assert_eq!(signed_as(&signer).await, pair("ONE", "ONE-session"));
    assert_eq!(signed_as(&signer).await, pair("TWO", "TWO-session"));
    assert_eq!(signed_as(&signer).await, pair("TWO", "TWO-session"));
    assert_eq!(asked(&server.requests()[1]).1, Some("ENV r-1 sts".to_owned()));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn the_token_of_a_foreign_sign_in_takes_on_a_role_without_a_signature() {
    let files = Files::new("", "");
    let token = files.path().join("token");
    fs::write(&token, "web-token\n").unwrap();
    let token = token.to_str().unwrap();
    let action = "AssumeRoleWithWebIdentity";
    let server = service([given(action, "WEB", &far())]).await;
    let url = server.url();
    let at = ("AWS_ENDPOINT_URL_STS", url.as_str());
    let env = [
        at,
        ("AWS_ROLE_ARN", "arn:pod"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token),
        ("AWS_ROLE_SESSION_NAME", "pod-1"),
    ];
    assert_eq!(first(settings(), &env).await, pair("WEB", "WEB-session"));
    let config = format!("[profile p]\nrole_arn = arn:p\nweb_identity_token_file = {token}\n");
    let files = Files::new(&config, "");
    assert_eq!(first(named("p"), &[at, ("HOME", files.home())]).await, pair("WEB", "WEB-session"));
    let expected = |arn: &str, session: &str| {
        let fields = [
            ("Action", action),
            ("Version", "2011-06-15"),
            ("RoleArn", arn),
            ("RoleSessionName", session),
            ("WebIdentityToken", "web-token"),
        ];
        (form(&fields), None)
    };
    let requests = server.requests();
    assert_eq!(asked(&requests[0]), expected("arn:pod", "pod-1"));
    assert_eq!(asked(&requests[1]), expected("arn:p", "codex"));
    let env = [at, ("AWS_ROLE_ARN", "arn:pod"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere")];
    let gone = first(settings(), &env);
    assert!(gone.await.unwrap_err().contains("/nowhere"));
}

#[tokio::test]
async fn a_service_that_speaks_xml_is_understood() {
    let files = Files::new("[profile p]\nrole_arn = arn:p\ncredential_source = Environment\n", "");
    let given = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\n\
        <AccessKeyId>XML</AccessKeyId><SecretAccessKey>k/+=</SecretAccessKey><SessionToken>xs</SessionToken>\n\
        <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
    let refused = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>";
    let server = service([SideAnswer::text(200, given), SideAnswer::text(403, refused)]).await;
    let url = server.url();
    let env = [
        ("AWS_ACCESS_KEY_ID", "ENV"),
        ("AWS_SECRET_ACCESS_KEY", "k"),
        ("HOME", files.home()),
        ("AWS_ENDPOINT_URL_STS", url.as_str()),
    ];
    assert_eq!(first(named("p"), &env).await, pair("XML", "xs"));
    let problem = "the AWS profile `p`: the role `arn:p` was not given (status 403): AccessDenied not you";
    assert_eq!(first(named("p"), &env).await.unwrap_err(), problem);
}

#[tokio::test]
async fn a_refusal_names_the_profile_and_the_role_and_nobody_is_asked_in_vain() {
    let files = Files::new(
        "[profile p]\nrole_arn = arn:p\nsource_profile = empty\n[profile empty]\nregion = r\n\
         [profile env]\nrole_arn = arn:e\ncredential_source = Environment\n\
         [profile box]\nrole_arn = arn:b\ncredential_source = EcsContainer\n\
         [profile good]\nrole_arn = arn:g\nsource_profile = keys\n",
        "[keys]\naws_access_key_id = BASE\naws_secret_access_key = k\n",
    );
    let refused = json!({ "Error": { "Code": "AccessDenied", "Message": "no\u{1b}[31m trust", "Type": "Sender" }, "RequestId": "r" });
    let odd = json!({ "AssumeRoleResponse": { "AssumeRoleResult": {} } });
    let server = service([SideAnswer::json(403, &refused), SideAnswer::json(200, &odd)]).await;
    let url = server.url();
    let env = [("HOME", files.home()), ("AWS_ENDPOINT_URL_STS", url.as_str())];
    for (profile, problem) in [
        ("p", "the AWS profile `p`: `source_profile = empty` has no credentials"),
        ("env", "the AWS profile `env`: `credential_source = Environment` has no credentials"),
        ("box", "the AWS profile `box`: `credential_source = EcsContainer` has no credentials"),
    ] {
        assert_eq!(first(named(profile), &env).await.unwrap_err(), problem);
    }
    assert_eq!(server.paths(), Vec::<String>::new());
    for problem in ["(status 403): AccessDenied no[31m trust", "(status 200)"] {
        let expected = format!("the AWS profile `good`: the role `arn:g` was not given {problem}");
        assert_eq!(first(named("good"), &env).await.unwrap_err(), expected);
    }
    let nobody = [("HOME", files.home()), ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")];
    let error = first(named("good"), &nobody).await.unwrap_err();
    assert!(error.starts_with("http://127.0.0.1:1/ cannot be reached: "), "{error}");
}
