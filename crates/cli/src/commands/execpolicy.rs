//! `codex execpolicy`

use std::process::ExitCode;

use codex_execpolicy::{HostExecutables, MatchReport, load_files};

use crate::args::{ExecPolicyArgs, ExecPolicyCommand};
use crate::commands::print::print;
use crate::error::CliError;

/// Says what rules files say.
pub(crate) fn run(args: &ExecPolicyArgs) -> Result<ExitCode, CliError> {
    let ExecPolicyCommand::Check { rules, pretty, resolve_host_executables, command } = &args.command;
    let policy = load_files(rules)?;
    let executables = match resolve_host_executables {
        true => HostExecutables::Resolve,
        false => HostExecutables::Literal,
    };
    let report = MatchReport::of(&policy, command, executables);
    let json = if *pretty { serde_json::to_string_pretty(&report) } else { serde_json::to_string(&report) };
    let mut line =
        json.map_err(|error| CliError::Usage(format!("the answer cannot be written as JSON: {error}")))?;
    line.push('\n');
    print(line.as_bytes())
}
