//! The table of tools, what of it a model is offered, and the way from a call to its tool.
//! Invariant: `run` answers every call, whatever the model wrote. The only place that lists the tools.

use codex_protocol::CallKind;
use serde_json::{Value, json};

use crate::Questions;
use crate::{Parallel, ToolCall, ToolCx, ToolFuture, ToolOutcome};
use crate::{
    apply_patch, exec_command, request_permissions, request_user_input, update_plan, view_image, write_stdin,
};

/// One tool: everything the loop needs to offer and run it.
pub struct ToolDef {
    /// The name the model calls.
    pub name: &'static str,
    /// The item kind the call must come in.
    pub kind: CallKind,
    /// Whether it may run beside others.
    pub parallel: Parallel,
    /// Whether this model is offered it.
    pub offered: fn(&OfferCx) -> bool,
    /// The tool object sent to the model.
    pub spec: fn(&OfferCx) -> Value,
    /// Runs one call.
    pub run: fn(ToolCall, ToolCx) -> ToolFuture,
}

/// All tools, in the order they are offered (`tools.md §1`).
const TOOLS: [&ToolDef; 8] = [
    &exec_command::TOOL,
    &write_stdin::TOOL,
    &update_plan::TOOL,
    &request_user_input::TOOL,
    &request_permissions::TOOL,
    &apply_patch::FREEFORM,
    &apply_patch::FUNCTION,
    &view_image::TOOL,
];

/// The namespace that holds our tools for models served in the Lite shape; also accepted before a name.
const LITE_NAMESPACE: &str = "functions";

/// The form in which a model is given `apply_patch` (`apply_patch_tool_type` of its metadata).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchForm {
    /// A custom tool: the patch is the call's free text.
    Freeform,
    /// A function with one string parameter.
    Function,
}

/// The facts about model and settings that decide what is offered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OfferCx {
    /// The form of `apply_patch`; `None` for models whose metadata name none (`tools.md T1`).
    pub apply_patch: Option<PatchForm>,
    /// `tools.update_plan.enabled`.
    pub update_plan: bool,
    /// `tools.experimental_request_user_input.enabled`.
    pub request_user_input: bool,
    /// `features.request_permissions_tool`.
    pub request_permissions: bool,
    /// `features.exec_permission_approvals`: a command may ask for more for itself.
    pub additional_permissions: bool,
    /// When it may be used.
    pub questions: Questions,
    /// The model takes images.
    pub view_image: bool,
    /// The rendered `web_search` object, sent last.
    pub web_search: Option<Value>,
}

/// The tools of one turn's model.
#[derive(Debug, Clone)]
pub struct Registry {
    offer: OfferCx,
}

impl Registry {
    /// The tools offered under these facts.
    pub fn new(offer: OfferCx) -> Self {
        Self { offer }
    }

    /// The tool objects in direct form, in their fixed order.
    pub fn specs(&self) -> Vec<Value> {
        let own = self.offered().map(|tool| (tool.spec)(&self.offer));
        own.chain(self.offer.web_search.clone()).collect()
    }

    /// The tool objects for models served in the Lite shape: ours wrapped in one namespace.
    pub fn lite_specs(&self) -> Vec<Value> {
        let tools: Vec<Value> = self.offered().map(|tool| (tool.spec)(&self.offer)).collect();
        let namespace = json!({
            "type": "namespace",
            "name": LITE_NAMESPACE,
            "description": "Tools that act on the user's machine.",
            "tools": tools,
        });
        std::iter::once(namespace).chain(self.offer.web_search.clone()).collect()
    }

    /// Whether a call may run beside others. A call that will only be refused may.
    pub fn parallel(&self, call: &ToolCall) -> Parallel {
        match self.find(call) {
            Found::Tool(tool) => tool.parallel,
            Found::OtherKind | Found::Unknown => Parallel::Yes,
        }
    }

    /// Runs a call to its outcome.
    pub fn run(&self, call: ToolCall, cx: ToolCx) -> ToolFuture {
        let refusal = match self.find(&call) {
            Found::Tool(tool) => return (tool.run)(call, cx),
            Found::OtherKind => {
                tracing::error!(tool = call.name, kind = ?call.kind, "incompatible payload for tool");
                ToolOutcome::fatal()
            }
            Found::Unknown => ToolOutcome::failed(unsupported(&call)),
        };
        Box::pin(std::future::ready(refusal))
    }

    fn offered(&self) -> impl Iterator<Item = &'static ToolDef> {
        TOOLS.into_iter().filter(|tool| (tool.offered)(&self.offer))
    }

    fn find(&self, call: &ToolCall) -> Found {
        if call.namespace.as_deref().is_some_and(|namespace| namespace != LITE_NAMESPACE) {
            return Found::Unknown;
        }
        match self.offered().find(|tool| tool.name == call.name) {
            Some(tool) if tool.kind == call.kind => Found::Tool(tool),
            Some(_) => Found::OtherKind,
            None => Found::Unknown,
        }
    }
}

enum Found {
    Tool(&'static ToolDef),
    OtherKind,
    Unknown,
}

fn unsupported(call: &ToolCall) -> String {
    let namespace = call.namespace.as_deref().unwrap_or_default();
    let name = &call.name;
    match call.kind {
        CallKind::Function => format!("unsupported call: {namespace}{name}"),
        CallKind::Custom => format!("unsupported custom tool call: {namespace}{name}"),
    }
}
