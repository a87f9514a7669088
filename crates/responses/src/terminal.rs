//! The terminal's name in the `user-agent`, guessed from the variables terminals set.

use codex_auth::Env;

/// The name, with a version where the terminal states one.
pub(crate) fn terminal_token(env: &Env) -> String {
    let versioned = |name: &str, variable: &str| env.var(variable).map(|version| format!("{name}/{version}"));
    let program = env.var("TERM_PROGRAM").filter(|program| program != "tmux").map(|program| {
        match env.var("TERM_PROGRAM_VERSION") {
            Some(version) => format!("{program}/{version}"),
            None => program,
        }
    });
    let term = env.var("TERM");
    let term_is = |name: &str| term.as_deref().is_some_and(|term| term.contains(name));
    let set = |variable: &str| env.var(variable).is_some();
    let token = program
        .or_else(|| versioned("WezTerm", "WEZTERM_VERSION"))
        .or_else(|| (set("KITTY_WINDOW_ID") || term_is("kitty")).then(|| "kitty".to_owned()))
        .or_else(|| (set("ALACRITTY_SOCKET") || term_is("alacritty")).then(|| "Alacritty".to_owned()))
        .or_else(|| versioned("Konsole", "KONSOLE_VERSION"))
        .or_else(|| versioned("VTE", "VTE_VERSION"))
        .or_else(|| set("WT_SESSION").then(|| "WindowsTerminal".to_owned()))
        .or(term)
        .unwrap_or_else(|| "unknown".to_owned());
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    token.chars().map(|c| if allowed(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use codex_auth::Env;
    use pretty_assertions::assert_eq;

    use super::terminal_token;

    #[test]
    fn terminals_are_named_as_servers_know_them() {
        let check = |vars: &[(&str, &str)], expected: &str| {
            assert_eq!(terminal_token(&Env::of(vars.iter().copied())), expected, "{vars:?}");
        };
        check(&[], "unknown");
        check(&[("TERM", "xterm")], "xterm");
        check(&[("TERM", "dumb")], "dumb");
        check(&[("TERM_PROGRAM", "iTerm.app"), ("TERM_PROGRAM_VERSION", "3.5.0")], "iTerm.app/3.5.0");
        check(&[("TERM_PROGRAM", "vscode"), ("TERM", "xterm-256color")], "vscode");
        check(&[("TERM_PROGRAM", "tmux"), ("TERM_PROGRAM_VERSION", "3.3a"), ("TERM", "screen")], "screen");
        check(&[("TERM", "xterm-kitty"), ("KITTY_WINDOW_ID", "1")], "kitty");
        check(&[("WEZTERM_VERSION", "2024"), ("TERM", "xterm-256color")], "WezTerm/2024");
        check(&[("ALACRITTY_SOCKET", "/x"), ("TERM", "alacritty")], "Alacritty");
        check(&[("KONSOLE_VERSION", "230804")], "Konsole/230804");
        check(&[("VTE_VERSION", "7200"), ("TERM", "xterm-256color")], "VTE/7200");
        check(&[("WT_SESSION", "1"), ("TERM", "xterm")], "WindowsTerminal");
        check(&[("TERM", "we ird/ü")], "we_ird/_");
    }
}
