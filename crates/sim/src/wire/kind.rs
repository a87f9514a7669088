//! Which wire a request came over, and the calls it answers.

use serde_json::Value;

use crate::request::{RecordedRequest, list};

/// The protocol of a request, told by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Responses,
    Chat,
    Messages,
}

impl Wire {
    /// The wire of a path; `None` where no model answers.
    pub(crate) fn of_path(path: &str) -> Option<Wire> {
        let path = path.split('?').next().unwrap_or_default();
        if path.ends_with("/responses") {
            Some(Wire::Responses)
        } else if path.ends_with("/chat/completions") {
            Some(Wire::Chat)
        } else if path.ends_with("/messages") {
            Some(Wire::Messages)
        } else {
            None
        }
    }
}

/// The ids of calls that have an answer in the request, in order.
pub(crate) fn answered_calls(request: &RecordedRequest) -> Vec<&str> {
    let messages = || list(&request.json()["messages"]).iter();
    match Wire::of_path(request.path()) {
        Some(Wire::Chat) => messages().filter_map(|message| message["tool_call_id"].as_str()).collect(),
        Some(Wire::Messages) => {
            let blocks = messages().flat_map(|message| list(&message["content"]));
            blocks.filter_map(|block| block["tool_use_id"].as_str()).collect()
        }
        _ => {
            let is_output =
                |item: &&Value| item["type"].as_str().is_some_and(|name| name.ends_with("_output"));
            request
                .full_input()
                .iter()
                .filter(is_output)
                .filter_map(|item| item["call_id"].as_str())
                .collect()
        }
    }
}
