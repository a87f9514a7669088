//! Which models are known: the bundled ones, or those of a `model_catalog_json` file in their place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::bundled::BUNDLED;
use crate::model_info::{ModelInfo, Visibility};

/// The known models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCatalog(Models);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Models {
    Bundled,
    Read(Vec<ModelInfo>),
    /// A server's; what it leaves out is looked up in the built-in ones.
    Served(Vec<ModelInfo>),
}

/// The answer for one slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The catalogue describes the model.
    Known(ModelInfo),
    /// Nobody described it; the person should be told.
    Fallback(ModelInfo),
}

/// What a person chooses models with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelAccess {
    /// A key.
    Key,
    /// An account, or whatever a provider of one's own asks for.
    Account,
}

/// A catalogue file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// It cannot be read.
    #[error("cannot read the model catalogue {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// It is not a list of models.
    #[error("the model catalogue {} is not valid: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The parser's reason.
        #[source]
        source: serde_json::Error,
    },
    /// A model has no slug, or there is none.
    #[error("the model catalogue {} {problem}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Deserialize)]
struct FileForm {
    models: Vec<ModelInfo>,
}

impl ModelCatalog {
    /// The models every installation knows.
    pub fn bundled() -> Self {
        Self(Models::Bundled)
    }

    /// The models of a `model_catalog_json` file: `{"models": [..]}`, fields as in `responses-wire.md §5.7`.
    ///
    /// # Errors
    /// When the file cannot be read, is not of that form, or names no model.
    pub fn from_file(path: &Path) -> Result<Self, CatalogError> {
        let bytes =
            fs::read(path).map_err(|source| CatalogError::Unreadable { path: path.to_owned(), source })?;
        let form: FileForm = serde_json::from_slice(&bytes)
            .map_err(|source| CatalogError::Malformed { path: path.to_owned(), source })?;
        let unusable = |problem: String| CatalogError::Unusable { path: path.to_owned(), problem };
        if form.models.is_empty() {
            return Err(unusable("lists no models".to_owned()));
        }
        if let Some(at) = form.models.iter().position(|model| model.slug.is_empty()) {
            return Err(unusable(format!("has no `slug` for model {}", at + 1)));
        }
        Ok(Self(Models::Read(form.models)))
    }

    /// Exactly these.
    pub(crate) fn listed(models: Vec<ModelInfo>) -> Self {
        Self(Models::Read(models))
    }

    /// The models a server lists. Menus show these; facts about others still come from the built-in ones.
    pub fn served(models: Vec<ModelInfo>) -> Self {
        Self(Models::Served(models))
    }

    /// The models a person can choose from, best first: the listed ones, without those a key may not use.
    pub fn choices(&self, access: ModelAccess) -> Vec<ModelInfo> {
        let mut models = self.models();
        models.retain(|model| {
            model.visibility == Visibility::List && (model.supported_in_api || access == ModelAccess::Account)
        });
        models
    }

    /// What is known, or assumed, of a model.
    pub fn model_info(&self, slug: &str) -> Lookup {
        let bundled = || BUNDLED.iter().find(|row| row.slug == slug).map(|row| row.info());
        let read = |models: &[ModelInfo]| models.iter().find(|model| model.slug == slug).cloned();
        let known = match &self.0 {
            Models::Bundled => bundled(),
            Models::Read(models) => read(models),
            Models::Served(models) => match read(models) {
                // The name alone is no reason to forget what is known of it.
                Some(listed) if listed.name_only => {
                    return bundled().map_or(Lookup::Fallback(listed), Lookup::Known);
                }
                described => described.or_else(bundled),
            },
        };
        known.map_or_else(|| Lookup::Fallback(ModelInfo::fallback(slug)), Lookup::Known)
    }

    /// Whether its server has a model of this name.
    pub fn lists(&self, slug: &str) -> bool {
        matches!(&self.0, Models::Served(models) if models.iter().any(|model| model.slug == slug))
    }

    /// The model used when none is configured: the first listed one by priority, else the first of all.
    pub fn default_model(&self) -> String {
        let models = match &self.0 {
            Models::Bundled => {
                BUNDLED.iter().map(|row| (row.visibility, row.priority, row.slug)).collect::<Vec<_>>()
            }
            Models::Read(models) | Models::Served(models) => {
                models.iter().map(|model| (model.visibility, model.priority, model.slug.as_str())).collect()
            }
        };
        models
            .iter()
            .min_by_key(|(visibility, priority, _)| (*visibility == Visibility::Hide, *priority))
            .map(|(_, _, slug)| (*slug).to_owned())
            .unwrap_or_default()
    }

    /// All models, by priority.
    pub fn models(&self) -> Vec<ModelInfo> {
        let mut models: Vec<ModelInfo> = match &self.0 {
            Models::Bundled => BUNDLED.iter().map(|row| row.info()).collect(),
            Models::Read(models) | Models::Served(models) => models.clone(),
        };
        models.sort_by_key(|model| model.priority);
        models
    }
}

impl Lookup {
    /// The facts.
    pub fn info(&self) -> &ModelInfo {
        match self {
            Self::Known(info) | Self::Fallback(info) => info,
        }
    }

    /// The facts, taken out.
    pub fn into_info(self) -> ModelInfo {
        match self {
            Self::Known(info) | Self::Fallback(info) => info,
        }
    }

    /// Whether the facts are assumptions.
    pub fn is_fallback(&self) -> bool {
        matches!(self, Self::Fallback(_))
    }
}
