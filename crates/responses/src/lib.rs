//! The client of model servers: request rendering, HTTP and WebSocket transports, retries. Every wire gives the turn
//! the same events.

mod account_routing;
mod body_layout;
mod chat;
mod classify;
mod client;
mod decode;
mod dialogue;
mod endpoint;
mod error;
mod event;
mod host_os;
mod http_client;
mod http_transport;
mod identity;
mod intake;
mod json_text;
mod messages;
mod metadata;
mod origin;
mod packed_body;
mod proxy;
mod rate_limits;
mod request;
mod response_stream;
mod retry;
mod service_tier;
mod sse;
mod tape;
mod tape_run;
mod terminal;
mod transport_error;
mod turn_state;
mod upload;
mod usage_limit;
mod web_search;
mod websocket;
mod wire_reader;

pub use client::{ClientOptions, RequestCompression, ResponsesClient, TurnClient};
pub use error::{Notice, SocketFailure, StreamError, UnexpectedStatus};
pub use event::StreamEvent;
pub use identity::ClientIdentity;
pub use metadata::{
    CompactionFacts, CompactionImplementation, CompactionPhase, CompactionTrigger, ForkedFrom,
    HistoryInitialization, RequestKind, RequestMetadata, SubAgent, Workspace,
};
pub use request::{
    ModelRequest, OutputSchema, PreparedRequest, PromptCacheKey, SchemaStrictness, additional_tools_item,
    base_instructions_item,
};
pub use response_stream::ResponseStream;
pub use retry::{Retry, network_backoff, stream_backoff};
pub use service_tier::{TierChoice, service_tier};
pub use tape::{Tape, TapeEnd};
pub use usage_limit::UsageLimit;
pub use web_search::{WebSearchAccess, WebSearchLocation, WebSearchSettings, web_search_tool};
