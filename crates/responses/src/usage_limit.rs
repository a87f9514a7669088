//! The plan's limit in words of our own, made of what the server states as facts.

use std::fmt;

/// A reached usage limit (`responses-wire.md §2.3`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageLimit {
    /// `error.plan_type`.
    pub plan_type: Option<String>,
    /// `error.resets_at`, Unix seconds.
    pub resets_at: Option<i64>,
    /// `x-codex-rate-limit-reached-type`.
    pub reached: Option<String>,
}

impl fmt::Display for UsageLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the usage limit is reached")?;
        if let Some(advice) = self.advice() {
            write!(f, "; {advice}")?;
        }
        if let Some(time) = self.resets_at.and_then(local_time) {
            write!(f, "; it resets at {time}")?;
        }
        Ok(())
    }
}

impl UsageLimit {
    fn advice(&self) -> Option<&'static str> {
        match self.reached.as_deref() {
            Some("workspace_owner_credits_depleted") => {
                return Some("the workspace is out of credits: buy more");
            }
            Some("workspace_member_credits_depleted") => {
                return Some("the workspace is out of credits: ask its owner");
            }
            _ => {}
        }
        match self.plan_type.as_deref() {
            Some("free" | "go") => Some("Plus has a higher one"),
            Some("plus") => Some("Pro has a higher one, or buy credits"),
            Some("pro") => Some("credits go beyond it"),
            Some("team" | "business") => Some("ask the workspace's admin for more"),
            _ => None,
        }
    }
}

fn local_time(unix_seconds: i64) -> Option<String> {
    let at = jiff::Timestamp::from_second(unix_seconds).ok()?.to_zoned(jiff::tz::TimeZone::system());
    let today = jiff::Zoned::now().date() == at.date();
    let form = if today { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    Some(at.strftime(form).to_string())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::UsageLimit;

    #[test]
    fn the_plan_decides_the_advice_and_the_reached_type_beats_it() {
        let text = |plan: Option<&str>, reached: Option<&str>| {
            UsageLimit {
                plan_type: plan.map(str::to_owned),
                resets_at: None,
                reached: reached.map(str::to_owned),
            }
            .to_string()
        };
        assert_eq!(text(None, None), "the usage limit is reached");
        assert_eq!(text(Some("enterprise"), None), "the usage limit is reached");
        assert_eq!(text(Some("free"), None), "the usage limit is reached; Plus has a higher one");
        assert_eq!(
            text(Some("free"), Some("workspace_owner_credits_depleted")),
            "the usage limit is reached; the workspace is out of credits: buy more"
        );
    }

    #[test]
    fn the_time_is_local_and_has_its_date_when_not_today() {
        let text = UsageLimit { resets_at: Some(4_102_444_800), ..UsageLimit::default() }.to_string();
        assert!(text.contains("; it resets at 20") || text.contains("; it resets at 2100"), "{text}");
        let impossible = UsageLimit { resets_at: Some(i64::MAX), ..UsageLimit::default() };
        assert_eq!(impossible.to_string(), "the usage limit is reached");
    }
}
