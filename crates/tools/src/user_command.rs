//! A person's own command (`!cmd`): run at once in their shell, shown like any other, told to the model afterwards
//! (`tools.md §3`, user shell). It runs without a sandbox: the person typed it, as they could in any terminal.
//! Invariant: a cancelled command is killed with everything it started, and still has a text.

use std::time::Duration;

use codex_protocol::{CallId, CommandSource, Permissions, SandboxPolicy};
use codex_sandbox::{CommandOrigin, CommandSpec, StdioMode};

use crate::ToolCx;
use crate::command::StartCommand;
use crate::shell::{Login, argv};
use crate::truncate::Printed;
use crate::typing::LetOut;

/// Runs a command to its end and gives the text the model reads. Its item is reported through `cx`.
pub async fn run_user_command(script: String, cx: ToolCx) -> String {
    let setup = cx.thread.setup();
    let login = if setup.allow_login_shell { Login::Yes } else { Login::No };
    let mut argv = argv(&setup.shell, login, &script).into_iter();
    let policy = SandboxPolicy::DangerFullAccess;
    let spec = CommandSpec {
        program: argv.next().unwrap_or_default().into(),
        args: argv.map(Into::into).collect(),
        cwd: cx.turn.cwd.clone(),
        env: cx.thread.environment(CommandOrigin::User, &policy),
        permissions: Permissions::Unlimited,
        kept: Vec::new(),
        stdio: StdioMode::Pipes,
        barrier: setup.barrier,
        proxy: None,
    };
    let start = StartCommand {
        prepared: None,
        call_id: CallId::new_v7(),
        script: script.clone(),
        spec,
        source: CommandSource::UserShell,
        proxy: None,
        let_out: LetOut::Asked,
    };
    let Ok(command) = cx.thread.commands().start(start, &cx).await else {
        return told(&script, -1, Duration::ZERO, "the command could not be started");
    };
    let end = command.end(&cx).await;
    if cx.cancel.is_cancelled() {
        return told(&script, -1, Duration::ZERO, "command aborted by user");
    }
    let (head, tail) = (String::from_utf8_lossy(&end.output.head), String::from_utf8_lossy(&end.output.tail));
    let printed = Printed { head: &head, tail: &tail, omitted_bytes: end.output.omitted_bytes };
    let output = printed.for_model(cx.turn.output_tokens_max);
    told(&script, end.exit_code, end.wall, &output)
}

fn told(script: &str, exit_code: i32, wall: Duration, output: &str) -> String {
    let seconds = wall.as_secs_f64();
    format!(
        "<user_shell_command>\n<command>\n{script}\n</command>\n<result>\nExit code: {exit_code}\nDuration: \
         {seconds:.4} seconds\nOutput:\n{output}\n</result>\n</user_shell_command>"
    )
}
