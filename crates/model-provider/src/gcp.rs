//! OpenAI's models in Google Cloud: where they are, which there are, and whose token is asked for. Established by running
//! the official program against a scripted server.

use std::path::Path;

use crate::bundled::BUNDLED;
use crate::model_info::{ModelInfo, ToolMode};
use crate::{ModelCatalog, ProviderInfo};

/// The provider's id.
pub const GCP_ID: &str = "gcp";
/// Names the project when the config does not.
pub const GCP_PROJECT_VARIABLE: &str = "GOOGLE_CLOUD_PROJECT";
/// Names the file with credentials for Google's own program.
const CREDENTIALS_VARIABLE: &str = "GOOGLE_APPLICATION_CREDENTIALS";
const LOCATION: &str = "global";
const MODELS: [&str; 4] = ["gpt-6.1-sol", "gpt-6-astra", "gpt-6-luna", "gpt-6.1-terra"];

/// Where the models of a project are.
pub fn gcp_base_url(project: &str, location: Option<&str>) -> String {
    let location = location.unwrap_or(LOCATION);
    format!(
        "https://aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/publishers/openai/v1"
    )
}

/// The provider at an address, with every default and no credential.
pub fn gcp_provider(base_url: impl Into<String>) -> ProviderInfo {
    ProviderInfo::custom(GCP_ID, "Google Cloud", base_url)
}

/// The command that prints a token, with the variables it is to see.
pub fn gcp_token_command(
    credential_file: Option<&Path>,
) -> (&'static str, Vec<String>, Vec<(String, String)>) {
    let args = ["auth", "application-default", "print-access-token"].map(str::to_owned).to_vec();
    let file = credential_file.map(|file| (CREDENTIALS_VARIABLE.to_owned(), file.display().to_string()));
    ("gcloud", args, file.into_iter().collect())
}

/// Its models. The service is not asked for them.
pub fn gcp_catalog() -> ModelCatalog {
    let models = MODELS.iter().zip(0..).filter_map(|(slug, priority)| {
        let info = BUNDLED.iter().find(|row| row.slug == *slug)?.info();
        Some(ModelInfo {
            priority,
            use_responses_lite: false,
            tool_mode: ToolMode::Direct,
            upgrade: None,
            ..info
        })
    });
    ModelCatalog::listed(models.collect())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::{gcp_base_url, gcp_catalog};

    #[test]
    fn a_project_has_an_address_and_its_models_an_order() {
        let base = "https://aiplatform.googleapis.com/v1/projects/p/locations";
        assert_eq!(gcp_base_url("p", None), format!("{base}/global/publishers/openai/v1"));
        assert_eq!(gcp_base_url("p", Some("us")), format!("{base}/us/publishers/openai/v1"));
        let slugs: Vec<String> = gcp_catalog().models().into_iter().map(|model| model.slug).collect();
        assert_eq!(slugs, ["gpt-6.1-sol", "gpt-6-astra", "gpt-6-luna", "gpt-6.1-terra"]);
        assert_eq!(gcp_catalog().default_model(), "gpt-6.1-sol");
    }
}
