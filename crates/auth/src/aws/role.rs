//! Profiles that take on a role: what one says of it, and the chain of profiles it leads to. Pure: reads settings that
//! were read, asks nobody. Invariant: every profile is passed once, so a chain ends.

use std::time::Duration;

use super::profile::{AwsFiles, Section};
use crate::AuthError;

/// Shortest and longest session of a role, in seconds, as the service takes them.
const DURATION_S: std::ops::RangeInclusive<u64> = 900..=43_200;
/// How the service knows sessions that nobody named.
pub(crate) const SESSION_NAME: &str = "codex";

/// A role to take on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    /// The profile that says so; `None` when the environment does.
    pub(crate) profile: Option<String>,
    pub(crate) arn: String,
    pub(crate) session_name: String,
    pub(crate) external_id: Option<String>,
    /// `None`: as long as the service gives by itself.
    pub(crate) duration: Option<Duration>,
    /// The profile's region, where it is taken on.
    pub(crate) region: Option<String>,
    pub(crate) source: RoleSource,
}

/// Who vouches for whoever takes on a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RoleSource {
    /// `source_profile`
    Profile(String),
    /// `credential_source = Environment`
    Environment,
    /// `credential_source = Ec2InstanceMetadata`
    Instance,
    /// `credential_source = EcsContainer`
    Container,
    /// `web_identity_token_file`
    TokenFile(String),
}

/// The roles to take on for a profile, the last one first: the source of the last in the list has credentials of its own.
/// Empty for a profile that takes on none.
///
/// # Errors
/// When a setting is wrong, or a chain has no end.
pub(crate) fn roles_of(profile: &str, files: &AwsFiles) -> Result<Vec<Role>, AuthError> {
    let mut roles: Vec<Role> = Vec::new();
    let mut present = profile.to_owned();
    loop {
        let Some(section) = files.profile(&present) else {
            return match roles.last() {
                Some(role) => {
                    Err(role.wrong(format!("`source_profile` names `{present}`, which there is not")))
                }
                None => Ok(roles),
            };
        };
        // A source with keys is used as it stands, whatever role it could take on.
        if !roles.is_empty() && has_keys(&section) {
            return Ok(roles);
        }
        let Some(role) = Role::of(&present, &section)? else { return Ok(roles) };
        if let Some(again) = roles.iter().position(|role| role.profile.as_ref() == Some(&present)) {
            let names = roles[again..].iter().filter_map(|role| role.profile.as_deref());
            let circle: Vec<&str> = names.chain([present.as_str()]).collect();
            return Err(role.wrong(format!("`source_profile` goes in a circle: {}", circle.join(" -> "))));
        }
        let source = role.source.clone();
        roles.push(role);
        match source {
            RoleSource::Profile(next) => present = next,
            _ => return Ok(roles),
        }
    }
}

impl Role {
    /// The role of a profile; `None` when it takes on none.
    fn of(profile: &str, section: &Section) -> Result<Option<Self>, AuthError> {
        let text = |field: &str| section.get(field).filter(|text| !text.is_empty()).cloned();
        let Some(arn) = text("role_arn") else { return Ok(None) };
        let failed = |problem: &str| Err(wrong(Some(profile), problem.to_owned()));
        if text("mfa_serial").is_some() {
            return failed("`mfa_serial` asks for a code of a device, which cannot be typed here");
        }
        let duration = match text("duration_seconds") {
            None => None,
            Some(text) => match text.parse() {
                Ok(seconds) if DURATION_S.contains(&seconds) => Some(Duration::from_secs(seconds)),
                _ => return failed("`duration_seconds` is no number from 900 to 43200"),
            },
        };
        let named = text("credential_source");
        let source = match (text("web_identity_token_file"), text("source_profile"), named.as_deref()) {
            (Some(file), _, _) => RoleSource::TokenFile(file),
            (None, Some(_), Some(_)) => {
                return failed("only one of `source_profile` and `credential_source` can be set");
            }
            (None, Some(profile), None) => RoleSource::Profile(profile),
            (None, None, Some("Environment")) => RoleSource::Environment,
            (None, None, Some("Ec2InstanceMetadata")) => RoleSource::Instance,
            (None, None, Some("EcsContainer")) => RoleSource::Container,
            (None, None, Some(_)) => {
                return failed(
                    "`credential_source` is none of Environment, Ec2InstanceMetadata, EcsContainer",
                );
            }
            (None, None, None) => {
                return failed(
                    "`role_arn` needs `source_profile`, `credential_source` or `web_identity_token_file`",
                );
            }
        };
        Ok(Some(Self {
            profile: Some(profile.to_owned()),
            arn,
            session_name: text("role_session_name").unwrap_or_else(|| SESSION_NAME.to_owned()),
            external_id: text("external_id"),
            duration,
            region: text("region"),
            source,
        }))
    }

    /// Something about this role cannot work.
    pub(crate) fn wrong(&self, problem: String) -> AuthError {
        wrong(self.profile.as_deref(), problem)
    }
}

/// Whether the profile itself holds keys.
pub(crate) fn has_keys(section: &Section) -> bool {
    ["aws_access_key_id", "aws_secret_access_key"]
        .iter()
        .all(|name| section.get(*name).is_some_and(|text| !text.is_empty()))
}

fn wrong(profile: Option<&str>, problem: String) -> AuthError {
    let Some(profile) = profile else {
        let hint = "check AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE".to_owned();
        return AuthError::Aws { problem, hint };
    };
    AuthError::Aws {
        problem: format!("the AWS profile `{profile}`: {problem}"),
        hint: format!(
            "correct it in ~/.aws/config (AWS_CONFIG_FILE), or let the AWS program get the credentials: \
             aws.credential_export = {{ command = \"aws\", args = [\"configure\", \"export-credentials\", \
             \"--profile\", \"{profile}\"] }}"
        ),
    }
}

#[cfg(test)]
#[path = "role_tests.rs"]
mod tests;
