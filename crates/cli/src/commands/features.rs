//! `codex features`

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use codex_config::{SYSTEM_DIR, SettingValue, may_write, resolve_codex_home, set_feature};

use crate::args::{FeaturesArgs, FeaturesCommand, RootArgs};
use crate::commands::print::print;
use crate::error::CliError;
use crate::process::Process;
use crate::settings::Flags;

/// Lists or switches flags.
pub(crate) fn run(args: FeaturesArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    match args.command {
        FeaturesCommand::List { config } => {
            let settings = Flags::inspecting(root, args.config.with(config)).load(process)?;
            let rows = settings.config.features.list();
            let name_width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
            let stage_width = rows.iter().map(|row| row.stage.as_str().len()).max().unwrap_or_default();
            let mut out = String::new();
            for row in rows {
                let stage = row.stage.as_str();
                // Writing to a string cannot fail.
                let _ = writeln!(out, "{:name_width$}  {stage:stage_width$}  {}", row.name, row.enabled);
            }
            print(out.as_bytes())
        }
        FeaturesCommand::Enable { feature } => switch(process, &feature, true),
        FeaturesCommand::Disable { feature } => switch(process, &feature, false),
    }
}

fn switch(process: &Process, feature: &str, on: bool) -> Result<ExitCode, CliError> {
    let codex_home = resolve_codex_home(process.var("CODEX_HOME"), process.home_dir.as_deref())?;
    may_write(Path::new(SYSTEM_DIR), &["features", feature], &SettingValue::Flag(on))?;
    set_feature(&codex_home, feature, on)?;
    let word = if on { "on" } else { "off" };
    let file = codex_home.join("config.toml");
    print(format!("`{feature}` is {word} in {}.\n", file.display()).as_bytes())
}
