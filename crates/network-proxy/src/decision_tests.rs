//! The decision as a table, and what must hold whatever the settings are.

use proptest::prelude::*;

use super::*;
use crate::{HostPattern, Listing};

const NOTHING: Known = Known { rule: None, consented: false, may_ask: false };

fn access(host: &str) -> Access {
    let host = HostName::parse(host).unwrap();
    Access { host, port: 443, protocol: NetworkProtocol::Https, intent: Intent::Unseen }
}

fn settings(allow: &[&str], deny: &[&str]) -> ProxySettings {
    let patterns = |texts: &[&str]| texts.iter().map(|text| HostPattern::parse(text).unwrap()).collect();
    ProxySettings {
        domains: Listing { allow: patterns(allow), deny: patterns(deny) },
        ..ProxySettings::default()
    }
}

#[test]
fn listed_hosts_pass_and_others_are_asked_about_or_blocked() {
    let settings = settings(&["good.com", "**.wide.com"], &["bad.wide.com"]);
    let may_ask = Known { may_ask: true, ..NOTHING };
    assert_eq!(judge(&access("good.com"), &settings, NOTHING), Verdict::Allow);
    assert_eq!(judge(&access("a.wide.com"), &settings, NOTHING), Verdict::Allow);
    assert_eq!(judge(&access("bad.wide.com"), &settings, may_ask), Verdict::Deny(Reason::Denied));
    assert_eq!(judge(&access("other.com"), &settings, NOTHING), Verdict::Deny(Reason::NotAllowed));
    assert_eq!(judge(&access("other.com"), &settings, may_ask), Verdict::Ask);
    assert_eq!(judge(&access("good.com.evil"), &settings, NOTHING), Verdict::Deny(Reason::NotAllowed));
}

#[test]
fn rules_count_and_the_strictest_wins() {
    let settings = settings(&["listed.com"], &["denied.com"]);
    let rule = |rule| Known { rule: Some(rule), ..NOTHING };
    assert_eq!(judge(&access("a.com"), &settings, rule(Decision::Allow)), Verdict::Allow);
    assert_eq!(judge(&access("denied.com"), &settings, rule(Decision::Allow)), Verdict::Deny(Reason::Denied));
    assert_eq!(
        judge(&access("listed.com"), &settings, rule(Decision::Forbidden)),
        Verdict::Deny(Reason::Denied)
    );
    let prompt = Known { rule: Some(Decision::Prompt), may_ask: true, consented: false };
    assert_eq!(judge(&access("listed.com"), &settings, prompt), Verdict::Ask);
    assert_eq!(
        judge(&access("listed.com"), &settings, Known { may_ask: false, ..prompt }),
        Verdict::Deny(Reason::NotAllowed)
    );
    assert_eq!(judge(&access("listed.com"), &settings, Known { consented: true, ..prompt }), Verdict::Allow);
}

#[test]
fn local_places_need_more_than_a_pattern() {
    let wide = settings(&["*"], &[]);
    for host in
        ["127.0.0.1", "::1", "localhost", "a.localhost", "10.1.2.3", "169.254.169.254", "::ffff:7f00:1"]
    {
        assert_eq!(judge(&access(host), &wide, NOTHING), Verdict::Deny(Reason::Local), "{host}");
        let asked = Known { may_ask: true, consented: true, rule: Some(Decision::Allow) };
        assert_eq!(judge(&access(host), &wide, asked), Verdict::Deny(Reason::Local), "{host}");
        assert_eq!(judge(&access(host), &settings(&[host], &[]), NOTHING), Verdict::Allow, "{host}");
        let local = ProxySettings { local_addresses: true, ..wide.clone() };
        assert_eq!(judge(&access(host), &local, NOTHING), Verdict::Allow, "{host}");
    }
}

// threat 20
#[test]
fn a_name_that_leads_home_is_blocked_by_its_addresses() {
    let settings = settings(&["rebind.example"], &["203.0.112.9"]);
    let judge = |addresses: &[&str]| {
        let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        judge_addresses(&access("rebind.example"), &settings, &addresses)
    };
    assert_eq!(judge(&["8.8.8.8", "2606:4700::1"]), None);
    assert_eq!(judge(&["127.0.0.1"]), Some(Reason::Local));
    assert_eq!(judge(&["8.8.8.8", "10.0.0.1"]), Some(Reason::Local));
    assert_eq!(judge(&["::ffff:10.0.0.1"]), Some(Reason::Local));
    assert_eq!(judge(&["8.8.8.8", "203.0.112.9"]), Some(Reason::Denied));
}

#[test]
fn limited_mode_lets_reads_through() {
    let settings = ProxySettings { mode: Mode::Limited, ..settings(&["good.com"], &[]) };
    let verdict = |intent| judge(&Access { intent, ..access("good.com") }, &settings, NOTHING);
    assert_eq!(verdict(Intent::Read), Verdict::Allow);
    assert_eq!(verdict(Intent::Change), Verdict::Deny(Reason::Method));
    assert_eq!(verdict(Intent::Unseen), Verdict::Deny(Reason::Method));
}

fn rule() -> impl Strategy<Value = Option<Decision>> {
    prop::sample::select(vec![None, Some(Decision::Allow), Some(Decision::Prompt), Some(Decision::Forbidden)])
}

proptest! {
    #[test]
    fn deny_beats_everything_and_consent_opens_no_private_door(
        name in "[a-z]{1,4}\\.(com|localhost)",
        v4 in any::<u32>(),
        rule in rule(),
        consented in any::<bool>(),
        may_ask in any::<bool>(),
        local_addresses in any::<bool>(),
    ) {
        let known = Known { rule, consented, may_ask };
        let denied = ProxySettings { local_addresses, ..settings(&["*"], &[&name]) };
        prop_assert_eq!(judge(&access(&name), &denied, known), Verdict::Deny(Reason::Denied));
        let address = std::net::Ipv4Addr::from_bits(v4);
        let open = settings(&["*"], &[]);
        if !is_public(address.into()) {
            let verdict = judge(&access(&address.to_string()), &open, known);
            prop_assert!(matches!(verdict, Verdict::Deny(Reason::Local | Reason::Denied)), "{:?}", verdict);
        }
    }
}
