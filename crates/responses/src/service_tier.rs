//! Which service tier a request asks for (`responses-wire.md §1.2`).

use codex_model_provider::ModelInfo;
use codex_protocol::WireApi;

/// `service_tier` of the Messages API.
const MESSAGES_TIERS: [&str; 2] = ["auto", "standard_only"];

/// The tier to send, and what to tell the person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TierChoice {
    /// `service_tier` of the body; absent when none is sent.
    pub id: Option<String>,
    /// Set when the configured tier is not sent.
    pub warning: Option<String>,
}

/// Chooses the tier for a configured name. In the Responses API `fast` is `priority`, `flex` always passes, any other must
/// be advertised. Other wires advertise nothing: Chat Completions takes any name, Messages the two it has.
pub fn service_tier(model: &ModelInfo, wire_api: WireApi, asked: Option<&str>) -> TierChoice {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return TierChoice::default() };
    let id = if asked == "fast" { "priority" } else { asked };
    let passes = match wire_api {
        WireApi::Responses => id == "flex",
        WireApi::Chat => true,
        WireApi::Messages => MESSAGES_TIERS.contains(&id),
    };
    if passes || model.service_tiers.iter().any(|tier| tier == id) {
        return TierChoice { id: Some(id.to_owned()), warning: None };
    }
    let offered = match model.service_tiers.as_slice() {
        [] if wire_api == WireApi::Messages => format!("the service has {}", MESSAGES_TIERS.join(", ")),
        [] => "it has none".to_owned(),
        tiers => format!("it has {}", tiers.join(", ")),
    };
    let warning = format!(
        "the model `{}` has no service tier `{asked}` ({offered}): requests are sent without a tier",
        model.slug
    );
    TierChoice { id: None, warning: Some(warning) }
}

#[cfg(test)]
mod tests {
    use codex_model_provider::ModelCatalog;
    use codex_protocol::WireApi;
    use pretty_assertions::assert_eq;

    use super::{TierChoice, service_tier};

    // covers: responses-wire 11
    #[test]
    fn tiers_are_sent_when_the_model_has_them_and_warned_about_otherwise() {
        let on = |wire: WireApi, slug: &str, asked| {
            service_tier(&ModelCatalog::bundled().model_info(slug).into_info(), wire, asked)
        };
        let choose = |slug: &str, asked| on(WireApi::Responses, slug, asked);
        let sent = |id: &str| TierChoice { id: Some(id.to_owned()), warning: None };
        assert_eq!(choose("gpt-5.5", None), TierChoice::default());
        assert_eq!(choose("gpt-5.5", Some("fast")), sent("priority"));
        assert_eq!(choose("gpt-5.5", Some("priority")), sent("priority"));
        assert_eq!(choose("gpt-5.5", Some("flex")), sent("flex"));
        let refused = choose("nobodys-model", Some("fast"));
        assert_eq!(refused.id, None);
        let warning = refused.warning.unwrap();
        assert!(warning.contains("`nobodys-model`") && warning.contains("`fast`"), "{warning}");
        assert_eq!(on(WireApi::Chat, "nobodys-model", Some("default")), sent("default"));
        assert_eq!(on(WireApi::Messages, "claude-x", Some("standard_only")), sent("standard_only"));
        let refused = on(WireApi::Messages, "claude-x", Some("flex"));
        assert!(refused.id.is_none() && refused.warning.unwrap().contains("standard_only"));
    }
}
