//! Rate limits as a server reports them (`responses-wire.md §5.8`), in the form files keep them.

use serde::{Deserialize, Serialize};

/// The bucket that is meant when a server names none.
const DEFAULT_LIMIT_ID: &str = "codex";

/// One bucket of limits. A server may report several; `limit_id` tells them apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateLimitSnapshot {
    /// `codex`, or the bucket's name with underscores.
    pub limit_id: String,
    /// The name people read.
    #[serde(default)]
    pub limit_name: Option<String>,
    /// The short window.
    #[serde(default)]
    pub primary: Option<RateLimitWindow>,
    /// The long window.
    #[serde(default)]
    pub secondary: Option<RateLimitWindow>,
    /// Bought credits.
    #[serde(default)]
    pub credits: Option<RateLimitCredits>,
    /// Not reported on the wire this client reads; kept as it was found in files.
    #[serde(default)]
    pub individual_limit: Option<serde_json::Value>,
    /// Not reported on the wire this client reads; kept as it was found in files.
    #[serde(default)]
    pub spend_control_reached: Option<bool>,
    /// `free`, `plus`, `pro`, `team` and others.
    #[serde(default)]
    pub plan_type: Option<String>,
    /// Which limit is reached, such as `workspace_owner_credits_depleted`.
    #[serde(default)]
    pub rate_limit_reached_type: Option<String>,
}

/// How full one window is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RateLimitWindow {
    /// 0 to 100.
    pub used_percent: f64,
    /// Its length.
    #[serde(default)]
    pub window_minutes: Option<u64>,
    /// Unix seconds.
    #[serde(default)]
    pub resets_at: Option<i64>,
}

/// Bought credits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimitCredits {
    /// Whether there are any.
    pub has_credits: bool,
    /// Whether they never end.
    #[serde(default)]
    pub unlimited: bool,
    /// What is left, as the server words it.
    #[serde(default)]
    pub balance: Option<String>,
}

impl Default for RateLimitSnapshot {
    /// What files hold when no server reported anything.
    fn default() -> Self {
        Self {
            limit_id: DEFAULT_LIMIT_ID.to_owned(),
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
    /// Whether this is the bucket every account has.
    pub fn is_default_bucket(&self) -> bool {
        self.limit_id == DEFAULT_LIMIT_ID
    }
}
