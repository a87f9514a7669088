//! `[tui]` and the root keys of the terminal UI (`tui.md §13`), typed, with their defaults.
//! Relies on a checked tree; knows no key name, no theme and no item of the status line: whoever shows them does.

use crate::tree::{Node, Value};
use crate::view::View;
use crate::words::{
    AlternateScreen, Images, NotificationCondition, NotificationMethod, ResumeCwd, ScreenReader,
    SessionPickerView,
};

/// What the terminal UI may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TuiSettings {
    /// `tui.alternate_screen`.
    pub alternate_screen: AlternateScreen,
    /// `tui.animations`: whether anything moves by itself.
    pub animations: bool,
    /// `tui.keymap.*`, in the order of the file's contexts.
    pub keymap: Vec<KeyChange>,
    /// `tui.notifications`.
    pub notifications: Notifications,
    /// `tui.notification_condition`.
    pub notification_condition: NotificationCondition,
    /// `tui.notification_method`.
    pub notification_method: NotificationMethod,
    /// `tui.raw_output_mode`: the conversation begins without bullets, indents and wrapping.
    pub raw_output_mode: bool,
    /// `tui.resume_cwd`; `None` leaves the choice to the moment.
    pub resume_cwd: Option<ResumeCwd>,
    /// `tui.mouse_scroll_speed` in percent of the usual way of a wheel step.
    pub mouse_scroll_percent: u32,
    /// `tui.session_picker_view`.
    pub session_picker_view: SessionPickerView,
    /// `tui.show_tooltips`.
    pub show_tooltips: bool,
    /// `tui.status_line`; `None` shows the usual items, an empty list none.
    pub status_line: Option<Vec<String>>,
    /// `tui.status_line_use_colors`.
    pub status_line_use_colors: bool,
    /// `tui.terminal_title`; `None` shows the usual items, an empty list leaves the title alone.
    pub terminal_title: Option<Vec<String>>,
    /// `tui.theme`; `None` is the automatic one.
    pub theme: Option<String>,
    /// `tui.vim_mode_default`.
    pub vim_mode_default: bool,
    /// `tui.terminal_resize_reflow_max_rows`: rows printed again when inline mode changes its width; 0 is all.
    pub terminal_resize_reflow_max_rows: Option<usize>,
    /// `tui.screen_reader` (this program's own key).
    pub screen_reader: ScreenReader,
    /// `tui.images` (this program's own key).
    pub images: Images,
    /// `tui.keep_last_screen` (this program's own key): leaving the alternate screen leaves the end of the
    /// conversation behind on the normal one.
    pub keep_last_screen: bool,
    /// `disable_paste_burst` or `tui.disable_paste_burst`, turned around: fast keys without bracketed paste are a paste.
    pub paste_burst: bool,
    /// `hide_agent_reasoning`.
    pub hide_agent_reasoning: bool,
    /// `show_raw_agent_reasoning`.
    pub show_raw_agent_reasoning: bool,
    /// `notice.hide_full_access_warning`.
    pub hide_full_access_warning: bool,
}

/// Other keys for one action: `tui.keymap.<context>.<action>` (`data/tui/keymap.tsv`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// `composer`, `editor`, `vim_normal`, ...
    pub context: String,
    /// The action in snake case.
    pub action: String,
    /// Names of keys; none unbinds the action.
    pub keys: Vec<String>,
}

/// `tui.notifications`: which events are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notifications {
    /// `true`.
    All,
    /// `false`.
    None,
    /// Those named.
    Only(Vec<String>),
}

impl Default for TuiSettings {
    fn default() -> Self {
        Self {
            alternate_screen: AlternateScreen::Auto,
            animations: true,
            keymap: Vec::new(),
            notifications: Notifications::All,
            notification_condition: NotificationCondition::Unfocused,
            notification_method: NotificationMethod::Auto,
            raw_output_mode: false,
            resume_cwd: None,
            mouse_scroll_percent: 100,
            session_picker_view: SessionPickerView::Dense,
            show_tooltips: true,
            status_line: None,
            status_line_use_colors: true,
            terminal_title: None,
            theme: None,
            vim_mode_default: false,
            terminal_resize_reflow_max_rows: None,
            screen_reader: ScreenReader::Auto,
            images: Images::Auto,
            keep_last_screen: true,
            paste_burst: true,
            hide_agent_reasoning: false,
            show_raw_agent_reasoning: false,
            hide_full_access_warning: false,
        }
    }
}

impl TuiSettings {
    pub(crate) fn read(root: View<'_>) -> Self {
        let default = Self {
            paste_burst: !root.bool(&["disable_paste_burst"]).unwrap_or(false),
            hide_agent_reasoning: root.bool(&["hide_agent_reasoning"]).unwrap_or(false),
            show_raw_agent_reasoning: root.bool(&["show_raw_agent_reasoning"]).unwrap_or(false),
            hide_full_access_warning: root.bool(&["notice", "hide_full_access_warning"]).unwrap_or(false),
            ..Self::default()
        };
        let Some(view) = root.sub(&["tui"]) else { return default };
        let bool = |key: &str, without: bool| view.bool(&[key]).unwrap_or(without);
        Self {
            alternate_screen: view
                .str(&["alternate_screen"])
                .and_then(AlternateScreen::from_word)
                .unwrap_or(default.alternate_screen),
            animations: bool("animations", default.animations),
            keymap: keymap(view),
            notifications: notifications(view).unwrap_or(default.notifications),
            notification_condition: view
                .str(&["notification_condition"])
                .and_then(NotificationCondition::from_word)
                .unwrap_or(default.notification_condition),
            notification_method: view
                .str(&["notification_method"])
                .and_then(NotificationMethod::from_word)
                .unwrap_or(default.notification_method),
            raw_output_mode: bool("raw_output_mode", default.raw_output_mode),
            resume_cwd: view.str(&["resume_cwd"]).and_then(ResumeCwd::from_word),
            mouse_scroll_percent: scroll_percent(view).unwrap_or(default.mouse_scroll_percent),
            session_picker_view: view
                .str(&["session_picker_view"])
                .and_then(SessionPickerView::from_word)
                .unwrap_or(default.session_picker_view),
            show_tooltips: bool("show_tooltips", default.show_tooltips),
            status_line: view.strings(&["status_line"]),
            status_line_use_colors: bool("status_line_use_colors", default.status_line_use_colors),
            terminal_title: view.strings(&["terminal_title"]),
            theme: view.string(&["theme"]),
            vim_mode_default: bool("vim_mode_default", default.vim_mode_default),
            terminal_resize_reflow_max_rows: view.usize(&["terminal_resize_reflow_max_rows"]),
            screen_reader: view
                .str(&["screen_reader"])
                .and_then(ScreenReader::from_word)
                .unwrap_or(default.screen_reader),
            images: view.str(&["images"]).and_then(Images::from_word).unwrap_or(default.images),
            keep_last_screen: bool("keep_last_screen", default.keep_last_screen),
            paste_burst: default.paste_burst && !bool("disable_paste_burst", false),
            ..default
        }
    }
}

fn keymap(view: View<'_>) -> Vec<KeyChange> {
    let Some(contexts) = view.sub(&["keymap"]) else { return Vec::new() };
    let mut changes = Vec::new();
    for (context, node) in contexts.table {
        let Value::Table(actions) = &node.value else { continue };
        for (action, node) in actions {
            let keys = match &node.value {
                Value::String(key) => vec![key.clone()],
                Value::Array(keys) => keys.iter().filter_map(text).collect(),
                _ => continue,
            };
            changes.push(KeyChange { context: context.clone(), action: action.clone(), keys });
        }
    }
    changes
}

fn notifications(view: View<'_>) -> Option<Notifications> {
    Some(match &view.node(&["notifications"])?.value {
        Value::Boolean(true) => Notifications::All,
        Value::Boolean(false) => Notifications::None,
        Value::Array(names) => Notifications::Only(names.iter().filter_map(text).collect()),
        _ => return None,
    })
}

fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// Between a hundredth of the usual way and a hundred times it, which `judge` has made sure of.
fn scroll_percent(view: View<'_>) -> Option<u32> {
    let factor = scroll_speed(view.node(&["mouse_scroll_speed"])?)?;
    // A checked number below 10,000.
    Some((factor * 100.0).round().clamp(1.0, 10_000.0) as u32)
}

/// The number as it is written.
pub(crate) fn scroll_speed(node: &Node) -> Option<f64> {
    match node.value {
        Value::Float(number) => Some(number),
        // Numbers that lose digits are far outside of what is accepted.
        Value::Integer(number) => Some(number as f64),
        _ => None,
    }
}
