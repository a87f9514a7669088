//! Rate limits a server reports in response headers or events (`responses-wire.md §5.8`), in the form files keep them.

use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;

/// One family of limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RateLimitSnapshot {
    /// `codex`, or the family's name with underscores.
    pub limit_id: String,
    /// The name people read.
    pub limit_name: Option<String>,
    /// The short window.
    pub primary: Option<RateLimitWindow>,
    /// The long window.
    pub secondary: Option<RateLimitWindow>,
    /// Bought credits.
    pub credits: Option<RateLimitCredits>,
    /// Not reported in headers.
    pub individual_limit: Option<()>,
    /// Not reported in headers.
    pub spend_control_reached: Option<()>,
    /// Not reported in headers.
    pub plan_type: Option<String>,
    /// `x-codex-rate-limit-reached-type`.
    pub rate_limit_reached_type: Option<String>,
}

/// How full one window is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RateLimitWindow {
    /// 0 to 100.
    pub used_percent: f64,
    /// Its length.
    pub window_minutes: Option<u64>,
    /// Unix seconds.
    pub resets_at: Option<i64>,
}

/// Bought credits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RateLimitCredits {
    /// Whether there are any.
    pub has_credits: bool,
    /// Whether they never end.
    pub unlimited: bool,
    /// What is left, as the server words it.
    pub balance: Option<String>,
}

impl Default for RateLimitSnapshot {
    /// What files hold when no server reported anything.
    fn default() -> Self {
        Self {
            limit_id: "codex".to_owned(),
            limit_name: None,
            primary: None,
            secondary: None,
            credits: None,
            individual_limit: None,
            spend_control_reached: None,
            plan_type: None,
            rate_limit_reached_type: None,
        }
    }
}

impl RateLimitSnapshot {
    /// One snapshot for each family that has a `-primary-used-percent` header, `codex` first.
    pub fn from_headers(headers: &HeaderMap) -> Vec<Self> {
        const SUFFIX: &str = "-primary-used-percent";
        let mut families: Vec<&str> = headers
            .keys()
            .filter_map(|name| name.as_str().strip_prefix("x-")?.strip_suffix(SUFFIX))
            .filter(|family| !family.is_empty())
            .collect();
        families.sort_by_key(|family| (*family != "codex", *family));
        families.into_iter().map(|family| Self::of_family(headers, family)).collect()
    }

    /// The snapshot of a `codex.rate_limits` event; `None` when it holds no window.
    pub(crate) fn from_event(event: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let window = |which: &str| {
            let window = &event["rate_limits"][which];
            Some(RateLimitWindow {
                used_percent: window["used_percent"].as_f64()?,
                window_minutes: window["window_minutes"].as_u64(),
                resets_at: window["reset_at"].as_i64(),
            })
        };
        let (primary, secondary) = (window("primary"), window("secondary"));
        if primary.is_none() && secondary.is_none() {
            return None;
        }
        let credits = &event["credits"];
        let credits = credits["has_credits"].as_bool().map(|has_credits| RateLimitCredits {
            has_credits,
            unlimited: credits["unlimited"].as_bool().unwrap_or(false),
            balance: text(&credits["balance"]),
        });
        let limit_id = text(&event["metered_limit_name"]).unwrap_or_else(|| Self::default().limit_id);
        let (limit_name, plan_type) = (text(&event["limit_name"]), text(&event["plan_type"]));
        Some(Self { limit_id, limit_name, primary, secondary, credits, plan_type, ..Self::default() })
    }

    fn of_family(headers: &HeaderMap, family: &str) -> Self {
        Self {
            limit_id: family.replace('-', "_"),
            limit_name: text(headers, &format!("x-{family}-limit-name")),
            primary: window(headers, family, "primary"),
            secondary: window(headers, family, "secondary"),
            credits: credits(headers),
            rate_limit_reached_type: text(headers, "x-codex-rate-limit-reached-type"),
            ..Self::default()
        }
    }
}

fn window(headers: &HeaderMap, family: &str, which: &str) -> Option<RateLimitWindow> {
    let field = |name: &str| text(headers, &format!("x-{family}-{which}-{name}"));
    let used_percent: f64 = field("used-percent")?.parse().ok()?;
    Some(RateLimitWindow {
        used_percent: if used_percent.is_finite() { used_percent } else { return None },
        window_minutes: field("window-minutes").and_then(|minutes| minutes.parse().ok()),
        resets_at: field("reset-at").and_then(|at| at.parse().ok()),
    })
}

fn credits(headers: &HeaderMap) -> Option<RateLimitCredits> {
    let flag =
        |name: &str| text(headers, name).map(|value| value.eq_ignore_ascii_case("true") || value == "1");
    Some(RateLimitCredits {
        has_credits: flag("x-codex-credits-has-credits")?,
        unlimited: flag("x-codex-credits-unlimited").unwrap_or(false),
        balance: text(headers, "x-codex-credits-balance"),
    })
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::{RateLimitCredits, RateLimitSnapshot, RateLimitWindow};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn each_family_is_one_snapshot() {
        let snapshots = RateLimitSnapshot::from_headers(&headers(&[
            ("x-codex-other-primary-used-percent", "7"),
            ("x-codex-other-limit-name", "Other"),
            ("x-codex-primary-used-percent", "42.5"),
            ("x-codex-primary-window-minutes", "300"),
            ("x-codex-primary-reset-at", "1795240000"),
            ("x-codex-secondary-used-percent", "not a number"),
        ]));
        let codex = RateLimitSnapshot {
            primary: Some(RateLimitWindow {
                used_percent: 42.5,
                window_minutes: Some(300),
                resets_at: Some(1_795_240_000),
            }),
            ..RateLimitSnapshot::default()
        };
        let other = RateLimitSnapshot {
            limit_id: "codex_other".to_owned(),
            limit_name: Some("Other".to_owned()),
            primary: Some(RateLimitWindow { used_percent: 7.0, window_minutes: None, resets_at: None }),
            ..RateLimitSnapshot::default()
        };
        assert_eq!(snapshots, vec![codex, other]);
    }

    #[test]
    fn an_event_is_one_snapshot() {
        let event = json!({
            "type": "codex.rate_limits",
            "plan_type": "pro",
            "metered_limit_name": "codex_other",
            "limit_name": "Other",
            "rate_limits": {
                "primary": {"used_percent": 12.5, "window_minutes": 300, "reset_at": 1_795_240_000},
                "secondary": null,
            },
            "credits": {"has_credits": true, "unlimited": false, "balance": "7"},
        });
        let expected = RateLimitSnapshot {
            limit_id: "codex_other".to_owned(),
            limit_name: Some("Other".to_owned()),
            primary: Some(RateLimitWindow {
                used_percent: 12.5,
                window_minutes: Some(300),
                resets_at: Some(1_795_240_000),
            }),
            credits: Some(RateLimitCredits {
                has_credits: true,
                unlimited: false,
                balance: Some("7".to_owned()),
            }),
            plan_type: Some("pro".to_owned()),
            ..RateLimitSnapshot::default()
        };
        assert_eq!(RateLimitSnapshot::from_event(&event), Some(expected));
        assert_eq!(RateLimitSnapshot::from_event(&json!({"rate_limits": []})), None);
    }

    #[test]
    fn without_headers_there_is_none_and_the_default_has_the_filed_form() {
        assert_eq!(RateLimitSnapshot::from_headers(&HeaderMap::new()), vec![]);
        assert_eq!(
            serde_json::to_string(&RateLimitSnapshot::default()).unwrap(),
            concat!(
                r#"{"limit_id":"codex","limit_name":null,"primary":null,"secondary":null,"credits":null,"#,
                r#""individual_limit":null,"spend_control_reached":null,"plan_type":null,"#,
                r#""rate_limit_reached_type":null}"#
            )
        );
    }
}
