//! The environment context: where the model works, on what day, and what it may touch (`rollouts.md §7`).
//! Pure but for [`Clock`], which reads the local time zone once per turn.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::permission_profile::escape;

/// The day and the zone, as the model is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clock {
    /// `YYYY-MM-DD` in local time.
    pub(crate) date: String,
    /// IANA name.
    pub(crate) timezone: String,
}

impl Clock {
    /// The present day in the system's zone.
    pub(crate) fn now() -> Self {
        let now = jiff::Timestamp::now().to_zoned(codex_stdx::local_zone());
        let name = now.time_zone().iana_name().unwrap_or("UTC");
        let timezone = if name == "UTC" { "Etc/UTC" } else { name };
        Self { date: now.date().to_string(), timezone: timezone.to_owned() }
    }
}

/// What the environment context says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Environment {
    /// Working folder.
    pub(crate) cwd: String,
    /// The shell's name, such as `bash`.
    pub(crate) shell: String,
    /// Left out with `include_environment_context_time = false`.
    pub(crate) clock: Option<Clock>,
    /// The `<filesystem>` element.
    pub(crate) filesystem: String,
}

impl Environment {
    /// From a turn's settings.
    pub(crate) fn new(cwd: &Path, shell: &str, clock: Option<Clock>, filesystem: String) -> Self {
        Self { cwd: cwd.to_string_lossy().into_owned(), shell: shell.to_owned(), clock, filesystem }
    }

    /// The `environments` part of `world_state`.
    pub(crate) fn to_state(&self) -> Value {
        let mut state = Map::new();
        let local = json!({"cwd": self.cwd, "status": "available", "shell": self.shell});
        state.insert("environments".to_owned(), json!({"local": local}));
        if let Some(clock) = &self.clock {
            state.insert("current_date".to_owned(), json!(clock.date));
            state.insert("timezone".to_owned(), json!(clock.timezone));
        }
        state.insert("filesystem".to_owned(), json!(self.filesystem));
        Value::Object(state)
    }

    /// The whole element.
    pub(crate) fn to_xml(&self) -> String {
        self.element(WithPlace::Yes)
    }

    /// The element after a change from `before` (the `environments` part told last): without cwd and shell
    /// when they are the same (`rollouts.md §7`).
    pub(crate) fn to_xml_after(&self, before: &Value) -> String {
        let same_place = self.to_state()["environments"] == before["environments"];
        self.element(if same_place { WithPlace::No } else { WithPlace::Yes })
    }

    fn element(&self, place: WithPlace) -> String {
        let mut xml = String::from("<environment_context>\n");
        let mut child =
            |name: &str, text: &str| xml.push_str(&format!("  <{name}>{}</{name}>\n", escape(text)));
        if matches!(place, WithPlace::Yes) {
            child("cwd", &self.cwd);
            child("shell", &self.shell);
        }
        if let Some(clock) = &self.clock {
            child("current_date", &clock.date);
            child("timezone", &clock.timezone);
        }
        xml.push_str("  ");
        xml.push_str(&self.filesystem);
        xml.push_str("\n</environment_context>");
        xml
    }
}

enum WithPlace {
    Yes,
    No,
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn environment() -> Environment {
        let clock = Clock { date: "2026-11-21".to_owned(), timezone: "Etc/UTC".to_owned() };
        Environment::new(Path::new("/w/a<b"), "bash", Some(clock), "<filesystem></filesystem>".to_owned())
    }

    #[test]
    fn the_whole_element() {
        assert_eq!(
            environment().to_xml(),
            "<environment_context>\n  <cwd>/w/a&lt;b</cwd>\n  <shell>bash</shell>\n  <current_date>2026-11-21</current_date>\n  \
             <timezone>Etc/UTC</timezone>\n  <filesystem></filesystem>\n</environment_context>"
        );
    }

    #[test]
    fn an_unchanged_place_is_left_out() {
        let before = environment().to_state();
        let mut now = environment();
        now.filesystem = "<filesystem>x</filesystem>".to_owned();
        assert!(!now.to_xml_after(&before).contains("<cwd>"));
        now.cwd = "/elsewhere".to_owned();
        assert!(now.to_xml_after(&before).contains("<cwd>/elsewhere</cwd>"));
    }

    #[test]
    fn the_clock_can_be_left_out() {
        let mut now = environment();
        now.clock = None;
        assert!(!now.to_xml().contains("current_date"));
        assert_eq!(now.to_state().get("timezone"), None);
    }
}
