//! `codex debug`

use std::path::Path;
use std::process::ExitCode;

use codex_core::{Deltas, Persistence, StartError, StartThread, ThreadOrigin, model_list, prompt_input};
use codex_model_provider::ModelCatalog;
use codex_protocol::ApprovalPolicy;
use codex_rollout::{ThreadRef, ThreadStore};
use serde_json::json;

use crate::args::{DebugArgs, DebugCommand, RootArgs};
use crate::commands::compaction_text::compaction_text;
use crate::commands::exec::front_end;
use crate::commands::model_json::model_json;
use crate::commands::print::print;
use crate::error::{CliError, say};
use crate::process::Process;
use crate::runtime::block_on;
use crate::settings::Flags;

/// Shows what was asked for.
pub(crate) fn run(args: DebugArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    match args.command {
        DebugCommand::PromptInput { prompt, config } => {
            show_prompt_input(prompt, &Flags::inspecting(root, args.config.with(config)), process)
        }
        DebugCommand::Compaction { thread, config } => {
            let settings = Flags::inspecting(root, args.config.with(config)).load(process)?;
            show_compactions(&settings.config.codex_home, &thread)
        }
        DebugCommand::Models { bundled: true, .. } => show_models(&ModelCatalog::bundled()),
        DebugCommand::Models { bundled: false, config } => {
            let settings = Flags::inspecting(root, args.config.with(config)).load(process)?;
            let models = model_list(&settings.config, &process.auth_env())?;
            if models.is_stale() {
                // What is known is shown whatever the server says.
                if let Err(error) = block_on(Box::pin(async { models.refresh().await }))? {
                    say(&format!("The server's list of models was not had: {error}\n"));
                }
            }
            show_models(&models.catalog())
        }
    }
}

fn show_prompt_input(prompt: Option<String>, flags: &Flags, process: &Process) -> Result<ExitCode, CliError> {
    flags.check_available()?;
    let settings = flags.load(process)?;
    let start = StartThread {
        config: settings.config,
        origin: ThreadOrigin::New,
        persistence: Persistence::Ephemeral,
        front_end: front_end(process),
        thread_source: None,
        approval: ApprovalPolicy::Never,
        login: None,
        env: process.env.clone(),
        tape: None,
        deltas: Deltas::Unwanted,
    };
    let items = block_on(Box::pin(prompt_input(start, prompt)))??;
    pretty(&items)
}

fn show_compactions(codex_home: &Path, thread: &str) -> Result<ExitCode, CliError> {
    let store = ThreadStore::new(codex_home);
    let file = store.find(&ThreadRef::parse(thread)).map_err(StartError::from)?;
    let file = file.ok_or_else(|| CliError::Usage(format!("there is no saved thread `{thread}`")))?;
    let traces = store.compactions(&file).map_err(StartError::from)?;
    print(compaction_text(&traces).as_bytes())
}

fn show_models(catalog: &ModelCatalog) -> Result<ExitCode, CliError> {
    let models: Vec<_> = catalog.models().iter().map(model_json).collect();
    pretty(&json!({ "models": models }))
}

fn pretty(value: &impl serde::Serialize) -> Result<ExitCode, CliError> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| CliError::Io { what: "the output did not encode", source: error.into() })?;
    text.push(b'\n');
    print(&text)
}
