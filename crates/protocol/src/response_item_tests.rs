//! Reading and writing items: what survives, what is refused.

use pretty_assertions::assert_eq;

use super::*;

#[test]
fn unknown_types_and_fields_keep_their_text() {
    let text = r#"{"zz":1.0e5,"type":"hologram","deep":{"b":1,"a":[null,1.10]},"id":"h_1"}"#;
    let item = ResponseItem::from_json(text).unwrap();
    assert_eq!(item.kind(), &ItemKind::Unknown("hologram".into()));
    assert_eq!(item.id(), Some(&ItemId::new("h_1")));
    assert_eq!(serde_json::to_string(&item).unwrap(), text);
}

#[test]
fn passthrough_is_kept_apart_and_written_back_last() {
    let text = r#"{"type":"message","internal_chat_message_metadata_passthrough":{"turn_id":"t"},"role":"user","x":2}"#;
    let item = ResponseItem::from_json(text).unwrap();
    let mut stripped = Vec::new();
    item.write_json(&mut stripped, Passthrough::Strip);
    assert_eq!(String::from_utf8(stripped).unwrap(), r#"{"type":"message","role":"user","x":2}"#);
    let mut kept = Vec::new();
    item.write_json(&mut kept, Passthrough::Keep);
    let again = ResponseItem::from_json(std::str::from_utf8(&kept).unwrap()).unwrap();
    assert_eq!(again, item);
    assert_eq!(item.turn_id().as_deref(), Some("t"));
}

#[test]
fn not_an_item_is_an_error() {
    for text in ["[]", "{}", r#"{"type":3}"#, "nope", r#"{"type":"message""#] {
        assert!(ResponseItem::from_json(text).is_err(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_panic(text in "\\PC*") {
        let _ = ResponseItem::from_json(&text);
    }

    #[test]
    fn any_object_with_a_type_round_trips(key in "[a-z]{1,8}", value in "\\PC*") {
        let body = serde_json::json!({"type": "message", "role": "user", key: value});
        let item = ResponseItem::from_body(&body).unwrap();
        proptest::prop_assert_eq!(serde_json::to_value(&item).unwrap(), body);
    }
}
