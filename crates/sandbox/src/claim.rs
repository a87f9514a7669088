//! What a certificate says: each promise of the sandbox, what carries it, and whether it held when it was tried.
//! Owns the words; trying is the work of `certificate` (outside) and `inside` (in the sandbox).

use std::io;
use std::path::Path;

use crate::{Rung, SpawnError, Support};

/// Whether a promise held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It was tried and refused.
    Enforced,
    /// It was tried and went through, or could not be tried; the reason.
    NotEnforced(String),
}

/// One promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What is promised.
    pub promise: &'static str,
    /// The kernel mechanisms that carry it at this level.
    pub mechanism: &'static str,
    /// What the trial showed.
    pub finding: Finding,
}

/// All promises as tried on this system, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The rung that was tried.
    pub rung: Rung,
    /// Every promise, in a fixed order.
    pub claims: Vec<Claim>,
}

impl Certificate {
    /// Whether every promise held.
    pub fn is_whole(&self) -> bool {
        self.claims.iter().all(|claim| claim.finding == Finding::Enforced)
    }
}

/// Why nothing could be certified.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// The folder for the trials.
    #[error("the trial folder `{path}` cannot be prepared: {source}", path = .path.display())]
    Scratch {
        /// The folder.
        path: std::path::PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The trial did not start for another reason than a missing mechanism.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
}

/// Tries every promise on `rung`. `support` is what [`crate::check_support`] found; `probe` is a program with its first arguments that calls [`look_from_inside`] with the
/// arguments it is given after them; `scratch` an empty folder that may be filled.
#[cfg(target_os = "linux")]
pub async fn certify(
    probe: &[std::ffi::OsString],
    scratch: &Path,
    support: &Support,
    rung: Rung,
) -> Result<Certificate, CertifyError> {
    crate::certificate::certify(probe, scratch, support, rung).await
}

/// Nothing is enforced on this platform yet, so there is nothing to try.
#[cfg(not(target_os = "linux"))]
pub async fn certify(
    _probe: &[std::ffi::OsString],
    _scratch: &Path,
    _support: &Support,
    rung: Rung,
) -> Result<Certificate, CertifyError> {
    let claim = Claim {
        promise: "restricted commands are refused",
        mechanism: "none on this platform",
        finding: Finding::NotEnforced("commands run only with full access here".to_owned()),
    };
    Ok(Certificate { rung, claims: vec![claim] })
}

/// Tries the promises that depend on a workspace in that workspace, and leaves it as it was. Where no command may
/// start, the certificate says why.
#[cfg(target_os = "linux")]
pub async fn certify_workspace(
    probe: &[std::ffi::OsString],
    workspace: &Path,
    support: &Support,
    rung: Rung,
) -> Result<Certificate, CertifyError> {
    crate::certificate::certify_workspace(probe, workspace, support, rung).await
}

/// Nothing is enforced on this platform yet, so there is nothing to try.
#[cfg(not(target_os = "linux"))]
pub async fn certify_workspace(
    _probe: &[std::ffi::OsString],
    _workspace: &Path,
    _support: &Support,
    rung: Rung,
) -> Result<Certificate, CertifyError> {
    Ok(Certificate { rung, claims: Vec::new() })
}

/// Tries from within the sandbox what must not work, and returns a line for each trial. For the probe program of
/// [`certify`] only: outside of a sandbox it would write where it must not.
#[cfg(target_os = "linux")]
pub fn look_from_inside(arguments: &[String]) -> Option<String> {
    crate::inside::look(arguments)
}

/// There is no inside on this platform yet.
#[cfg(not(target_os = "linux"))]
pub fn look_from_inside(_arguments: &[String]) -> Option<String> {
    None
}
