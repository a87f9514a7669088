//! A first run: log in, trust the folder, two lines about the keys. Each step is a short list in the composer's place.
//! Invariant: nothing is chosen by a key that was typed before the step was on the screen, no step can change the
//! model, and a typed API key is in no cell, no log and no message but the one to the door.

use std::path::PathBuf;
use std::time::Duration;

use super::door::{DoorAnswer, DoorAsk, TypedKey};
use super::msg::{Cmd, Leave};
use super::submit::remark;
use super::ui_state::State;
use super::update::is;
use crate::cells::Notice;
use crate::keymap::Key;

/// How long a new step takes no choosing key: someone may be typing already.
const SETTLE: Duration = Duration::from_millis(250);
/// No key is longer.
const KEY_CHARS_MAX: usize = 16 * 1024;

/// What is left of a first run.
#[derive(Debug)]
pub(crate) struct Welcome {
    pub(crate) step: Step,
    pub(crate) selected: usize,
    /// Why the step before did not work.
    pub(crate) problem: Option<String>,
    /// The folder that will be asked about.
    trust: Option<PathBuf>,
    shown_since: Duration,
}

/// Where it stands.
#[derive(Debug)]
pub(crate) enum Step {
    /// How to log in.
    Login,
    /// An API key is typed.
    Key(String),
    /// The door is at work; an address and perhaps a code to be used.
    Waiting { url: Option<String>, code: Option<String> },
    /// Whether the folder is trusted.
    Trust(PathBuf),
}

/// One line to choose.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) text: &'static str,
    pub(crate) more: &'static str,
    act: Act,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Ask(&'static DoorAsk),
    TypeKey,
    Demo,
    Trust,
    GoOn,
    Quit,
}

const LOGIN: &[Choice] = &[
    Choice {
        text: "Sign in with ChatGPT",
        more: "in a browser on this machine",
        act: Act::Ask(&DoorAsk::Browser),
    },
    Choice {
        text: "Sign in with a code",
        more: "in a browser on any device",
        act: Act::Ask(&DoorAsk::DeviceCode),
    },
    Choice { text: "Paste an API key", more: "it is not shown", act: Act::TypeKey },
    Choice { text: "Watch the demo", more: "needs no key and no network", act: Act::Demo },
];

const TRUST: &[Choice] = &[
    Choice {
        text: "Trust this folder",
        more: "files in it may be changed, its own settings are read",
        act: Act::Trust,
    },
    Choice {
        text: "Not now",
        more: "nothing is changed without asking, its settings are not read",
        act: Act::GoOn,
    },
    Choice { text: "Quit", more: "", act: Act::Quit },
];

impl Welcome {
    /// Nothing when there is nothing to settle.
    pub(super) fn new(login: bool, trust: Option<PathBuf>) -> Option<Self> {
        let (step, trust) = match (login, trust) {
            (true, trust) => (Step::Login, trust),
            (false, Some(folder)) => (Step::Trust(folder), None),
            (false, None) => return None,
        };
        Some(Self { step, selected: 0, problem: None, trust, shown_since: Duration::ZERO })
    }

    /// What can be chosen in this step.
    pub(crate) fn choices(&self) -> &'static [Choice] {
        match self.step {
            Step::Login => LOGIN,
            Step::Trust(_) => TRUST,
            Step::Key(_) | Step::Waiting { .. } => &[],
        }
    }

    /// Whether a secret is being typed.
    pub(crate) fn is_typing_key(&self) -> bool {
        matches!(self.step, Step::Key(_))
    }

    fn go(&mut self, step: Step, now: Duration) {
        self.step = step;
        self.selected = 0;
        self.problem = None;
        self.shown_since = now;
    }
}

/// A key during a first run.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    let now = state.now;
    let Some(welcome) = &mut state.welcome else { return Vec::new() };
    if is(key, "ctrl-c") || is(key, "ctrl-d") {
        return leave(state, Leave::Wanted);
    }
    match &mut welcome.step {
        Step::Key(typed) => {
            if is(key, "esc") {
                welcome.go(Step::Login, now);
            } else if is(key, "enter") {
                return save_key(welcome, now);
            } else if is(key, "backspace") {
                typed.pop();
            } else if is(key, "ctrl-u") {
                typed.clear();
            } else if let Some(c) = key.typed() {
                take_key(typed, c.encode_utf8(&mut [0; 4]));
            }
            Vec::new()
        }
        Step::Waiting { .. } => {
            if is(key, "esc") {
                welcome.go(Step::Login, now);
                return vec![Cmd::Door(DoorAsk::Cancel)];
            }
            Vec::new()
        }
        Step::Login | Step::Trust(_) => choose(state, key),
    }
}

/// Text that is pasted during a first run.
pub(super) fn paste(welcome: &mut Welcome, text: &str) {
    if let Step::Key(typed) = &mut welcome.step {
        take_key(typed, text.trim());
    }
}

fn take_key(typed: &mut String, text: &str) {
    if typed.len() + text.len() <= KEY_CHARS_MAX {
        typed.push_str(text);
    }
}

fn save_key(welcome: &mut Welcome, now: Duration) -> Vec<Cmd> {
    let Step::Key(typed) = &mut welcome.step else { return Vec::new() };
    let key = std::mem::take(typed);
    if key.is_empty() || !key.chars().all(|c| c.is_ascii_graphic()) {
        welcome.problem = Some("That is no API key: it must be one word of plain characters.".to_owned());
        return Vec::new();
    }
    welcome.go(Step::Waiting { url: None, code: None }, now);
    vec![Cmd::Door(DoorAsk::SaveKey(TypedKey::new(key)))]
}

fn choose(state: &mut State, key: Key) -> Vec<Cmd> {
    let now = state.now;
    let Some(welcome) = &mut state.welcome else { return Vec::new() };
    let choices = welcome.choices();
    let last = choices.len().saturating_sub(1);
    if is(key, "up") || is(key, "ctrl-p") {
        welcome.selected = welcome.selected.checked_sub(1).unwrap_or(last);
        return Vec::new();
    }
    if is(key, "down") || is(key, "ctrl-n") || is(key, "tab") {
        welcome.selected = if welcome.selected >= last { 0 } else { welcome.selected + 1 };
        return Vec::new();
    }
    let number = key.typed().and_then(|c| c.to_digit(10)).and_then(|digit| usize::try_from(digit).ok());
    let chosen = match number {
        Some(number) => number.checked_sub(1).and_then(|at| choices.get(at)),
        None if is(key, "enter") => choices.get(welcome.selected),
        // The folder stays as it is.
        None if is(key, "esc") => choices.iter().find(|choice| choice.act == Act::GoOn),
        None => None,
    };
    let Some(choice) = chosen else { return Vec::new() };
    if now.saturating_sub(welcome.shown_since) < SETTLE {
        return Vec::new();
    }
    match choice.act {
        Act::Ask(ask) => {
            welcome.go(Step::Waiting { url: None, code: None }, now);
            vec![Cmd::Door(ask.clone())]
        }
        Act::TypeKey => {
            welcome.go(Step::Key(String::new()), now);
            Vec::new()
        }
        Act::Demo => leave(state, Leave::ForDemo),
        Act::Trust => vec![Cmd::Door(DoorAsk::Trust)],
        Act::GoOn => finish(state),
        Act::Quit => leave(state, Leave::Wanted),
    }
}

fn leave(state: &mut State, leave: Leave) -> Vec<Cmd> {
    state.leaving = true;
    vec![Cmd::Leave(leave)]
}

/// What the door says.
pub(super) fn answered(state: &mut State, answer: DoorAnswer) -> Vec<Cmd> {
    let now = state.now;
    if let DoorAnswer::LoggedOut(line) = answer {
        state.parting_line = Some(line);
        return leave(state, Leave::Wanted);
    }
    let Some(welcome) = &mut state.welcome else {
        if let DoorAnswer::Failed(why) = answer {
            state.remark = None;
            remark(state, Notice::Warning, why);
        }
        return Vec::new();
    };
    match answer {
        DoorAnswer::LoggedOut(_) => Vec::new(),
        DoorAnswer::Open { url, code } => {
            welcome.step = Step::Waiting { url: Some(url), code };
            Vec::new()
        }
        DoorAnswer::LoggedIn(who) => {
            let trust = welcome.trust.take();
            if let Some(folder) = trust {
                welcome.go(Step::Trust(folder), now);
                remark(state, Notice::Info, who);
                return Vec::new();
            }
            remark(state, Notice::Info, who);
            finish(state)
        }
        DoorAnswer::Failed(why) => {
            if let Step::Waiting { .. } = welcome.step {
                welcome.go(Step::Login, now);
            }
            welcome.problem = Some(why);
            Vec::new()
        }
        DoorAnswer::Trusted { config, warnings } => {
            for warning in warnings {
                remark(state, Notice::Warning, warning);
            }
            let mut cmds = vec![Cmd::UseConfig(config)];
            cmds.extend(finish(state));
            cmds
        }
    }
}

/// The conversation begins.
fn finish(state: &mut State) -> Vec<Cmd> {
    state.welcome = None;
    remark(
        state,
        Notice::Info,
        "Say what should be done and press Enter; Esc stops the work, ? shows the keys.\n\
         / lists commands; /status tells what may be changed without asking.",
    );
    state.first_cmds()
}
