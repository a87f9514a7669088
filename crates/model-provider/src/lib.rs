//! Which server, with which headers, and what the models there can do.

mod bedrock;
mod bundled;
mod catalog;
mod gateway;
mod gcp;
mod listed_models;
mod local;
mod model_info;
mod model_list;
mod model_provider;
mod models_cache;
mod not_ready;
mod provider;

pub use bedrock::BedrockService;
pub use catalog::{CatalogError, Lookup, ModelAccess, ModelCatalog};
pub use gateway::{Delivery, Gateway};
pub use gcp::{GCP_ID, GCP_PROJECT_VARIABLE, gcp_base_url, gcp_catalog, gcp_provider, gcp_token_command};
pub use local::{LOCAL_URL_VARIABLE, LocalService};
pub use model_info::{
    ApplyPatchTool, MessagesThinking, ModelInfo, ReasoningLevel, ToolMode, TruncationMode, TruncationPolicy,
    Visibility, WebSearchTool,
};
pub use model_list::{ListError, ModelList};
pub use model_provider::{Discovery, ModelProvider};
pub use not_ready::NotReady;
pub use provider::{ChatGptBackend, MESSAGES_VERSION, OPENAI_ID, OPENAI_NAME, ProviderInfo, RETRIES_MAX};
