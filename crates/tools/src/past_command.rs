//! A command as a saved tool call asked for it, whichever version and tool wrote it. Pure: text in, values out.

use std::path::PathBuf;

use serde::Deserialize;

use crate::shell::{Login, argv};

/// What a call of a command tool asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastCommand {
    /// The script.
    pub script: String,
    /// The folder it named.
    pub workdir: Option<PathBuf>,
    /// Whether it wanted to leave the sandbox.
    pub escalated: bool,
    /// The rule it would have liked to have.
    pub prefix_rule: Option<Vec<String>>,
    shell: Option<String>,
    login: bool,
}

#[derive(Deserialize)]
struct Arguments {
    cmd: Option<String>,
    command: Option<Command>,
    workdir: Option<PathBuf>,
    shell: Option<String>,
    login: Option<bool>,
    sandbox_permissions: Option<String>,
    #[serde(default)]
    with_escalated_permissions: bool,
    prefix_rule: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Command {
    Script(String),
    Words(Vec<String>),
}

impl PastCommand {
    /// Reads a call; `None` when it is no command or not understood.
    pub fn of_call(name: &str, arguments: &str) -> Option<Self> {
        if !matches!(name, "exec_command" | "shell_command" | "shell" | "container.exec" | "local_shell") {
            return None;
        }
        let asked: Arguments = serde_json::from_str(arguments).ok()?;
        let script = match (asked.cmd, asked.command) {
            (Some(script), _) | (None, Some(Command::Script(script))) => script,
            // `SHELL -c SCRIPT` is its script; other vectors are what a shell would call.
            (None, Some(Command::Words(words))) => match words.as_slice() {
                [_, flag, script] if matches!(flag.as_str(), "-c" | "-lc") => script.clone(),
                words => shlex::try_join(words.iter().map(String::as_str)).ok()?,
            },
            (None, None) => return None,
        };
        let escalated = asked.with_escalated_permissions
            || matches!(
                asked.sandbox_permissions.as_deref(),
                Some("require_escalated" | "with_additional_permissions")
            );
        Some(Self {
            script,
            workdir: asked.workdir,
            escalated,
            prefix_rule: asked.prefix_rule,
            shell: asked.shell,
            login: asked.login.unwrap_or(true),
        })
    }

    /// A command as a person types it: one argument is a script, several are the words of a command. `None` when a
    /// word cannot stand in a script.
    pub fn of_words(words: &[String], escalated: bool) -> Option<Self> {
        let script = match words {
            [script] => script.clone(),
            words => shlex::try_join(words.iter().map(String::as_str)).ok()?,
        };
        Some(Self { script, workdir: None, escalated, prefix_rule: None, shell: None, login: true })
    }

    /// The whole argument vector, in the shell it named or else this one.
    pub fn argv(&self, shell: &str, allow_login_shell: bool) -> Vec<String> {
        let login = if self.login && allow_login_shell { Login::Yes } else { Login::No };
        argv(self.shell.as_deref().unwrap_or(shell).as_ref(), login, &self.script)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn plain(script: &str) -> PastCommand {
        PastCommand {
            script: script.to_owned(),
            workdir: None,
            escalated: false,
            prefix_rule: None,
            shell: None,
            login: true,
        }
    }

    #[test]
    fn calls_of_every_command_tool_are_read() {
        let read = PastCommand::of_call;
        assert_eq!(read("exec_command", r#"{"cmd":"ls -l"}"#), Some(plain("ls -l")));
        assert_eq!(read("shell_command", r#"{"command":"a && b"}"#), Some(plain("a && b")));
        assert_eq!(read("shell", r#"{"command":["bash","-lc","a | b"]}"#), Some(plain("a | b")));
        assert_eq!(read("shell", r#"{"command":["echo","a b"]}"#), Some(plain("echo 'a b'")));
        let asked = r#"{"cmd":"x","login":false,"shell":"/bin/zsh","workdir":"/w",
            "sandbox_permissions":"require_escalated","prefix_rule":["x"]}"#;
        let escalated = read("exec_command", asked).unwrap();
        let expected = PastCommand {
            workdir: Some("/w".into()),
            escalated: true,
            prefix_rule: Some(vec!["x".to_owned()]),
            shell: Some("/bin/zsh".to_owned()),
            login: false,
            ..plain("x")
        };
        assert_eq!(escalated, expected);
        assert_eq!(escalated.argv("/bin/sh", true), ["/bin/zsh", "-c", "x"]);
        assert_eq!(plain("x").argv("/bin/sh", true), ["/bin/sh", "-lc", "x"]);
        assert_eq!(plain("x").argv("/bin/sh", false), ["/bin/sh", "-c", "x"]);
        for (name, arguments) in
            [("exec_command", "{"), ("exec_command", "{}"), ("apply_patch", r#"{"cmd":"x"}"#)]
        {
            assert_eq!(read(name, arguments), None, "{name} {arguments}");
        }
    }
}
