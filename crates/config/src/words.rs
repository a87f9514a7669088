//! The closed sets of words that settings choose from.
//! Invariant: the words here are the ones in `keys_table.rs`; a test ties both. Knows no file.

/// Declares an enum whose members are written as fixed words in configuration.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$member_doc])* $member,)+
        }

        impl $name {
            /// The word in files, on the command line and on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$member => $word,)+
                }
            }

            pub(crate) fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$member),)+
                    _ => None,
                }
            }

            #[cfg(test)]
            pub(crate) const WORDS: &'static [&'static str] = &[$($word),+];
        }
    };
}

words! {
    /// `projects.<path>.trust_level`.
    TrustLevel {
        /// The project's own configuration is read.
        Trusted = "trusted",
        /// The project was refused.
        Untrusted = "untrusted",
    }
}

words! {
    /// `model_reasoning_summary`.
    ReasoningSummary {
        /// The model decides.
        Auto = "auto",
        /// Short.
        Concise = "concise",
        /// Long.
        Detailed = "detailed",
        /// None at all.
        None = "none",
    }
}

words! {
    /// `mode` of a network table.
    NetworkMode {
        /// Reads only.
        Limited = "limited",
        /// Anything.
        Full = "full",
    }
}

words! {
    /// `model_verbosity`.
    Verbosity {
        /// Terse answers.
        Low = "low",
        /// The usual length.
        Medium = "medium",
        /// Long answers.
        High = "high",
    }
}

words! {
    /// `web_search`.
    WebSearchMode {
        /// No search.
        Disabled = "disabled",
        /// Answers from a cache.
        Cached = "cached",
        /// Answers from an index.
        Indexed = "indexed",
        /// Live pages.
        Live = "live",
    }
}

words! {
    /// `tools.web_search.context_size`.
    SearchContextSize {
        /// Little text per result.
        Low = "low",
        /// The usual amount.
        Medium = "medium",
        /// Much text per result.
        High = "high",
    }
}

words! {
    /// `cli_auth_credentials_store`.
    CredentialsStore {
        /// `auth.json`.
        File = "file",
        /// The system's keyring.
        Keyring = "keyring",
        /// The keyring when there is one, else the file.
        Auto = "auto",
        /// Memory only.
        Ephemeral = "ephemeral",
    }
}

words! {
    /// `forced_login_method`.
    LoginMethod {
        /// Sign in with ChatGPT.
        Chatgpt = "chatgpt",
        /// API key.
        Api = "api",
    }
}

words! {
    /// `history.persistence`.
    HistoryPersistence {
        /// Keep what was typed.
        SaveAll = "save-all",
        /// Keep nothing.
        None = "none",
    }
}

words! {
    /// `shell_environment_policy.inherit`.
    EnvironmentInherit {
        /// A short list of harmless variables.
        Core = "core",
        /// Everything.
        All = "all",
        /// Nothing.
        None = "none",
    }
}

words! {
    /// `tui.alternate_screen`.
    AlternateScreen {
        /// As the terminal allows: the alternate screen.
        Auto = "auto",
        /// The alternate screen.
        Always = "always",
        /// The normal screen and its scrollback.
        Never = "never",
    }
}

words! {
    /// `tui.screen_reader`.
    ScreenReader {
        /// When the environment names one.
        Auto = "auto",
        /// Plain lines, nothing drawn twice.
        On = "on",
        /// The usual screen.
        Off = "off",
    }
}

words! {
    /// `tui.images` (this program's own key).
    Images {
        /// Where the terminal is known to show them.
        Auto = "auto",
        /// Never: a line tells of each.
        Off = "off",
    }
}

words! {
    /// `tui.notification_condition`.
    NotificationCondition {
        /// Only while the terminal is known not to have the focus.
        Unfocused = "unfocused",
        /// In any case.
        Always = "always",
    }
}

words! {
    /// `tui.notification_method`.
    NotificationMethod {
        /// What the terminal is known to take.
        Auto = "auto",
        /// OSC 9.
        Osc9 = "osc9",
        /// OSC 777.
        Osc777 = "osc777",
        /// The bell.
        Bel = "bel",
    }
}

words! {
    /// `tui.resume_cwd`.
    ResumeCwd {
        /// The folder the program was started in.
        Current = "current",
        /// The folder the thread was used in.
        Session = "session",
    }
}

words! {
    /// `tui.session_picker_view`.
    SessionPickerView {
        /// Several lines a thread.
        Comfortable = "comfortable",
        /// One line a thread.
        Dense = "dense",
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::keys::{Kind, find};

    #[test]
    fn words_are_those_of_the_key_table() {
        let table = |path: &str| match find(path).map(|row| row.kind) {
            Some(Kind::Enum(words)) => words,
            other => panic!("{path}: {other:?}"),
        };
        assert_eq!(TrustLevel::WORDS, table("projects.*.trust_level"));
        assert_eq!(ReasoningSummary::WORDS, table("model_reasoning_summary"));
        assert_eq!(Verbosity::WORDS, table("model_verbosity"));
        assert_eq!(WebSearchMode::WORDS, table("web_search"));
        assert_eq!(SearchContextSize::WORDS, table("tools.web_search.context_size"));
        assert_eq!(CredentialsStore::WORDS, table("cli_auth_credentials_store"));
        assert_eq!(LoginMethod::WORDS, table("forced_login_method"));
        assert_eq!(HistoryPersistence::WORDS, table("history.persistence"));
        assert_eq!(AlternateScreen::WORDS, table("tui.alternate_screen"));
        assert_eq!(ScreenReader::WORDS, table("tui.screen_reader"));
        assert_eq!(Images::WORDS, table("tui.images"));
        assert_eq!(NotificationCondition::WORDS, table("tui.notification_condition"));
        assert_eq!(NotificationMethod::WORDS, table("tui.notification_method"));
        assert_eq!(ResumeCwd::WORDS, table("tui.resume_cwd"));
        assert_eq!(SessionPickerView::WORDS, table("tui.session_picker_view"));
        assert_eq!(NetworkMode::WORDS, table("permissions.*.network.mode"));
        assert_eq!(EnvironmentInherit::WORDS, table("shell_environment_policy.inherit"));
    }
}
