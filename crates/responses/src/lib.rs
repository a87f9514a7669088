//! The Responses API client: request rendering, SSE transport, retries.
