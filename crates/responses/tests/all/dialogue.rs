//! A conversation with a history, and the stream's layer of retries as a caller of the client has it.

use codex_model_provider::{ModelCatalog, ModelInfo};
use codex_protocol::TurnId;
use codex_protocol::{ContentPart, ItemId, ItemPrefix, ResponseItem, Role};
use codex_responses::{
    ModelRequest, Notice, PreparedRequest, PromptCacheKey, RequestMetadata, ResponsesClient, Retry,
    StreamEvent, TurnClient, base_instructions_item,
};

use crate::lab::{metadata, play};

/// What a person gets to hear.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Reconnecting(u64),
    FallBack(String),
    Failed(String),
}

pub(crate) struct Dialogue {
    pub(crate) client: ResponsesClient,
    pub(crate) metadata: RequestMetadata,
    pub(crate) model: ModelInfo,
    pub(crate) prefix: Vec<ResponseItem>,
    pub(crate) history: Vec<ResponseItem>,
    pub(crate) effort: &'static str,
}

impl Dialogue {
    pub(crate) fn new(client: ResponsesClient) -> Self {
        let metadata = metadata();
        let base = base_instructions_item(&ItemId::base_instructions(metadata.thread_id), "be good").unwrap();
        let model = ModelCatalog::bundled().model_info("gpt-5.5").into_info();
        Self { client, metadata, model, prefix: vec![base], history: vec![], effort: "medium" }
    }

    /// The same, with the server being prepared.
    pub(crate) fn warmed(client: ResponsesClient) -> Self {
        let dialogue = Self::new(client);
        dialogue.client.preconnect(&dialogue.request(), &dialogue.metadata);
        dialogue
    }

    pub(crate) fn request(&self) -> ModelRequest<'_> {
        ModelRequest {
            model: &self.model,
            prefix: &self.prefix,
            input: &self.history,
            tail: &[],
            tools: &[],
            parallel_tool_calls: true,
            reasoning_effort: Some(self.effort),
            reasoning_summary: None,
            verbosity: None,
            service_tier: None,
            output_schema: None,
            prompt_cache_key: PromptCacheKey::Thread(self.metadata.thread_id),
        }
    }

    pub(crate) fn prepare(&self) -> PreparedRequest {
        self.client.prepare(&self.request(), &self.metadata).unwrap()
    }

    pub(crate) fn say(&mut self, text: &str) {
        let id = ItemId::new_v7(ItemPrefix::Message);
        self.history
            .push(ResponseItem::message(Some(&id), Role::User, &[ContentPart::input_text(text)]).unwrap());
    }

    pub(crate) fn answer_call(&mut self, call_id: &str) {
        let json = format!(r#"{{"type":"function_call_output","call_id":"{call_id}","output":"done"}}"#);
        self.history.push(ResponseItem::from_json(&json).unwrap());
    }

    /// A turn of one request, repeated as the errors want it; the delays are left out.
    pub(crate) async fn turn(&mut self, text: &str) -> Vec<Heard> {
        self.metadata.turn_id = TurnId::new_v7();
        self.say(text);
        let turn = self.client.turn();
        self.step(&turn).await
    }

    /// One request of a turn.
    pub(crate) async fn step(&mut self, turn: &TurnClient) -> Vec<Heard> {
        let retries_max = self.client.provider().stream_max_retries;
        let (mut heard, mut retries) = (Vec::new(), 0);
        loop {
            let (events, error) = play(turn, &self.prepare()).await;
            self.history.extend(events.into_iter().filter_map(|event| match event {
                StreamEvent::ItemDone(item) => Some(item),
                _ => None,
            }));
            let Some(error) = error else { return heard };
            match (error.retry(), error.notice()) {
                (Retry::Stream { .. }, Notice::FallBack) => {
                    retries = 0;
                    heard.push(Heard::FallBack(error.message()));
                }
                (Retry::Stream { .. }, notice) if retries < retries_max => {
                    retries += 1;
                    if notice == Notice::Shown {
                        heard.push(Heard::Reconnecting(retries));
                    }
                }
                _ => {
                    heard.push(Heard::Failed(error.message()));
                    return heard;
                }
            }
        }
    }
}
