//! What the model is told about what its commands may do. Our own words; pure.

use codex_config::Config;
use codex_protocol::{ApprovalPolicy, PermissionProfile, SandboxPolicy};

/// How commands that have the network reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    Open,
    Proxied,
}

impl Network {
    /// As a configuration has it.
    pub(crate) fn of(config: &Config) -> Self {
        if config.network_proxy.enabled { Self::Proxied } else { Self::Open }
    }
}

/// The `<permissions instructions>` part of the developer message.
pub(crate) fn instructions(policy: &SandboxPolicy, approval: ApprovalPolicy, network: Network) -> String {
    let files = match policy {
        SandboxPolicy::ReadOnly => {
            "Sandbox mode: read-only. Commands can read every file but cannot create, change or delete any."
        }
        SandboxPolicy::WorkspaceWrite { .. } => {
            "Sandbox mode: workspace-write. Commands can read every file. They can write only below the roots \
             listed with write access in the environment context; version control data and agent settings \
             (.git, .agents, .codex, .aws) at the top of each root stay read-only."
        }
        SandboxPolicy::DangerFullAccess => {
            "Sandbox mode: danger-full-access. Commands run without a sandbox and can change anything the user can. \
             Take care with everything outside the workspace."
        }
        SandboxPolicy::Profile(named) => match &named.profile {
            PermissionProfile::Disabled => {
                "The permission profile has no sandbox: commands can change anything the user can. Take care with \
                 everything outside the workspace."
            }
            PermissionProfile::Managed { .. } => {
                "A permission profile decides about files: the environment context lists what may be read and \
                 written. Of nested entries the longest path counts; what is marked deny stays closed, everything \
                 below it too, and cannot be asked for. What no entry covers can be neither read nor written."
            }
        },
    };
    let network = match (policy.network_enabled(), network) {
        (true, Network::Open) => "Commands may use the network.",
        (true, Network::Proxied) => {
            "Commands reach the network only through the proxy that HTTP_PROXY, ALL_PROXY and the like name, and there \
             only hosts that the user allows. A request to any other host ends the whole command."
        }
        (false, _) => "Commands have no network: opening a connection fails with a permission error.",
    };
    let asking = match approval {
        ApprovalPolicy::Never => {
            "Approval policy: never. Nobody can be asked. A request to run outside the sandbox is refused, so find \
             a way within these limits, or finish with a clear account of what could not be done and why."
        }
        ApprovalPolicy::Granular(flags) if !flags.sandbox_approval => {
            "Approval policy: granular. Nobody can be asked for leave to run outside the sandbox. Find a way within \
             these limits, or finish with a clear account of what could not be done and why."
        }
        ApprovalPolicy::OnRequest | ApprovalPolicy::OnFailure | ApprovalPolicy::Granular(_) => {
            "Approval policy: on-request. When a command needs more than the sandbox allows, ask by setting \
             sandbox_permissions to \"require_escalated\" and give the user one plain question in justification."
        }
        ApprovalPolicy::Untrusted => "Approval policy: untrusted. The user is asked before each command.",
    };
    format!("<permissions instructions>\n{files}\n{network}\n{asking}\n</permissions instructions>")
}
