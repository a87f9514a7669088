//! The program under test: this test binary, started again on a pseudo terminal with `TUI_STAGE` set, runs the UI.

use std::sync::Arc;

use codex_config::{LoadRequest, load};
use codex_core::{Deltas, FrontEnd, Persistence, StartThread, ThreadOrigin};
use codex_protocol::ApprovalPolicy;
use codex_tui::{Door, DoorAnswer, DoorAsk, FirstRun, Mode, Next, Opening, TuiRun};

/// The name the stage starts it by.
pub(crate) const NAME: &str = "child::the_program";

fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Runs the UI when a stage asks for it; proves nothing by itself.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test runner would print to a terminal that reads nothing")]
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
        login: None,
        env: std::env::vars_os().collect(),
        tape: None,
        deltas: Deltas::Wanted,
    };
    let mode = match (var("TUI_LINEAR"), var("TUI_INLINE")) {
        (Some(_), _) => Mode::Linear,
        (None, Some(_)) => Mode::Inline,
        (None, None) => Mode::Fullscreen,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let opening = if var("TUI_PICK").is_some() { Opening::Picker } else { Opening::Thread };
    let first_run = var("TUI_FIRST").map(|wanted| first_run(&wanted, &start, &runtime));
    let run = TuiRun {
        start,
        initial_prompt: var("TUI_PROMPT"),
        mode,
        warnings: Vec::new(),
        opening,
        first_run,
        suggestions: var("TUI_SUGGEST").iter().flat_map(|text| text.lines()).map(str::to_owned).collect(),
    };
    if let Some(pipe) = var("TUI_PANIC") {
        // Fails as soon as something is written into the pipe.
        std::thread::spawn(move || {
            let told = std::fs::read_to_string(pipe).unwrap();
            panic!("a failure of the program: {told}");
        });
    }
    let end = runtime.block_on(Box::pin(codex_tui::run(run)));
    runtime.shutdown_background();
    if var("TUI_MUTE").is_some() {
        // What the test runner says at the end needs a terminal that reads.
        std::process::exit(end.code.into());
    }
    if end.next == Next::Demo {
        println!("[the demo is wanted]");
    }
    println!("[ended {}]", end.code);
}

/// A door whose keeper answers as a person with a browser would make it answer.
fn first_run(wanted: &str, start: &StartThread, runtime: &tokio::runtime::Runtime) -> FirstRun {
    let (door, mut keeper) = Door::new();
    let config = Arc::clone(&start.config);
    runtime.spawn(async move {
        while let Some(ask) = keeper.asks.recv().await {
            let answer = match ask {
                DoorAsk::SaveKey(key) if key.expose() == "sk-wrong" => {
                    DoorAnswer::Failed("the folder is full".to_owned())
                }
                DoorAsk::SaveKey(key) => {
                    DoorAnswer::LoggedIn(format!("saved {} letters", key.expose().len()))
                }
                DoorAsk::Browser => DoorAnswer::Open { url: "https://sign.in/here".to_owned(), code: None },
                DoorAsk::DeviceCode => DoorAnswer::Open {
                    url: "https://sign.in/device".to_owned(),
                    code: Some("ABCD-1234".to_owned()),
                },
                DoorAsk::Cancel => continue,
                DoorAsk::LogOut => DoorAnswer::LoggedOut("nobody is logged in any more".to_owned()),
                DoorAsk::Trust => DoorAnswer::Trusted {
                    config: Arc::clone(&config),
                    warnings: vec!["a warning".to_owned()],
                },
            };
            if keeper.answers.send(answer).await.is_err() {
                break;
            }
        }
    });
    let trust = wanted.contains("trust").then(|| start.config.cwd.clone());
    FirstRun { login: wanted.contains("login"), trust, door }
}
