//! Which service tier a request asks for (`responses-wire.md §1.2`).

use codex_model_provider::ModelInfo;

/// The tier to send, and what to tell the person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TierChoice {
    /// `service_tier` of the body; absent when none is sent.
    pub id: Option<String>,
    /// Set when the configured tier is not sent.
    pub warning: Option<String>,
}

/// Chooses the tier for a configured name: `fast` is `priority`, `flex` always passes, any other must be advertised.
pub fn service_tier(model: &ModelInfo, asked: Option<&str>) -> TierChoice {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return TierChoice::default() };
    let id = if asked == "fast" { "priority" } else { asked };
    if id == "flex" || model.service_tiers.iter().any(|tier| tier == id) {
        return TierChoice { id: Some(id.to_owned()), warning: None };
    }
    let offered = match model.service_tiers.as_slice() {
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
    use pretty_assertions::assert_eq;

    use super::{TierChoice, service_tier};

    // covers: responses-wire 11
    #[test]
    fn tiers_are_sent_when_the_model_has_them_and_warned_about_otherwise() {
        let choose =
            |slug: &str, asked| service_tier(&ModelCatalog::bundled().model_info(slug).into_info(), asked);
        let sent = |id: &str| TierChoice { id: Some(id.to_owned()), warning: None };
        assert_eq!(choose("gpt-5.5", None), TierChoice::default());
        assert_eq!(choose("gpt-5.5", Some("fast")), sent("priority"));
        assert_eq!(choose("gpt-5.5", Some("priority")), sent("priority"));
        assert_eq!(choose("gpt-5.5", Some("flex")), sent("flex"));
        let refused = choose("nobodys-model", Some("fast"));
        assert_eq!(refused.id, None);
        let warning = refused.warning.unwrap();
        assert!(warning.contains("`nobodys-model`") && warning.contains("`fast`"), "{warning}");
    }
}
