//! `TurnShape`: turns of every shape a model gives them, played by a model that remembers. Asked again after a broken
//! connection it goes on with the calls that have no answer yet, as a real one would; so a stream may be cut anywhere.
//! A command of a shape writes its call's id into `ran.txt`, which tells how often it ran.

use serde_json::{Value, json};

use crate::item::Item;
use crate::reply::Reply;
use crate::request::RecordedRequest;

/// The answers of one turn: all but the last make calls.
#[derive(Clone, Debug)]
pub struct TurnShape {
    /// What is special about it.
    pub name: &'static str,
    responses: Vec<Vec<Value>>,
}

impl TurnShape {
    /// All shapes.
    pub fn all() -> Vec<TurnShape> {
        [simple(), with_calls(), with_several_calls(), with_odd_calls()].concat()
    }

    /// How many answers the turn has when nothing breaks.
    pub fn responses(&self) -> usize {
        self.responses.len()
    }

    /// The calls whose commands leave their id in `ran.txt`.
    pub fn commands(&self) -> Vec<&str> {
        let items = self.responses.iter().flatten();
        let commands =
            items.filter(|item| item["arguments"].as_str().is_some_and(|text| text.contains("ran.txt")));
        commands.filter_map(|item| item["call_id"].as_str()).collect()
    }

    /// The next answer to a conversation.
    pub fn reply(&self, request: &RecordedRequest) -> Reply {
        let answered = request.answered_calls();
        let open = |item: &&Value| match item["call_id"].as_str() {
            Some(call_id) => !answered.contains(&call_id),
            None => false,
        };
        let next = self.responses.iter().find(|items| items.iter().any(|item| open(&item)));
        let last = Vec::new();
        let items = next.or(self.responses.last()).unwrap_or(&last);
        // Once a call of an answer has been made, its words have been said.
        let begun = items.iter().any(|item| item["call_id"].is_string() && !open(&item));
        let rest = items.iter().filter(|item| if begun { open(item) } else { true });
        rest.fold(Reply::sse().created(), told).completed()
    }
}

fn told(reply: Reply, item: &Value) -> Reply {
    let text = |list: &str| item[list][0]["text"].as_str().unwrap_or_default();
    match item["type"].as_str() {
        Some("message") => reply.message(text("content")),
        Some("reasoning") => {
            reply.reasoning(text("summary"), item["encrypted_content"].as_str().unwrap_or_default())
        }
        _ => reply.item(item.clone()),
    }
}

fn shape<const N: usize>(name: &'static str, responses: [Vec<Value>; N]) -> TurnShape {
    TurnShape { name, responses: responses.into() }
}

fn say(text: &str) -> Value {
    Item::message(text)
}

fn think() -> Value {
    Item::reasoning("I weigh it.", "sealed==")
}

/// A command that leaves its mark.
fn run(call_id: &str) -> Value {
    Item::function_call(
        "exec_command",
        &json!({ "cmd": format!("echo {call_id} >> ran.txt"), "login": false }),
        call_id,
    )
}

fn simple() -> Vec<TurnShape> {
    vec![
        shape("one word", [vec![say("Done.")]]),
        shape("many words", [vec![say("One two three four five six.")]]),
        shape("letters of every size", [vec![say("Zürich – 東京 😀 done.")]]),
        shape("thought and word", [vec![think(), say("Done.")]]),
        shape("two messages", [vec![say("First this."), say("Then that.")]]),
    ]
}

fn with_calls() -> Vec<TurnShape> {
    vec![
        shape("a call", [vec![run("c1")], vec![say("Done.")]]),
        shape("a word and a call", [vec![say("I look."), run("c1")], vec![say("Done.")]]),
        shape("a thought and a call", [vec![think(), run("c1")], vec![say("Done.")]]),
        shape("thought, word, call", [vec![think(), say("I look."), run("c1")], vec![think(), say("Done.")]]),
        shape("one call after another", [vec![run("c1")], vec![run("c2")], vec![say("Done.")]]),
        shape(
            "a thought before each call",
            [vec![think(), run("c1")], vec![think(), run("c2")], vec![think(), say("Done.")]],
        ),
    ]
}

fn with_several_calls() -> Vec<TurnShape> {
    vec![
        shape("two calls at once", [vec![run("c1"), run("c2")], vec![say("Done.")]]),
        shape(
            "three calls and a word",
            [vec![say("All at once."), run("c1"), run("c2"), run("c3")], vec![say("Done.")]],
        ),
        shape("a thought and two calls", [vec![think(), run("c1"), run("c2")], vec![say("Done.")]]),
        shape("two calls, then one", [vec![run("c1"), run("c2")], vec![run("c3")], vec![say("Done.")]]),
        shape(
            "two calls twice",
            [vec![run("c1"), run("c2")], vec![run("c3"), run("c4")], vec![say("Done.")]],
        ),
    ]
}

fn with_odd_calls() -> Vec<TurnShape> {
    let plan = json!({ "plan": [{ "step": "look", "status": "completed" }] });
    let patch = "*** Begin Patch\n*** Add File: made.txt\n+hello\n*** End Patch\n";
    vec![
        shape(
            "an unknown tool",
            [vec![Item::function_call("no_such_tool", &json!({}), "c1")], vec![say("Done.")]],
        ),
        shape(
            "arguments that are none",
            [
                vec![Item::function_call_text("exec_command", "{\"cmd\": \"ec", "c1"), run("c2")],
                vec![say("Done.")],
            ],
        ),
        shape(
            "a command that fails",
            [
                vec![Item::function_call(
                    "exec_command",
                    &json!({ "cmd": "echo c1 >> ran.txt; exit 3", "login": false }),
                    "c1",
                )],
                vec![say("Done.")],
            ],
        ),
        shape(
            "a plan and a command",
            [vec![Item::function_call("update_plan", &plan, "c1"), run("c2")], vec![say("Done.")]],
        ),
        shape("a patch", [vec![Item::custom_tool_call("apply_patch", patch, "c1")], vec![say("Done.")]]),
        shape(
            "a patch beside a command",
            [
                vec![think(), Item::custom_tool_call("apply_patch", patch, "c1"), run("c2")],
                vec![say("Done.")],
            ],
        ),
    ]
}
