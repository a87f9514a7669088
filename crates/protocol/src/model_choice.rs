//! A model as a menu lists it. Values only; the catalogue is elsewhere.

/// One model, in the catalogue's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelChoice {
    /// The name requests use.
    pub slug: String,
    /// The name people read.
    pub name: String,
    /// What it is good for, in one sentence; may be empty.
    pub description: String,
    /// Efforts it offers, lightest first.
    pub efforts: Vec<EffortChoice>,
    /// The effort used when none is chosen.
    pub default_effort: Option<String>,
    /// Whether menus show it.
    pub listed: Listed,
    /// Whether it is used when no model is chosen.
    pub standing: Standing,
    /// The slug of the model that replaces it.
    pub upgrade: Option<String>,
}

/// One reasoning effort of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffortChoice {
    /// The word requests use.
    pub effort: String,
    /// What it means; may be empty.
    pub description: String,
}

/// Whether menus show a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// They do.
    Shown,
    /// It is usable by name only.
    Hidden,
}

/// Whether a model is the one used when none is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Default,
    /// It is one of the others.
    Other,
}
