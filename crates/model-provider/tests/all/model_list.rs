//! A server's list of models: when it is asked for, what is kept of it, and what stands without it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use codex_auth::{CommandAuth, Env, ProviderAuth, Secret};
use codex_model_provider::{ListError, ModelAccess, ModelCatalog, ModelList, ModelProvider, ProviderInfo};
use codex_protocol::WireApi;
use codex_sim::{Route, SideAnswer, SideServer};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(20);

fn command() -> ProviderAuth {
    ProviderAuth::Command(CommandAuth {
        env: Vec::new(),
        command: "echo".to_owned(),
        args: vec!["tok".to_owned()],
        timeout: LIMIT,
        refresh_interval: None,
        cwd: Path::new("/").to_owned(),
    })
}

fn list_of(url: &str, auth: ProviderAuth, home: &Path) -> ModelList {
    let info = ProviderInfo { auth, ..ProviderInfo::custom("lab", "Lab", format!("{url}/v1")) };
    let provider = ModelProvider::new(info, None, Env::of::<&str, &str>([]), "0.169.0");
    ModelList::open(provider, home)
}

fn models(slug: &str) -> Value {
    let more = json!({ "slug": "gpt-5.5", "context_window": 5, "visibility": "list", "priority": 2 });
    let entry = json!({ "slug": slug, "visibility": "list", "priority": 1, "future": { "x": [1] } });
    json!({ "models": [more, entry, { "slug": 5 }] })
}

fn answers(etag: &str, slug: &str) -> SideAnswer {
    SideAnswer::json(200, &models(slug)).header("etag", etag)
}

fn slugs(catalog: &ModelCatalog) -> Vec<String> {
    catalog.choices(ModelAccess::Account).into_iter().map(|model| model.slug).collect()
}

fn cached(home: &Path) -> Value {
    serde_json::from_slice(&fs::read(home.join("models_cache.json")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_list_is_asked_for_kept_and_found_again() {
    let server = SideServer::start([Route::get("/v1/models", [answers("\"e1\"", "house")])]).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let list = list_of(&server.url(), command(), home.path());
    assert!(list.is_stale());
    assert_eq!(list.catalog(), ModelCatalog::bundled());
    list.refresh_in_background();
    list.settle(LIMIT).await;
    let asked = server.requests();
    assert_eq!(server.paths(), ["GET /v1/models?client_version=0.169.0"]);
    assert_eq!(asked[0].header("authorization"), Some("Bearer tok"));
    assert_eq!(slugs(&list.catalog()), ["house", "gpt-5.5"]);
    // The server's facts go before the built-in ones, which stay for models it does not list.
    assert_eq!(list.catalog().model_info("gpt-5.5").info().context_window, 5);
    assert!(!list.catalog().model_info("gpt-6-sol").is_fallback());

    let mut kept = cached(home.path());
    let identity = kept["identity"].take();
    assert_eq!(identity.as_str().map(str::len), Some(64));
    assert!(kept["fetched_at"].take().as_str().unwrap().ends_with('Z'));
    let expected = json!({ "fetched_at": null, "etag": "\"e1\"", "client_version": "0.169.0", "identity": null,
        "models": models("house")["models"] });
    assert_eq!(kept, expected);

    // Another process, soon after: nobody is asked.
    let again = list_of(&server.url(), command(), home.path());
    again.refresh_in_background();
    again.settle(LIMIT).await;
    assert_eq!(slugs(&again.catalog()), ["house", "gpt-5.5"]);
    assert_eq!(server.paths().len(), 1);
    // Another server's list is none of ours.
    assert!(list_of("http://127.0.0.1:9", command(), home.path()).is_stale());
}

#[tokio::test]
async fn an_old_list_stands_until_the_server_confirms_or_replaces_it() {
    let confirmed = SideAnswer::text(304, "");
    let route = Route::get("/v1/models", [answers("\"e1\"", "house"), confirmed, answers("\"e2\"", "new")]);
    let server = SideServer::start([route]).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    list_of(&server.url(), command(), home.path()).refresh().await.unwrap();
    let age = |home: &Path| {
        let mut kept = cached(home);
        kept["fetched_at"] = "2020-01-01T00:00:00Z".into();
        fs::write(home.join("models_cache.json"), kept.to_string()).unwrap();
    };
    age(home.path());
    let old = list_of(&server.url(), command(), home.path());
    assert!(old.is_stale());
    assert_eq!(slugs(&old.catalog()), ["house", "gpt-5.5"]);
    old.refresh().await.unwrap();
    assert_eq!(server.requests()[1].header("if-none-match"), Some("\"e1\""));
    assert!(!old.is_stale());
    assert_eq!((&cached(home.path())["etag"], slugs(&old.catalog()).len()), (&json!("\"e1\""), 2));
    age(home.path());
    let old = list_of(&server.url(), command(), home.path());
    old.refresh_in_background();
    old.settle(LIMIT).await;
    assert_eq!(slugs(&old.catalog()), ["new", "gpt-5.5"]);
}

#[tokio::test]
async fn a_list_that_was_mentioned_is_looked_at_once() {
    let route = Route::get("/v1/models", [answers("\"e1\"", "house"), answers("\"e2\"", "new")]);
    let server = SideServer::start([route]).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let list = list_of(&server.url(), command(), home.path());
    list.refresh().await.unwrap();
    for (mentioned, asked) in [("\"e1\"", 1), ("\"e2\"", 2), ("\"e2\"", 2), ("odd", 3), ("odd", 3)] {
        list.mentioned(mentioned);
        list.settle(LIMIT).await;
        assert_eq!(server.paths().len(), asked, "{mentioned}");
    }
    assert_eq!(slugs(&list.catalog()), ["new", "gpt-5.5"]);
}

#[tokio::test]
async fn what_goes_wrong_changes_nothing() {
    let cases = [
        (SideAnswer::text(200, "<html>"), "the server's list of models is of another form: no JSON"),
        (
            SideAnswer::json(200, &json!({ "error": "no" })),
            "the server's list of models is of another form: no `models` and no `data`",
        ),
        (
            SideAnswer::json(200, &json!({ "models": [] })),
            "the server's list of models is of another form: it is empty",
        ),
        (SideAnswer::text(404, ""), "the server answered the request for its models with status 404"),
        (SideAnswer::text(304, ""), "the server answered the request for its models with status 304"),
    ];
    for (answer, expected) in cases {
        let server = SideServer::start([Route::get("/v1/models", [answer])]).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let list = list_of(&server.url(), command(), home.path());
        assert_eq!(list.refresh().await.unwrap_err().to_string(), expected);
        assert_eq!(list.catalog(), ModelCatalog::bundled());
        assert!(!home.path().join("models_cache.json").exists());
    }
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("models_cache.json"), "{\"models\": 1").unwrap();
    let offline = list_of("http://127.0.0.1:9", command(), home.path());
    assert!(matches!(offline.refresh().await.unwrap_err(), ListError::Exchange(_)));
    assert_eq!(offline.catalog(), ModelCatalog::bundled());
}

#[tokio::test]
async fn servers_used_with_a_key_are_not_asked() {
    let server = SideServer::start([]).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let key = ProviderAuth::EnvKey { var: "LAB_KEY".to_owned(), instructions: None };
    for auth in [ProviderAuth::None, key] {
        let list = list_of(&server.url(), auth, home.path());
        list.refresh_in_background();
        list.mentioned("new");
        list.settle(LIMIT).await;
    }
    let info = ProviderInfo { auth: command(), ..ProviderInfo::custom("lab", "Lab", server.url()) };
    let provider = ModelProvider::new(info, None, Env::of::<&str, &str>([]), "0.169.0");
    let fixed = ModelList::fixed(provider, ModelCatalog::bundled(), home.path());
    fixed.mentioned("new");
    fixed.refresh_in_background();
    fixed.settle(LIMIT).await;
    assert_eq!(server.paths(), Vec::<String>::new());
}

#[tokio::test]
async fn other_wires_are_asked_in_their_own_way_and_stand_offline() {
    let listed = json!({ "object": "list", "data": [
        { "id": "big", "max_model_len": 65536 }, { "id": "gpt-5.5" }, { "id": "words", "type": "embedding" }, { "id": "small" },
    ] });
    let key = ProviderAuth::EnvKey { var: "LAB_KEY".to_owned(), instructions: None };
    let bearer = ProviderAuth::Bearer(Secret::new("tok"));
    let cases = [
        (WireApi::Chat, ProviderAuth::None, "models?team=a%20b", [None, None, None]),
        (WireApi::Chat, key.clone(), "models?team=a%20b", [Some("Bearer k-1"), None, None]),
        (WireApi::Messages, key, "models?limit=1000&team=a%20b", [None, Some("k-1"), Some("2023-06-01")]),
        (
            WireApi::Messages,
            bearer,
            "models?limit=1000&team=a%20b",
            [Some("Bearer tok"), None, Some("2023-06-01")],
        ),
    ];
    for (wire_api, auth, asked, headers) in cases {
        let server =
            SideServer::start([Route::get("/v1/models", [SideAnswer::json(200, &listed)])]).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let list = |url: &str| {
            let query_params = vec![("team".to_owned(), Secret::new("a b"))];
            let info = ProviderInfo {
                wire_api,
                auth: auth.clone(),
                query_params,
                ..ProviderInfo::custom("lab", "Lab", url)
            };
            ModelList::open(
                ModelProvider::new(info, None, Env::of([("LAB_KEY", "k-1")]), "0.169.0"),
                home.path(),
            )
        };
        let base = format!("{}/v1", server.url());
        let first = list(&base);
        assert!(first.is_stale() && first.lacks_default());
        first.refresh().await.unwrap();
        assert_eq!(server.paths(), [format!("GET /v1/{asked}")]);
        let request = &server.requests()[0];
        assert_eq!(
            ["authorization", "x-api-key", "anthropic-version"].map(|name| request.header(name)),
            headers
        );

        // Another process, without a network.
        drop(server);
        let catalog = list(&base).catalog();
        assert!(!list(&base).lacks_default());
        assert_eq!(
            (slugs(&catalog), catalog.default_model()),
            (["big", "gpt-5.5", "small"].map(str::to_owned).to_vec(), "big".to_owned())
        );
        assert_eq!(catalog.model_info("big").info().context_window, 65_536);
        // What is listed by name alone is as well known as without the list.
        assert_eq!(catalog.model_info("gpt-5.5"), ModelCatalog::bundled().model_info("gpt-5.5"));
        assert!(
            catalog.model_info("small").is_fallback() && catalog.lists("small") && !catalog.lists("none")
        );
    }
}

#[test]
fn keys_choose_among_what_keys_may_use() {
    let served = ModelCatalog::served(
        serde_json::from_value(json!([
            { "slug": "third", "visibility": "list", "priority": 3 },
            { "slug": "account-only", "visibility": "list", "priority": 1, "supported_in_api": false },
            { "slug": "hidden", "visibility": "hide", "priority": 0 },
            { "slug": "second", "visibility": "list", "priority": 2 },
        ]))
        .unwrap(),
    );
    assert_eq!(slugs(&served), ["account-only", "second", "third"]);
    let keyed: Vec<String> = served.choices(ModelAccess::Key).into_iter().map(|model| model.slug).collect();
    assert_eq!(keyed, ["second", "third"]);
    let bundled = ModelCatalog::bundled().choices(ModelAccess::Key);
    assert_eq!(bundled[0].slug, "gpt-6.1-sol");
    assert!(bundled.iter().all(|model| {
        let described = model.supported_reasoning_levels.iter().all(|level| !level.description.is_empty());
        model.description.is_some() && described
    }));
}
