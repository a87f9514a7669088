//! Which secrets a configuration and an environment bring along. What is found here is known to the whole process, so
//! that nothing it writes holds it. Credentials that come later are learned where they arrive (`auth`).

use std::ffi::OsString;

use codex_auth::StoredLogin;
use codex_config::Config;
use codex_secrets::KnownSecrets;

/// Learns everything that looks like a key in the environment and what the configuration says is one; gives what saved
/// threads, names and prompts must not hold: nothing, with `privacy.mask_secrets = false`.
pub fn known_secrets(config: &Config, env: &[(OsString, OsString)]) -> KnownSecrets {
    let known = KnownSecrets::of_process();
    known.except(config.privacy.unmasked_variables.iter().map(String::as_str));
    if let Some(provider) = config.provider_table() {
        for name in provider.env_key.iter().chain(provider.env_http_headers.values()) {
            let value = env.iter().find(|(known, _)| known.to_str() == Some(name));
            if let Some(value) = value.and_then(|(_, value)| value.to_str()) {
                known.learn(name, value);
            }
        }
        if let Some(token) = &provider.experimental_bearer_token {
            known.learn("experimental_bearer_token", token.expose());
        }
        for (name, value) in provider.http_headers.iter().chain(&provider.query_params) {
            known.learn_header(name, value.expose());
        }
    }
    // Read to know it: a command may print the file whatever this thread logs in with. What is wrong with it is told
    // when it is needed.
    let _ = StoredLogin::read(&config.codex_home);
    known.learn_env(env.iter().map(|(name, value)| (name, value)));
    known.learn_env(&config.shell_environment_policy.set);
    match config.privacy.mask_secrets {
        true => known,
        false => KnownSecrets::none(),
    }
}
