//! The rule every request must obey: each call has exactly one output, later in the input, of the matching type.
//! Pure; the real service rejects such input with 400, so the scripted one does as well.

use std::collections::HashMap;

use serde_json::Value;

/// What is wrong with the calls and outputs of an `input` list; empty when all are paired.
pub fn unpaired(input: &[Value]) -> Vec<String> {
    let mut open: HashMap<&str, (&str, bool)> = HashMap::new();
    let mut faults = Vec::new();
    for (index, item) in input.iter().enumerate() {
        let kind = item["type"].as_str().unwrap_or_default();
        let call_id = item["call_id"].as_str().unwrap_or_default();
        if output_type(kind).is_some() {
            if open.insert(call_id, (kind, false)).is_some() {
                faults.push(format!("input[{index}]: call id {call_id:?} is used by a second {kind}"));
            }
        } else if matches!(kind, "function_call_output" | "custom_tool_call_output") {
            match open.get_mut(call_id) {
                None => faults.push(format!("input[{index}]: {kind} {call_id:?} answers no call before it")),
                Some((_, true)) => faults.push(format!("input[{index}]: second output for call {call_id:?}")),
                Some((call, answered)) => {
                    *answered = true;
                    if output_type(call) != Some(kind) {
                        faults.push(format!("input[{index}]: {kind} answers {call_id:?}, which is a {call}"));
                    }
                }
            }
        }
    }
    let mut missing: Vec<&str> =
        open.iter().filter(|(_, (_, answered))| !answered).map(|(call_id, _)| *call_id).collect();
    missing.sort_unstable();
    faults.extend(missing.iter().map(|call_id| format!("call {call_id:?} has no output")));
    faults
}

fn output_type(call: &str) -> Option<&'static str> {
    match call {
        "function_call" => Some("function_call_output"),
        "custom_tool_call" => Some("custom_tool_call_output"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(input: Value, expected: &[&str]) {
        assert_eq!(unpaired(input.as_array().unwrap()), expected);
    }

    fn call(id: &str) -> Value {
        json!({ "type": "function_call", "call_id": id })
    }

    fn output(id: &str) -> Value {
        json!({ "type": "function_call_output", "call_id": id })
    }

    #[test]
    fn paired_calls_pass() {
        let custom = json!({ "type": "custom_tool_call", "call_id": "c" });
        let custom_output = json!({ "type": "custom_tool_call_output", "call_id": "c" });
        check(json!([call("a"), call("b"), custom, output("a"), output("b"), custom_output]), &[]);
        check(json!([{ "type": "message" }, { "type": "reasoning" }]), &[]);
    }

    #[test]
    fn each_way_of_breaking_a_pair_is_named() {
        check(json!([call("a")]), &["call \"a\" has no output"]);
        check(
            json!([output("a"), call("a")]),
            &["input[0]: function_call_output \"a\" answers no call before it", "call \"a\" has no output"],
        );
        check(json!([call("a"), output("a"), output("a")]), &["input[2]: second output for call \"a\""]);
        check(
            json!([call("a"), call("a"), output("a")]),
            &["input[1]: call id \"a\" is used by a second function_call"],
        );
        check(
            json!([{ "type": "custom_tool_call", "call_id": "a" }, output("a")]),
            &["input[1]: function_call_output answers \"a\", which is a custom_tool_call"],
        );
    }
}
