//! Feature flags.

use codex_config::{FeatureState, Stage};
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::world::World;

// covers: config 17
#[test]
fn the_list_has_every_flag_once_sorted_by_name() {
    let known: Value = serde_json::from_str(include_str!("../data/features.json")).unwrap();
    let mut expected: Vec<_> = known
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            (text("name"), text("stage"), row["default"].as_bool().unwrap())
        })
        .collect();
    expected.sort();
    let listed = World::new().config().features.list();
    let listed: Vec<_> =
        listed.iter().map(|f| (f.name.to_owned(), f.stage.as_str().to_owned(), f.enabled)).collect();
    assert_eq!(listed, expected);
}

// covers: config 17
#[test]
fn files_overrides_and_flags_set_features() {
    let mut world = World::user(
        "[features]\nview_image = false\nsteer = false\n\"guardianv2.thread_context\" = true\n\
         [features.multi_agent_v2]\nenabled = true\n",
    )
    .over(&["features.goals=false", "features.plugins=false"]);
    world.request.enable = vec!["plugins".to_owned(), "guardianv2.thread_context".to_owned()];
    world.request.disable = vec!["hooks".to_owned()];
    let features = world.config().features;
    let set: Vec<_> = features.explicit().collect();
    let expected = [
        ("goals", false),
        ("guardianv2.thread_context", true),
        ("hooks", false),
        ("multi_agent_v2", true),
        ("plugins", true),
        ("steer", false),
        ("view_image", false),
    ];
    assert_eq!(set, expected);
    assert!(!features.enabled("view_image") && features.enabled("unified_exec"));
    assert!(!features.enabled("no such flag"));
    let row = features.list().into_iter().find(|f| f.name == "steer");
    assert_eq!(row, Some(FeatureState { name: "steer", stage: Stage::Removed, enabled: false }));
}

#[test]
fn a_dotted_flag_may_be_written_as_a_table() {
    let features = World::user("features.guardianv2.thread_context = true").config().features;
    assert!(features.enabled("guardianv2.thread_context"));
    assert!(!features.enabled("guardianv2"));
}
