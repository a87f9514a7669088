//! Rate limits a server reports in response headers or events (`responses-wire.md §5.8`), as snapshots of its buckets.

use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

use codex_protocol::limits::RATE_LIMIT_BUCKETS_MAX;
use codex_protocol::{RateLimitCredits, RateLimitSnapshot, RateLimitWindow};

/// One snapshot for each family; without one, what other services tell. A family has a `-primary-used-percent` header;
/// `codex` is first.
pub(crate) fn of_headers(headers: &HeaderMap) -> Vec<RateLimitSnapshot> {
    const SUFFIX: &str = "-primary-used-percent";
    let mut families: Vec<&str> = headers
        .keys()
        .filter_map(|name| name.as_str().strip_prefix("x-")?.strip_suffix(SUFFIX))
        .filter(|family| !family.is_empty())
        .collect();
    families.sort_by_key(|family| (*family != "codex", *family));
    families.truncate(RATE_LIMIT_BUCKETS_MAX);
    if families.is_empty() {
        return of_other_services(headers);
    }
    families.into_iter().map(|family| of_family(headers, family)).collect()
}

/// What other services say: the requests and tokens of a minute that are left, under names of their own.
fn of_other_services(headers: &HeaderMap) -> Vec<RateLimitSnapshot> {
    let anthropic = ["requests", "tokens", "input-tokens", "output-tokens"].into_iter().filter_map(|kind| {
        let field = |name: &str| text(headers, &format!("anthropic-ratelimit-{kind}-{name}"));
        let resets_at = field("reset").and_then(|at| at.parse::<Timestamp>().ok());
        let resets_at = resets_at.map(Timestamp::as_second);
        minute("anthropic", kind, field("limit")?, field("remaining")?, resets_at)
    });
    let openai = ["requests", "tokens"].into_iter().filter_map(|kind| {
        let field = |name: &str| text(headers, &format!("x-ratelimit-{name}-{kind}"));
        // Their time of reset is a length of time, of which only the next answer would be right.
        minute("server", kind, field("limit")?, field("remaining")?, None)
    });
    anthropic.chain(openai).collect()
}

/// The bucket of one kind of thing in a minute.
fn minute(
    family: &str,
    kind: &str,
    limit: String,
    remaining: String,
    resets_at: Option<i64>,
) -> Option<RateLimitSnapshot> {
    let count = |text: String| text.parse::<f64>().ok().filter(|count| count.is_finite() && *count >= 0.0);
    let (limit, remaining) = (count(limit).filter(|limit| *limit > 0.0)?, count(remaining)?);
    let used_percent = (100.0 * (1.0 - remaining / limit)).clamp(0.0, 100.0);
    Some(RateLimitSnapshot {
        limit_id: format!("{family}_{}", kind.replace('-', "_")),
        limit_name: Some(kind.replace('-', " ")),
        primary: Some(RateLimitWindow { used_percent, window_minutes: Some(1), resets_at }),
        ..RateLimitSnapshot::default()
    })
}

/// The snapshot of a `codex.rate_limits` event; `None` when it holds no window.
pub(crate) fn of_event(event: &Value) -> Option<RateLimitSnapshot> {
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
    let default = RateLimitSnapshot::default();
    Some(RateLimitSnapshot {
        limit_id: text(&event["metered_limit_name"]).unwrap_or_else(|| default.limit_id.clone()),
        limit_name: text(&event["limit_name"]),
        plan_type: text(&event["plan_type"]),
        primary,
        secondary,
        credits,
        ..default
    })
}

fn of_family(headers: &HeaderMap, family: &str) -> RateLimitSnapshot {
    RateLimitSnapshot {
        limit_id: family.replace('-', "_"),
        limit_name: text(headers, &format!("x-{family}-limit-name")),
        primary: window(headers, family, "primary"),
        secondary: window(headers, family, "secondary"),
        credits: credits(headers),
        rate_limit_reached_type: text(headers, "x-codex-rate-limit-reached-type"),
        ..RateLimitSnapshot::default()
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
    use codex_protocol::{RateLimitCredits, RateLimitSnapshot, RateLimitWindow};
    use http::{HeaderMap, HeaderName, HeaderValue};
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::{of_event, of_headers};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn each_family_is_one_snapshot() {
        let snapshots = of_headers(&headers(&[
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
    fn other_services_tell_what_is_left_of_a_minute() {
        let bucket = |id: &str, name: &str, used_percent: f64, resets_at: Option<i64>| RateLimitSnapshot {
            limit_id: id.to_owned(),
            limit_name: Some(name.to_owned()),
            primary: Some(RateLimitWindow { used_percent, window_minutes: Some(1), resets_at }),
            ..RateLimitSnapshot::default()
        };
        let anthropic = headers(&[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "25"),
            ("anthropic-ratelimit-requests-reset", "2026-11-21T12:00:00Z"),
            ("anthropic-ratelimit-output-tokens-limit", "8000"),
            ("anthropic-ratelimit-output-tokens-remaining", "0"),
            ("anthropic-ratelimit-tokens-limit", "0"),
            ("anthropic-ratelimit-tokens-remaining", "7"),
            ("anthropic-ratelimit-input-tokens-limit", "many"),
        ]);
        let expected = vec![
            bucket("anthropic_requests", "requests", 50.0, Some(1_795_262_400)),
            bucket("anthropic_output_tokens", "output tokens", 100.0, None),
        ];
        assert_eq!(of_headers(&anthropic), expected);
        let openai =
            headers(&[("x-ratelimit-limit-tokens", "1000"), ("x-ratelimit-remaining-tokens", "900")]);
        let [only] = &of_headers(&openai)[..] else { panic!("one bucket") };
        assert_eq!(
            (only.limit_id.as_str(), only.primary.as_ref().map(|window| window.used_percent.round())),
            ("server_tokens", Some(10.0))
        );
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
        assert_eq!(of_event(&event), Some(expected));
        assert_eq!(of_event(&json!({"rate_limits": []})), None);
    }

    #[test]
    fn without_headers_there_is_none_and_the_default_has_the_filed_form() {
        assert_eq!(of_headers(&HeaderMap::new()), vec![]);
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
