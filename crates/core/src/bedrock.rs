//! Amazon Bedrock from the config and the environment: region, address, and what proves who asks
//! (`responses-wire.md §5.9`). Reads the AWS files; asks nobody.

use std::sync::Arc;

use codex_auth::{
    AuthError, AwsFiles, AwsSettings, AwsSigner, CommandAuth, Env, ProviderAuth, RequestSigner, Secret,
};
use codex_config::{Config, ProviderAws, ProviderAwsCommand};
use codex_model_provider::{BedrockService, ProviderInfo};

use crate::provider::{command_auth, login_place};

/// Goes before signatures.
const KEY_VARIABLE: &str = "AWS_BEARER_TOKEN_BEDROCK";

/// The provider, and who signs its requests when no bearer credential is there.
///
/// # Errors
/// When no region is named, or the AWS files cannot be read.
pub(crate) fn bedrock(
    service: BedrockService,
    config: &Config,
    env: &Env,
) -> Result<(ProviderInfo, Option<Arc<dyn RequestSigner>>), AuthError> {
    let table = config.provider_table();
    let aws = table.and_then(|table| table.aws.as_ref());
    let base_url = table.and_then(|table| table.base_url.clone());
    let stored = login_place(config).find().ok().flatten().and_then(|login| login.bedrock);
    let auth = match (table.and_then(|table| table.auth.as_ref()), env.var(KEY_VARIABLE), &stored) {
        (Some(command), _, _) => Some(ProviderAuth::Command(command_auth(command, config))),
        (None, Some(_), _) => Some(ProviderAuth::EnvKey { var: KEY_VARIABLE.to_owned(), instructions: None }),
        (None, None, Some(stored)) => Some(ProviderAuth::Bearer(stored.api_key.clone())),
        (None, None, None) => None,
    };
    let region = match region(aws, env)? {
        Some(region) => Some(region),
        None => stored.as_ref().and_then(|stored| stored.region.clone()),
    };
    // A bearer credential at an address of one's own needs no region.
    let region = match (region, &base_url, &auth) {
        (Some(region), _, _) => region,
        (None, Some(_), Some(_)) => String::new(),
        (None, _, _) => return Err(no_region(service)),
    };
    let mut info = service.provider(base_url.unwrap_or_else(|| service.base_url(&region)));
    let headers = table.map(|table| table.http_headers.iter()).into_iter().flatten();
    info.http_headers.extend(headers.map(|(name, value)| (name.clone(), Secret::new(value.expose()))));
    let Some(auth) = auth else {
        let settings = AwsSettings {
            profile: aws.and_then(|aws| aws.profile.clone()),
            region,
            service: service.signing_name(),
            export: aws.and_then(|aws| aws.credential_export.as_ref()).map(|run| program(run, config)),
            refresh: aws.and_then(|aws| aws.auth_refresh.as_ref()).map(|run| program(run, config)),
        };
        return Ok((info, Some(Arc::new(AwsSigner::new(settings, env.clone())))));
    };
    info.auth = auth;
    Ok((info, None))
}

fn region(aws: Option<&ProviderAws>, env: &Env) -> Result<Option<String>, AuthError> {
    let named = aws.and_then(|aws| aws.region.clone());
    let named = named.or_else(|| env.var("AWS_REGION")).or_else(|| env.var("AWS_DEFAULT_REGION"));
    if named.is_some() {
        return Ok(named);
    }
    let profile = aws.and_then(|aws| aws.profile.clone()).or_else(|| env.var("AWS_PROFILE"));
    Ok(AwsFiles::read(env)?.region(profile.as_deref().unwrap_or("default")))
}

fn program(run: &ProviderAwsCommand, config: &Config) -> CommandAuth {
    CommandAuth {
        env: Vec::new(),
        command: run.command.clone(),
        args: run.args.clone(),
        timeout: run.timeout,
        refresh_interval: None,
        cwd: config.cwd.clone(),
    }
}

fn no_region(service: BedrockService) -> AuthError {
    AuthError::Aws {
        problem: "no AWS region is named for Amazon Bedrock".to_owned(),
        hint: format!(
            "export AWS_REGION=<region>, or set `region` under [model_providers.{}.aws] in config.toml",
            service.id()
        ),
    }
}
