//! The program under test: this test binary, started again on a pseudo terminal with `TUI_STAGE` set, runs the UI.

use std::sync::Arc;

use codex_config::{LoadRequest, load};
use codex_core::{Deltas, FrontEnd, Persistence, StartThread, ThreadOrigin};
use codex_protocol::ApprovalPolicy;
use codex_tui::{Mode, Opening, TuiRun};

/// The name the stage starts it by.
pub(crate) const NAME: &str = "child::the_program";

fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Runs the UI when a stage asks for it; proves nothing by itself.
#[test]
fn the_program() {
    let Some(root) = var("TUI_STAGE") else { return };
    let root = std::path::PathBuf::from(root);
    let mut request = LoadRequest::new(root.join("home"), root.join("repo"));
    request.overrides = vec![
        "model=\"gpt-5.5\"".to_owned(),
        "model_provider=\"sim\"".to_owned(),
        "sandbox_mode=\"workspace-write\"".to_owned(),
        format!(
            "model_providers.sim={{name=\"Sim\",base_url=\"{}\",env_key=\"SIM_KEY\",request_max_retries=0}}",
            var("TUI_SERVER").unwrap()
        ),
    ];
    request.overrides.extend(var("TUI_CONFIG").iter().flat_map(|text| text.lines()).map(str::to_owned));
    request.system_dir = root.join("etc");
    let origin = match var("TUI_RESUME") {
        Some(id) => ThreadOrigin::resume(id.parse().unwrap()),
        None => ThreadOrigin::New,
    };
    let start = StartThread {
        config: Arc::new(load(&request).unwrap().config),
        origin,
        persistence: Persistence::Saved,
        front_end: FrontEnd {
            originator: "codex_cli_rs".to_owned(),
            client_name: "codex-tui".to_owned(),
            source: "cli".to_owned(),
            turn_trigger: Some("user".to_owned()),
        },
        thread_source: None,
        approval: if var("TUI_ASK").is_some() { ApprovalPolicy::OnRequest } else { ApprovalPolicy::Never },
        env: std::env::vars_os().collect(),
        tape: None,
        deltas: Deltas::Wanted,
    };
    let mode = if var("TUI_INLINE").is_some() { Mode::Inline } else { Mode::Fullscreen };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let opening = if var("TUI_PICK").is_some() { Opening::Picker } else { Opening::Thread };
    let run = TuiRun { start, initial_prompt: var("TUI_PROMPT"), mode, warnings: Vec::new(), opening };
    let code = runtime.block_on(Box::pin(codex_tui::run(run)));
    runtime.shutdown_background();
    assert!(var("TUI_PANIC").is_none());
    println!("[ended {code}]");
}
