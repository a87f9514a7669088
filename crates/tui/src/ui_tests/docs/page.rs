//! The tables of `docs/tui.md` between `<!-- name -->` and `<!-- /name -->` are those of the program.

use std::fmt::Write as _;

use codex_config::{Notifications, TuiSettings};
use pretty_assertions::assert_eq;

use super::up_to_date::{check, docs};
use crate::keymap::Keys;
use crate::state::{During, ITEMS, SLASH};
use crate::theme::{AUTOMATIC, THEMES};

/// Contexts of keys as the page calls them; those of vim stand in a table of their own.
const CONTEXTS: &[(&str, &str)] = &[
    ("global", "Everywhere"),
    ("chat", "In the conversation"),
    ("composer", "While a message is written"),
    ("editor", "Editing text"),
    ("list", "In lists"),
    ("pager", "In pages that scroll"),
    ("approval", "When something is asked"),
    ("vim_normal", "Vim: normal mode"),
    ("vim_operator", "Vim: after `d`, `y` or `c`"),
    ("vim_text_object", "Vim: text objects"),
    ("vim_search", "Vim: looking for text"),
];

/// A text as Markdown code.
fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn keys(wanted: impl Fn(&str) -> bool) -> String {
    let keys = Keys::default();
    let mut out = String::new();
    for (context, title) in CONTEXTS.iter().filter(|(context, _)| wanted(context)) {
        let _ = writeln!(out, "| {title} | keys | `tui.keymap.{context}` |\n|---|---|---|");
        for row in keys.rows().filter(|row| row.context == *context) {
            let names: Vec<String> = row.keys().iter().map(|key| code(key)).collect();
            let _ = writeln!(
                out,
                "| {} | {} | `{}` |",
                row.action.replace('_', " "),
                if names.is_empty() { "none".to_owned() } else { names.join(", ") },
                row.action
            );
        }
        out.push('\n');
    }
    out.trim_end().to_owned() + "\n"
}

fn commands() -> String {
    let mut out = "| command | what it does | while a turn runs |\n|---|---|---|\n".to_owned();
    for command in SLASH {
        let also = command.aliases.iter().map(|alias| format!(", `/{alias}`")).collect::<String>();
        let argument = if command.argument.is_empty() { "" } else { " " };
        let during = match command.during {
            During::Any => "yes",
            During::Idle => "no",
        };
        let _ = writeln!(
            out,
            "| `/{}{argument}{}`{also} | {} | {during} |",
            command.name, command.argument, command.purpose
        );
    }
    out
}

fn items() -> String {
    let mut out = "| item | what it shows |\n|---|---|\n".to_owned();
    for item in ITEMS {
        let _ = writeln!(out, "| `{}` | {} |", item.key, item.purpose);
    }
    out
}

fn themes() -> String {
    let mut out = "| theme | |\n|---|---|\n".to_owned();
    for theme in THEMES {
        let _ = writeln!(out, "| `{}` | {} |", theme.name, theme.purpose);
    }
    out
}

/// The keys of `[tui]` with their defaults; those of the keymap and the names of items have sections of their own.
fn settings() -> String {
    let is = TuiSettings::default();
    let told = match is.notifications {
        Notifications::All => "true",
        Notifications::None => "false",
        Notifications::Only(_) => "some",
    };
    let reflow = is.terminal_resize_reflow_max_rows.map_or("not set".to_owned(), |rows| rows.to_string());
    let speed = format!("{}.{}", is.mouse_scroll_percent / 100, is.mouse_scroll_percent % 100);
    let rows: [(&str, String, &str); 15] = [
        (
            "alternate_screen",
            quoted(is.alternate_screen.as_str()),
            "`\"auto\"`, `\"always\"`: the whole screen; `\"never\"`: inline",
        ),
        ("animations", is.animations.to_string(), "`false` keeps the mark in the title still"),
        (
            "disable_paste_burst",
            (!is.paste_burst).to_string(),
            "`true` takes very fast keys for typing, not for a paste",
        ),
        (
            "images",
            quoted(is.images.as_str()),
            "`\"off\"`: a line tells of each, whatever the terminal can show",
        ),
        (
            "keep_last_screen",
            is.keep_last_screen.to_string(),
            "leaving the whole screen leaves the end of the conversation on the shell's",
        ),
        ("mouse_scroll_speed", speed, "how far a step of the wheel goes, 1.0 being three rows"),
        (
            "notification_condition",
            quoted(is.notification_condition.as_str()),
            "`\"always\"`: also while the terminal has the focus",
        ),
        (
            "notification_method",
            quoted(is.notification_method.as_str()),
            "`\"osc9\"`, `\"osc777\"` or `\"bel\"`",
        ),
        ("notifications", told.to_owned(), "`false`, or a list of events"),
        (
            "session_picker_view",
            quoted(is.session_picker_view.as_str()),
            "`\"comfortable\"`: two rows for each",
        ),
        ("status_line", "not set".to_owned(), "items below the composer; `[]` shows none"),
        (
            "status_line_use_colors",
            is.status_line_use_colors.to_string(),
            "`false` writes them in one colour",
        ),
        (
            "terminal_resize_reflow_max_rows",
            reflow,
            "inline: how many rows are printed again when the width changes; `0` is all",
        ),
        ("terminal_title", "not set".to_owned(), "items of the title; `[]` leaves it alone"),
        ("theme", quoted(is.theme.as_deref().unwrap_or(AUTOMATIC)), "a name of the list of themes"),
    ];
    let mut out = "| key | default | |\n|---|---|---|\n".to_owned();
    for (key, default, meaning) in rows {
        let _ = writeln!(
            out,
            "| `{key}` | {} | {meaning} |",
            if default == "not set" { default } else { code(&default) }
        );
    }
    out
}

fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

/// The page with what stands between the marks of `name` replaced.
fn with(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (head, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("docs/tui.md has no {begin}"));
    let (_, tail) = rest.split_once(&end).unwrap_or_else(|| panic!("docs/tui.md has no {end}"));
    format!("{head}{begin}{table}{end}{tail}")
}

#[test]
fn the_tables_of_the_page_are_those_of_the_program() {
    let path = docs("tui.md");
    let mut page = std::fs::read_to_string(&path).unwrap();
    page = with(&page, "commands", &commands());
    page = with(&page, "keys", &keys(|context| !context.starts_with("vim")));
    page = with(&page, "vim keys", &keys(|context| context.starts_with("vim")));
    page = with(&page, "items", &items());
    page = with(&page, "settings", &settings());
    page = with(&page, "themes", &themes());
    check(&path, &page);
}

#[test]
fn every_context_of_keys_is_on_the_page() {
    let mut contexts: Vec<&str> = Keys::default().rows().map(|row| row.context).collect();
    contexts.dedup();
    let mut listed: Vec<&str> = CONTEXTS.iter().map(|(context, _)| *context).collect();
    contexts.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, contexts);
}
