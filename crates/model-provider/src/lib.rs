//! Which server, with which headers, and what the models there can do.

mod bundled;
mod catalog;
mod local;
mod model_info;
mod not_ready;
mod provider;

pub use catalog::{CatalogError, Lookup, ModelCatalog};
pub use local::{LOCAL_URL_VARIABLE, LocalService};
pub use model_info::{
    ApplyPatchTool, ModelInfo, ToolMode, TruncationMode, TruncationPolicy, Visibility, WebSearchTool,
};
pub use not_ready::NotReady;
pub use provider::{ChatGptBackend, OPENAI_ID, OPENAI_NAME, ProviderInfo, RETRIES_MAX};
