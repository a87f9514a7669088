//! What is offered, in which order and shape.

use codex_tools::{OfferCx, PatchForm, Registry};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::offer;

const RECORDED: &str = include_str!("../data/offered-gpt-5.5.json");

fn names(specs: &[Value]) -> Vec<&str> {
    specs.iter().map(|spec| spec["name"].as_str().or(spec["type"].as_str()).unwrap()).collect()
}

/// Takes away the words, keeps the shape.
fn shape(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(key, value)| {
                !(matches!(key.as_str(), "description" | "definition") && value.is_string())
            })
            .map(|(key, value)| (key, shape(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(shape).collect(),
        other => other,
    }
}

#[test]
fn the_shape_is_the_recorded_one_key_by_key() {
    let ours = shape(Value::Array(Registry::new(offer()).specs()));
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    // Compared as text: the order of keys is part of the shape.
    assert_eq!(
        serde_json::to_string_pretty(&ours).unwrap(),
        serde_json::to_string_pretty(&recorded).unwrap()
    );
}

// covers: tools T2
#[test]
fn exec_command_is_first_and_web_search_last() {
    let with_plan = Registry::new(OfferCx { update_plan: true, ..offer() }).specs();
    assert_eq!(
        names(&with_plan),
        [
            "exec_command",
            "write_stdin",
            "update_plan",
            "request_user_input",
            "apply_patch",
            "view_image",
            "web_search"
        ]
    );
}

#[test]
fn the_plan_tool_has_the_recorded_shape() {
    let specs = Registry::new(OfferCx { update_plan: true, ..OfferCx::default() }).specs();
    let step = json!({
        "type": "object",
        "properties": {
            "status": {"type": "string", "enum": ["pending", "in_progress", "completed"]},
            "step": {"type": "string"},
        },
        "required": ["step", "status"],
        "additionalProperties": false,
    });
    assert_eq!(
        shape(specs[2]["parameters"].clone()),
        json!({
            "type": "object",
            "properties": {"explanation": {"type": "string"}, "plan": {"type": "array", "items": step}},
            "required": ["plan"],
            "additionalProperties": false,
        })
    );
}

// covers: tools T1
#[test]
fn a_model_without_metadata_gets_no_apply_patch() {
    let specs = Registry::new(OfferCx { view_image: true, ..OfferCx::default() }).specs();
    assert_eq!(names(&specs), ["exec_command", "write_stdin", "view_image"]);
}

#[test]
fn the_lite_shape_wraps_our_tools_in_one_namespace() {
    let registry = Registry::new(offer());
    let lite = registry.lite_specs();
    assert_eq!(names(&lite), ["functions", "web_search"]);
    assert_eq!(lite[0]["type"], "namespace");
    let mut wrapped = lite[0]["tools"].as_array().unwrap().clone();
    wrapped.push(lite[1].clone());
    assert_eq!(wrapped, registry.specs());
}

#[test]
fn the_function_form_of_apply_patch_takes_one_string() {
    let specs =
        Registry::new(OfferCx { apply_patch: Some(PatchForm::Function), ..OfferCx::default() }).specs();
    assert_eq!(names(&specs), ["exec_command", "write_stdin", "apply_patch"]);
    assert_eq!(
        shape(specs[2].clone()),
        json!({
            "type": "function",
            "name": "apply_patch",
            "strict": false,
            "parameters": {
                "type": "object",
                "properties": {"input": {"type": "string"}},
                "required": ["input"],
                "additionalProperties": false,
            },
        })
    );
}

#[test]
fn every_parameter_is_described() {
    let specs = Registry::new(OfferCx { update_plan: true, ..offer() }).specs();
    for spec in &specs[..5] {
        assert!(spec["description"].as_str().is_some_and(|text| text.len() > 20), "{spec}");
        for (name, schema) in spec["parameters"]["properties"].as_object().into_iter().flatten() {
            assert!(schema["description"].is_string(), "{} of {}", name, spec["name"]);
        }
    }
}
