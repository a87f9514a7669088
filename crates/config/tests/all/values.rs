//! Defaults and the reading of single values.

use codex_config::{
    EnvironmentInherit, HistoryConfig, HistoryPersistence, IncludeSwitches, SearchContextSize,
    SearchLocation, ShellEnvironmentPolicy, WebSearchConfig, WorkspaceWrite,
};
use codex_protocol::{ApprovalPolicy, SandboxPolicy};
use pretty_assertions::assert_eq;

use crate::world::World;

#[test]
fn nothing_written_gives_the_documented_defaults() {
    let world = World::new();
    let config = world.config();
    assert_eq!(config.model_provider, "openai");
    assert_eq!(config.chatgpt_base_url, "https://chatgpt.com/backend-api/");
    assert_eq!((config.approval_policy, config.sandbox_mode), (None, None));
    assert_eq!(config.sandbox_policy(), SandboxPolicy::ReadOnly);
    assert_eq!(config.project_doc_max_bytes, 32_768);
    assert_eq!(config.project_root_markers, [".git"]);
    assert_eq!(config.background_terminal_timeout_ms_max, 300_000);
    assert!(config.allow_login_shell);
    assert!(!config.hide_agent_reasoning && !config.show_raw_agent_reasoning);
    assert_eq!(config.sqlite_home, world.path("home"));
    assert_eq!(config.log_dir, world.path("home/log"));
    assert_eq!(config.workspace_write, WorkspaceWrite::default());
    assert_eq!(config.shell_environment_policy, ShellEnvironmentPolicy::default());
    assert_eq!(config.history, HistoryConfig { persistence: HistoryPersistence::SaveAll, max_bytes: None });
    let all = IncludeSwitches {
        permissions_instructions: true,
        environment_context: true,
        environment_context_time: true,
        apps_instructions: true,
        collaboration_mode_instructions: true,
    };
    assert_eq!(config.include, all);
}

// covers: config 10
#[test]
fn the_reasoning_effort_is_an_open_word() {
    let loaded = World::user("model_reasoning_effort = \"zzz\"").load();
    assert_eq!(loaded.config.model_reasoning_effort.as_deref(), Some("zzz"));
    assert_eq!(loaded.warnings, []);
}

#[test]
fn an_instructions_file_is_read_at_load() {
    let world =
        World::user("model_instructions_file = \"base.md\"\nexperimental_compact_prompt_file = \"~/c.md\"");
    world.write("home/base.md", "Be brief.\n");
    world.write("c.md", "Sum up.");
    let config = world.config();
    assert_eq!(config.model_instructions.as_deref(), Some("Be brief."));
    assert_eq!(config.compact_prompt.as_deref(), Some("Sum up."));
}

#[test]
fn relative_paths_start_at_the_file_they_are_written_in() {
    let mut world =
        World::user("log_dir = \"logs\"\nsandbox_workspace_write.writable_roots = [\"r\", \"~/s\", \"/t\"]");
    world.request.overrides.push("sqlite_home=db".to_owned());
    let config = world.config();
    assert_eq!(config.log_dir, world.path("home/logs"));
    assert_eq!(config.sqlite_home, world.path("work/db"));
    let roots = vec![world.path("home/r"), world.path("s"), "/t".into()];
    assert_eq!(config.workspace_write.writable_roots, roots);
}

#[test]
fn the_sqlite_folder_comes_from_the_key_then_the_variable() {
    let mut world = World::new();
    world.request.sqlite_home_env = Some("/env".into());
    assert_eq!(world.config().sqlite_home.to_str(), Some("/env"));
    world.write("home/config.toml", "sqlite_home = \"/key\"");
    assert_eq!(world.config().sqlite_home.to_str(), Some("/key"));
}

#[test]
fn tables_are_read_whole() {
    let config = World::user(
        r#"
        approval_policy = "on-failure"
        sandbox_mode = "workspace-write"
        [sandbox_workspace_write]
        network_access = true
        exclude_slash_tmp = true
        exclude_tmpdir_env_var = true
        [shell_environment_policy]
        inherit = "core"
        ignore_default_excludes = false
        exclude = ["A*"]
        include_only = ["B*"]
        set = { C = "d" }
        [history]
        persistence = "none"
        max_bytes = 5
        [tools.web_search]
        context_size = "high"
        allowed_domains = ["example.org"]
        location = { city = "Bonn", country = "DE", region = "NW", timezone = "Europe/Berlin" }
        "#,
    )
    .config();
    assert_eq!(config.approval_policy, Some(ApprovalPolicy::OnFailure));
    let policy = SandboxPolicy::WorkspaceWrite {
        writable_roots: vec![],
        network_access: true,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    };
    assert_eq!(config.sandbox_policy(), policy);
    let environment = ShellEnvironmentPolicy {
        inherit: EnvironmentInherit::Core,
        ignore_default_excludes: false,
        exclude: vec!["A*".to_owned()],
        set: [("C".to_owned(), "d".to_owned())].into(),
        include_only: vec!["B*".to_owned()],
    };
    assert_eq!(config.shell_environment_policy, environment);
    assert_eq!(config.history, HistoryConfig { persistence: HistoryPersistence::None, max_bytes: Some(5) });
    let search = WebSearchConfig {
        context_size: Some(SearchContextSize::High),
        allowed_domains: Some(vec!["example.org".to_owned()]),
        location: Some(SearchLocation {
            city: Some("Bonn".to_owned()),
            country: Some("DE".to_owned()),
            region: Some("NW".to_owned()),
            timezone: Some("Europe/Berlin".to_owned()),
        }),
    };
    assert_eq!(config.web_search_config, search);
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_accepted() {
    let world = World::user("\u{feff}model = \"m\"\r\nservice_tier = \"t\"\r\n");
    let config = world.config();
    assert_eq!((config.model.as_deref(), config.service_tier.as_deref()), (Some("m"), Some("t")));
}
