//! The settings of the terminal UI.

use codex_config::{
    AlternateScreen, ConfigWarning, Images, KeyChange, NotificationCondition, NotificationMethod,
    Notifications, ResumeCwd, ScreenReader, SessionPickerView, TuiSettings,
};
use pretty_assertions::assert_eq;

use crate::world::World;

const EVERYTHING: &str = r#"
disable_paste_burst = true
hide_agent_reasoning = true

[notice]
hide_full_access_warning = true

[tui]
alternate_screen = "never"
animations = false
images = "off"
keep_last_screen = false
mouse_scroll_speed = 1.5
notification_condition = "always"
notification_method = "osc9"
notifications = ["agent-turn-complete"]
raw_output_mode = true
resume_cwd = "session"
session_picker_view = "comfortable"
show_tooltips = false
status_line = ["model", "git-branch"]
status_line_use_colors = false
terminal_resize_reflow_max_rows = 200
terminal_title = []
theme = "nord"
vim_mode_default = true

[tui.keymap.editor]
yank = "ctrl-y"
[tui.keymap.global]
copy = ["ctrl-o", "ctrl-x c"]
toggle_raw_output = []
"#;

fn change(context: &str, action: &str, keys: &[&str]) -> KeyChange {
    KeyChange {
        context: context.to_owned(),
        action: action.to_owned(),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
    }
}

#[test]
fn every_setting_is_read_and_those_without_effect_are_reported() {
    let loaded = World::user(EVERYTHING).load();
    let without_effect = ["tui.resume_cwd", "tui.show_tooltips"].map(str::to_owned).to_vec();
    assert_eq!(loaded.warnings, [ConfigWarning::NotInEffect(without_effect)]);
    let expected = TuiSettings {
        alternate_screen: AlternateScreen::Never,
        animations: false,
        keymap: vec![
            change("editor", "yank", &["ctrl-y"]),
            change("global", "copy", &["ctrl-o", "ctrl-x c"]),
            change("global", "toggle_raw_output", &[]),
        ],
        notifications: Notifications::Only(vec!["agent-turn-complete".to_owned()]),
        notification_condition: NotificationCondition::Always,
        notification_method: NotificationMethod::Osc9,
        raw_output_mode: true,
        resume_cwd: Some(ResumeCwd::Session),
        mouse_scroll_percent: 150,
        session_picker_view: SessionPickerView::Comfortable,
        show_tooltips: false,
        status_line: Some(vec!["model".to_owned(), "git-branch".to_owned()]),
        status_line_use_colors: false,
        terminal_title: Some(Vec::new()),
        theme: Some("nord".to_owned()),
        vim_mode_default: true,
        terminal_resize_reflow_max_rows: Some(200),
        screen_reader: ScreenReader::Auto,
        images: Images::Off,
        keep_last_screen: false,
        paste_burst: false,
        hide_agent_reasoning: true,
        show_raw_agent_reasoning: false,
        hide_full_access_warning: true,
    };
    assert_eq!(loaded.config.tui, expected);
}

#[test]
fn nothing_written_gives_the_usual_screen() {
    assert_eq!(World::new().config().tui, TuiSettings::default());
}

#[test]
fn a_wrong_value_is_an_error_that_names_its_key() {
    for (text, message) in [
        ("tui.alternate_screen = \"sometimes\"", "tui.alternate_screen"),
        ("tui.keymap.global.copy = 3", "tui.keymap.global.copy"),
        ("tui.notifications = \"all\"", "tui.notifications"),
        ("tui.mouse_scroll_speed = 0", "tui.mouse_scroll_speed"),
        ("tui.mouse_scroll_speed = nan", "tui.mouse_scroll_speed"),
        ("tui.theme = 3", "tui.theme"),
    ] {
        let error = World::user(&format!("{text}\n")).error().to_string();
        assert!(error.contains(message), "{text}: {error}");
    }
}

// threat 11
#[test]
fn a_project_cannot_change_which_key_means_yes() {
    let world = World::new();
    let trust = world.trust_table();
    world.write("home/config.toml", &trust);
    world.write(
        "work/.codex/config.toml",
        "[tui]\ntheme = \"nord\"\n[tui.keymap.approval]\napprove = \"esc\"\n",
    );
    let loaded = world.load();
    assert_eq!(loaded.config.tui.keymap, []);
    assert_eq!(loaded.config.tui.theme.as_deref(), Some("nord"));
    assert_eq!(loaded.warnings.len(), 1);
}
