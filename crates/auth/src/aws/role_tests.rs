//! Chains of profiles: what each setting means, and every way they can be wrong.

use pretty_assertions::assert_eq;

use super::*;
use crate::Env;

fn chain(config: &str, profile: &str) -> Result<Vec<Role>, String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config");
    std::fs::write(&file, config).unwrap();
    let files = AwsFiles::read(&Env::of([("AWS_CONFIG_FILE", file.to_str().unwrap())])).unwrap();
    roles_of(profile, &files).map_err(|error| error.to_string())
}

fn role(profile: &str, source: RoleSource) -> Role {
    Role {
        profile: Some(profile.to_owned()),
        arn: format!("arn:{profile}"),
        session_name: "codex".to_owned(),
        external_id: None,
        duration: None,
        region: None,
        source,
    }
}

#[test]
fn a_chain_ends_at_the_first_profile_with_credentials_of_its_own() {
    let config = "[profile a]\nrole_arn = arn:a\nsource_profile = b\nexternal_id = x-1\nduration_seconds = 3600\n\
        role_session_name = me\nregion = eu-1\n[profile b]\nrole_arn = arn:b\nsource_profile = c\n\
        [profile c]\nrole_arn = arn:c\nsource_profile = c\naws_access_key_id = id\naws_secret_access_key = key\n";
    let a = Role {
        session_name: "me".to_owned(),
        external_id: Some("x-1".to_owned()),
        duration: Some(Duration::from_secs(3600)),
        region: Some("eu-1".to_owned()),
        ..role("a", RoleSource::Profile("b".to_owned()))
    };
    let b = role("b", RoleSource::Profile("c".to_owned()));
    assert_eq!(chain(config, "a"), Ok(vec![a, b]));
    // A profile may be its own source: its keys take on its role.
    let c = role("c", RoleSource::Profile("c".to_owned()));
    assert_eq!(chain(config, "c"), Ok(vec![c]));
    let plain = chain("[profile p]\nregion = r\n", "p");
    assert_eq!(plain, Ok(Vec::new()));
}

#[test]
fn sources_other_than_profiles_end_a_chain() {
    for (setting, source) in [
        ("credential_source = Environment", RoleSource::Environment),
        ("credential_source = Ec2InstanceMetadata", RoleSource::Instance),
        ("credential_source = EcsContainer", RoleSource::Container),
        ("web_identity_token_file = /t\nsource_profile = q", RoleSource::TokenFile("/t".to_owned())),
    ] {
        let found = chain(&format!("[profile p]\nrole_arn = arn:p\n{setting}\n"), "p");
        assert_eq!(found, Ok(vec![role("p", source)]), "{setting}");
    }
}

#[test]
fn what_is_wrong_is_told_with_the_profile_and_the_setting() {
    for (settings, problem) in [
        ("", "`role_arn` needs `source_profile`, `credential_source` or `web_identity_token_file`"),
        ("source_profile = gone", "`source_profile` names `gone`, which there is not"),
        ("source_profile = p", "`source_profile` goes in a circle: p -> p"),
        ("source_profile = q", "`source_profile` goes in a circle: p -> q -> p"),
        (
            "source_profile = q\ncredential_source = Environment",
            "only one of `source_profile` and `credential_source` can be set",
        ),
        (
            "credential_source = Moon",
            "`credential_source` is none of Environment, Ec2InstanceMetadata, EcsContainer",
        ),
        ("source_profile = k\nduration_seconds = 1", "`duration_seconds` is no number from 900 to 43200"),
        (
            "source_profile = k\nmfa_serial = arn:m",
            "`mfa_serial` asks for a code of a device, which cannot be typed here",
        ),
    ] {
        let config = format!(
            "[profile p]\nrole_arn = arn:p\n{settings}\n[profile q]\nrole_arn = arn:q\nsource_profile = p\n\
             [profile k]\naws_access_key_id = id\naws_secret_access_key = key\n"
        );
        let expected = format!("the AWS profile `p`: {problem}");
        assert_eq!(chain(&config, "p").unwrap_err(), expected);
    }
}
