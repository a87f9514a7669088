//! Which command runs.

use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::commands::{
    approvals, completion, debug, demo, demo_tui, exec, execpolicy, features, login, replay, restore, review,
    sandbox, threads, tui,
};
use crate::error::CliError;
use crate::process::Process;

/// Runs the command that was typed.
pub(crate) fn dispatch(cli: Cli, process: &Process) -> Result<ExitCode, CliError> {
    let root = cli.root;
    match cli.command {
        Some(Command::Exec(args)) => exec::run(*args, root, process),
        Some(Command::Review(args)) => review::run(*args, root, process),
        Some(Command::Replay(args)) => replay::run(&args, &root, process),
        Some(Command::Demo(args)) if args.tui => demo_tui::run(process),
        Some(Command::Demo(args)) => demo::run(&args, process),
        Some(Command::Login(args)) => login::run(args, root, process),
        Some(Command::Logout(args)) => login::log_out(args, root, process),
        Some(Command::Completion(args)) => completion::run(&args),
        Some(Command::Debug(args)) => debug::run(args, root, process),
        Some(Command::Features(args)) => features::run(args, root, process),
        Some(Command::Sandbox(args)) => sandbox::run(args, root, process),
        Some(Command::Approvals(args)) => approvals::run(args, root, process),
        Some(Command::Execpolicy(args)) => execpolicy::run(&args),
        Some(Command::Resume(args)) => tui::resume(&args, cli.tui, root, process),
        Some(Command::Fork(args)) => tui::fork(&args, cli.tui, root, process),
        Some(Command::Archive(args)) => threads::archive(&args, process),
        Some(Command::Unarchive(args)) => threads::unarchive(&args, process),
        Some(Command::Restore(args)) => restore::run(&args, process),
        Some(Command::Delete(args)) => threads::delete(&args, process),
        None => tui::run(cli.tui, root, process),
    }
}
