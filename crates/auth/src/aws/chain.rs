//! Where AWS credentials come from: the first source that is configured, and no other. Invariant: no address is asked
//! that neither the environment nor the chosen profile names.

use std::path::Path;
use std::time::SystemTime;

use serde_json::Value;

use super::credentials::AwsCredentials;
use super::profile::AwsFiles;
use super::role::{Role, RoleSource, SESSION_NAME, roles_of};
use super::{instance, sso, sts};
use crate::provider_auth::run;
use crate::{AuthError, CommandAuth, Env, Secret};

const PROCESS_LIMIT: std::time::Duration = std::time::Duration::from_secs(60);

/// `[model_providers.amazon-bedrock.aws]`, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsSettings {
    /// `profile`; goes before credentials in the environment.
    pub profile: Option<String>,
    /// Where requests are signed for.
    pub region: String,
    /// The name of the service in signatures.
    pub service: &'static str,
    /// `credential_export`: a program that prints credentials; goes before everything else.
    pub export: Option<CommandAuth>,
    /// `auth_refresh`: a program that is run once when there are no credentials, such as `aws sso login`.
    pub refresh: Option<CommandAuth>,
}

impl AwsSettings {
    /// Credentials that are good now.
    pub(crate) async fn credentials(&self, env: &Env) -> Result<AwsCredentials, AuthError> {
        match (self.first_source(env).await, &self.refresh) {
            (Err(AuthError::Aws { .. }), Some(refresh)) => {
                // Its output is for people; what counts is whether there are credentials afterwards.
                match run(refresh).await {
                    Ok(_) | Err(AuthError::CommandSilent { .. }) => self.first_source(env).await,
                    Err(error) => Err(error),
                }
            }
            (found, _) => found,
        }
    }

    async fn first_source(&self, env: &Env) -> Result<AwsCredentials, AuthError> {
        if let Some(export) = &self.export {
            return exported(export).await;
        }
        if self.profile.is_none()
            && let Some(found) = of_environment(env)
        {
            return Ok(found);
        }
        let named = self.profile.clone().or_else(|| env.var("AWS_PROFILE"));
        let name = named.clone().unwrap_or_else(|| "default".to_owned());
        let files = AwsFiles::read(env)?;
        match files.profile(&name) {
            Some(_) => {
                if let Some(found) = self.of_profile(&name, &files, env).await? {
                    return Ok(found);
                }
            }
            None if named.is_some() => {
                return Err(nothing(format!("there is no AWS profile `{name}`")));
            }
            None => {}
        }
        if let Some(role) = role_of_environment(env)
            && let RoleSource::TokenFile(file) = &role.source
        {
            return sts::assume_with_token(&role, file, &self.region, env).await;
        }
        if let Some(found) = instance::of_container(env).await? {
            return Ok(found);
        }
        if env.var("AWS_EC2_METADATA_SERVICE_ENDPOINT").is_some() {
            return instance::of_instance(env).await;
        }
        Err(nothing("there are no AWS credentials".to_owned()))
    }

    /// What the profile has or leads to; `None` when it says nothing of credentials.
    async fn of_profile(
        &self,
        name: &str,
        files: &AwsFiles,
        env: &Env,
    ) -> Result<Option<AwsCredentials>, AuthError> {
        let mut roles = roles_of(name, files)?;
        let Some(role) = roles.pop() else { return of_plain_profile(name, files, env).await };
        let mut present = self.by_its_source(&role, files, env).await?;
        while let Some(role) = roles.pop() {
            present = sts::assume(&role, &present, &self.region, env).await?;
        }
        Ok(Some(present))
    }

    /// The credentials of a role whose source has credentials of its own.
    async fn by_its_source(
        &self,
        role: &Role,
        files: &AwsFiles,
        env: &Env,
    ) -> Result<AwsCredentials, AuthError> {
        let (found, setting) = match &role.source {
            RoleSource::TokenFile(file) => {
                return sts::assume_with_token(role, file, &self.region, env).await;
            }
            RoleSource::Profile(base) => {
                (of_plain_profile(base, files, env).await?, format!("source_profile = {base}"))
            }
            RoleSource::Environment => (of_environment(env), "credential_source = Environment".to_owned()),
            RoleSource::Container => {
                (instance::of_container(env).await?, "credential_source = EcsContainer".to_owned())
            }
            RoleSource::Instance => (Some(instance::of_instance(env).await?), String::new()),
        };
        let by = found.ok_or_else(|| role.wrong(format!("`{setting}` has no credentials")))?;
        sts::assume(role, &by, &self.region, env).await
    }
}

/// The role a cluster gives to its programs through the environment.
fn role_of_environment(env: &Env) -> Option<Role> {
    Some(Role {
        profile: None,
        arn: env.var("AWS_ROLE_ARN")?,
        session_name: env.var("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| SESSION_NAME.to_owned()),
        external_id: None,
        duration: None,
        region: None,
        source: RoleSource::TokenFile(env.var("AWS_WEB_IDENTITY_TOKEN_FILE")?),
    })
}

fn of_environment(env: &Env) -> Option<AwsCredentials> {
    Some(AwsCredentials {
        access_key_id: Secret::new(env.var("AWS_ACCESS_KEY_ID")?),
        secret_access_key: Secret::new(env.var("AWS_SECRET_ACCESS_KEY")?),
        session_token: env.var("AWS_SESSION_TOKEN").map(Secret::new),
        expires_at: None,
    })
}

/// What a profile has without taking on a role.
async fn of_plain_profile(
    name: &str,
    files: &AwsFiles,
    env: &Env,
) -> Result<Option<AwsCredentials>, AuthError> {
    let profile = &files.profile(name).unwrap_or_default();
    let text = |field: &str| profile.get(field).filter(|text| !text.is_empty()).map(Secret::new);
    if let (Some(access_key_id), Some(secret_access_key)) =
        (text("aws_access_key_id"), text("aws_secret_access_key"))
    {
        let session_token = text("aws_session_token");
        let expires_at = None;
        return Ok(Some(AwsCredentials { access_key_id, secret_access_key, session_token, expires_at }));
    }
    if let Some(found) = sso::credentials(name, profile, files, env).await? {
        return Ok(Some(found));
    }
    if let Some(process) = profile.get("credential_process") {
        // The AWS tools hand this line to a shell too.
        let command = CommandAuth {
            env: Vec::new(),
            command: "sh".to_owned(),
            args: vec!["-c".to_owned(), process.clone()],
            timeout: PROCESS_LIMIT,
            refresh_interval: None,
            cwd: Path::new("/").to_owned(),
        };
        return exported(&command).await.map(Some);
    }
    if profile.get("credential_source").is_some_and(|source| source == "Ec2InstanceMetadata") {
        return instance::of_instance(env).await.map(Some);
    }
    Ok(None)
}

async fn exported(command: &CommandAuth) -> Result<AwsCredentials, AuthError> {
    let printed = run(command).await?;
    let body: Value = serde_json::from_str(printed.expose()).unwrap_or_default();
    let found = AwsCredentials::of_json(&body).ok_or_else(|| AuthError::Aws {
        problem: format!("`{}` printed no AWS credentials", command.command),
        hint: "it must print JSON with AccessKeyId and SecretAccessKey".to_owned(),
    })?;
    match found.are_good_at(SystemTime::now()) {
        true => Ok(found),
        false => Err(nothing(format!("the AWS credentials that `{}` printed have ended", command.command))),
    }
}

fn nothing(problem: String) -> AuthError {
    let hint = "export AWS_BEARER_TOKEN_BEDROCK=<key>, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a \
                profile: [model_providers.amazon-bedrock.aws] profile = \"..\"";
    AuthError::Aws { problem, hint: hint.to_owned() }
}
