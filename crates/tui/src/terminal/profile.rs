//! What the environment tells about the terminal. Nothing is asked of the terminal itself: an answer that never comes
//! would hold up the start, and one that comes late would be typed text.

use codex_config::NotificationMethod;

/// Programs whose windows show OSC 9 as a notification, as `TERM_PROGRAM` and `LC_TERMINAL` name them.
const SHOWS_OSC9: [&str; 6] = ["iTerm.app", "iTerm2", "ghostty", "WezTerm", "WarpTerminal", "rio"];
/// Variables that such programs set for everything inside them, a multiplexer included.
const MARKS_OSC9: [&str; 4] =
    ["KITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "WEZTERM_PANE", "ITERM_SESSION_ID"];
/// The first tmux that reports modified keys in a form the input parser does not read.
const TMUX_OTHER_FORM: (u32, u32) = (3, 5);

/// How notifications travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signalling {
    Osc9,
    Osc777,
    Bell,
}

/// The terminal as the environment tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Profile {
    /// Sequences for the outer terminal are wrapped.
    pub(crate) in_tmux: bool,
    pub(crate) signalling: Signalling,
    /// Whether the kitty keyboard flags are pushed.
    pub(crate) keyboard_flags: bool,
    /// Whether modified keys are asked for the old way as well (modifyOtherKeys), which tmux understands.
    pub(crate) modified_keys: bool,
}

impl Profile {
    /// Reads the environment by `var`.
    pub(crate) fn of(method: NotificationMethod, var: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| var(name).is_some_and(|value| !value.is_empty());
        let in_tmux = set("TMUX");
        let signalling = match method {
            NotificationMethod::Osc9 => Signalling::Osc9,
            NotificationMethod::Osc777 => Signalling::Osc777,
            NotificationMethod::Bel => Signalling::Bell,
            NotificationMethod::Auto => {
                let named = |name: &str| var(name).is_some_and(|value| SHOWS_OSC9.contains(&value.as_str()));
                let known = named("TERM_PROGRAM") || named("LC_TERMINAL") || MARKS_OSC9.into_iter().any(set);
                if known { Signalling::Osc9 } else { Signalling::Bell }
            }
        };
        let enhanced = !set("CODEX_TUI_DISABLE_KEYBOARD_ENHANCEMENT");
        let version = var("TERM_PROGRAM_VERSION").unwrap_or_default();
        Self {
            in_tmux,
            signalling,
            keyboard_flags: enhanced,
            modified_keys: enhanced
                && in_tmux
                && tmux_version(&version).is_none_or(|is| is < TMUX_OTHER_FORM),
        }
    }

    /// The bytes that tell `text`, which holds no control character.
    pub(crate) fn notification(self, text: &str) -> String {
        match self.signalling {
            Signalling::Bell => "\u{7}".to_owned(),
            Signalling::Osc9 => self.outer(format!("\u{1b}]9;{text}\u{1b}\\")),
            // Semicolons part the fields.
            Signalling::Osc777 => {
                self.outer(format!("\u{1b}]777;notify;Codex;{}\u{1b}\\", text.replace(';', ",")))
            }
        }
    }

    /// A sequence for the terminal around a multiplexer.
    pub(crate) fn outer(self, sequence: String) -> String {
        if !self.in_tmux {
            return sequence;
        }
        format!("\u{1b}Ptmux;{}\u{1b}\\", sequence.replace('\u{1b}', "\u{1b}\u{1b}"))
    }
}

/// `3.3a` as its numbers.
fn tmux_version(text: &str) -> Option<(u32, u32)> {
    let (major, rest) = text.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn profile(vars: &[(&str, &str)]) -> Profile {
        Profile::of(NotificationMethod::Auto, |name| {
            vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_terminal_that_shows_notifications_gets_them_and_others_a_bell() {
        assert_eq!(profile(&[]).notification("done"), "\u{7}");
        assert_eq!(profile(&[("TERM_PROGRAM", "ghostty")]).notification("done"), "\u{1b}]9;done\u{1b}\\");
        let inside = profile(&[("TMUX", "x"), ("TERM_PROGRAM", "tmux"), ("LC_TERMINAL", "iTerm2")]);
        assert_eq!(inside.notification("done"), "\u{1b}Ptmux;\u{1b}\u{1b}]9;done\u{1b}\u{1b}\\\u{1b}\\");
        assert_eq!(profile(&[("TMUX", "x")]).notification("done"), "\u{7}");
    }

    #[test]
    fn modified_keys_are_asked_of_a_tmux_that_reports_them_readably() {
        let asked = |version: &str| {
            let vars = [("TMUX", "x"), ("TERM_PROGRAM_VERSION", version)];
            profile(&vars).modified_keys
        };
        assert_eq!(["3.3a", "3.4", "3.5a", "4.0", "next"].map(asked), [true, true, false, false, true]);
        assert!(!profile(&[("TERM_PROGRAM_VERSION", "3.3a")]).modified_keys);
    }

    #[test]
    fn a_field_cannot_be_smuggled_in() {
        let profile = Profile { signalling: Signalling::Osc777, ..profile(&[]) };
        assert_eq!(profile.notification("a;b"), "\u{1b}]777;notify;Codex;a,b\u{1b}\\");
    }
}
