//! Which server, with which headers, and what the models there can do.

mod bundled;
mod catalog;
mod model_info;
mod provider;

pub use catalog::{CatalogError, Lookup, ModelCatalog};
pub use model_info::{
    ApplyPatchTool, ModelInfo, ToolMode, TruncationMode, TruncationPolicy, Visibility, WebSearchTool,
};
pub use provider::{OPENAI_ID, OPENAI_NAME, ProviderInfo, RETRIES_MAX};
