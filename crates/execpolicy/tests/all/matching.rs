//! Which rules match, and what is printed.

use codex_execpolicy::{Decision, HostExecutables, HostName, MatchReport, NetworkProtocol};
use pretty_assertions::assert_eq;

use crate::{argv, rules};

// covers: safety S25
#[test]
fn the_strictest_matching_rule_decides() {
    let policy = rules(
        r#"
prefix_rule(pattern=["git"])
prefix_rule(pattern=["git", "push"], decision="prompt")
prefix_rule(pattern=["git", ["push", "pull"], "--force"], decision="forbidden", justification="never by force")
"#,
    )
    .expect("rules");
    let decide = |command: &str| policy.decide(&argv(command), HostExecutables::Literal);
    assert_eq!(decide("git status"), Some(Decision::Allow));
    assert_eq!(decide("git push origin"), Some(Decision::Prompt));
    assert_eq!(decide("git pull --force"), Some(Decision::Forbidden));
    assert_eq!(decide("gitk"), None);
    assert_eq!(decide("/usr/bin/git status"), None);
}

// covers: safety S26
#[test]
fn the_report_has_a_decision_only_with_a_match() {
    let policy = rules(
        "prefix_rule(pattern=[[\"ls\", \"dir\"]], justification=\"only looks\")\n\
         host_executable(name=\"ls\", paths=[\"/bin/ls\"])",
    )
    .expect("rules");
    let report = |command: &str, executables| {
        serde_json::to_string(&MatchReport::of(&policy, &argv(command), executables)).expect("JSON")
    };
    assert_eq!(report("cat x", HostExecutables::Resolve), r#"{"matchedRules":[]}"#);
    assert_eq!(
        report("ls -l", HostExecutables::Literal),
        r#"{"matchedRules":[{"prefixRuleMatch":{"matchedPrefix":["ls"],"decision":"allow","justification":"only looks"}}],"decision":"allow"}"#,
    );
    assert_eq!(report("/bin/ls -l", HostExecutables::Literal), r#"{"matchedRules":[]}"#);
    assert_eq!(
        report("/bin/ls -l", HostExecutables::Resolve),
        r#"{"matchedRules":[{"prefixRuleMatch":{"matchedPrefix":["ls"],"decision":"allow","resolvedProgram":"/bin/ls","justification":"only looks"}}],"decision":"allow"}"#,
    );
    assert_eq!(report("/tmp/ls -l", HostExecutables::Resolve), r#"{"matchedRules":[]}"#);
}

// threat 21
#[test]
fn hosts_are_compared_whole() {
    let policy = rules(
        "network_rule(\"Good.com.\", \"https\", \"allow\")\nnetwork_rule(\"good.com\", \"https\", \"deny\")\n\
         network_rule(\"good.com\", \"http\", \"allow\")",
    )
    .expect("rules");
    let decide = |host: &str, protocol| policy.decide_host(&HostName::parse(host).expect("a host"), protocol);
    assert_eq!(decide("good.com", NetworkProtocol::Https), Some(Decision::Forbidden));
    assert_eq!(decide("GOOD.com", NetworkProtocol::Http), Some(Decision::Allow));
    assert_eq!(decide("good.com.evil", NetworkProtocol::Http), None);
    assert_eq!(decide("agood.com", NetworkProtocol::Http), None);
}
