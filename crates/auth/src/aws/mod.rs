//! Credentials of Amazon Web Services and requests signed with them. The service is told by the caller.

mod chain;
mod credentials;
mod instance;
mod profile;
mod role;
mod signer;
mod sso;
mod sts;

pub use chain::AwsSettings;
pub use credentials::AwsCredentials;
pub use profile::AwsFiles;
pub use signer::AwsSigner;
