//! From flags and surroundings to a configuration. Owns which flag becomes which part of a load.

use std::path::PathBuf;
use std::sync::Arc;

use codex_config::{
    Config, FlagOverrides, LoadRequest, Oss, ProjectTrust, RuleFiles, Strictness, TrustLevel, UserLayer,
    find_project_root, load, remember_trusted, resolve_codex_home, trust_project,
};
use codex_core::known_secrets;
use codex_protocol::{ApprovalPolicy, ApprovalsReviewer, SandboxMode};

use crate::args::{AgentArgs, ConfigArgs, PlaceArgs, RootArgs, TurnArgs};
use crate::error::CliError;
use crate::process::Process;

/// A configuration and what there is to say about it.
pub(crate) struct Settings {
    /// All layers and flags.
    pub(crate) config: Arc<Config>,
    /// To be shown.
    pub(crate) warnings: Vec<String>,
}

/// Every flag that shapes a configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    pub(crate) config: ConfigArgs,
    pub(crate) agent: AgentArgs,
    pub(crate) place: PlaceArgs,
    pub(crate) turn: TurnArgs,
    /// When a person is asked; `None` leaves it to the config.
    pub(crate) approval: Option<ApprovalPolicy>,
}

impl Flags {
    /// The flags before the command and those of a command that takes only `-c` and its kin.
    pub(crate) fn inspecting(root: RootArgs, config: ConfigArgs) -> Self {
        Self {
            config: root.config.with(config),
            agent: root.agent,
            place: root.place,
            turn: TurnArgs::default(),
            approval: Some(ApprovalPolicy::Never),
        }
    }

    /// Whether a reviewer answers questions: `--approve-for-me`, unless nothing is asked anyway.
    pub(crate) fn reviews(&self) -> bool {
        self.place.approve_for_me && !self.agent.dangerously_bypass_approvals_and_sandbox
    }

    /// Flags that this version understands but cannot honour.
    pub(crate) fn check_available(&self) -> Result<(), CliError> {
        let unavailable = [
            (self.agent.worktree, "--worktree"),
            (self.turn.cyber_access_program.is_some(), "--cyber-access-program"),
        ];
        match unavailable.iter().find(|(given, _)| *given) {
            Some((_, flag)) => Err(CliError::NotAvailable(flag)),
            None => Ok(()),
        }
    }

    /// The load these flags ask for.
    pub(crate) fn load_request(&self, process: &Process) -> Result<LoadRequest, CliError> {
        let codex_home = resolve_codex_home(process.var("CODEX_HOME"), process.home_dir.as_deref())?;
        let cwd = match &self.place.cd {
            Some(dir) => working_folder(process, dir)?,
            None => process.cwd.clone(),
        };
        let bypass = self.agent.dangerously_bypass_approvals_and_sandbox;
        let mut overrides = self.config.overrides.clone();
        if bypass {
            // The one way past the question about what would be deleted.
            overrides.push("blast_radius.enabled=false".to_owned());
        }
        let flags = FlagOverrides {
            model: self.agent.model.clone(),
            model_provider: None,
            sandbox_mode: match (bypass, self.place.sandbox) {
                (true, _) => Some(SandboxMode::DangerFullAccess),
                (false, Some(sandbox)) => Some(sandbox.into()),
                (false, None) => self.place.approve_for_me.then_some(SandboxMode::WorkspaceWrite),
            },
            permission_profile: self.place.permission_profile.clone(),
            approval_policy: self.approval,
            approvals_reviewer: self.reviews().then_some(ApprovalsReviewer::AutoReview),
            web_search: None,
            oss: match self.place.oss {
                true => Oss::Yes { local_provider: self.place.local_provider.clone() },
                false => Oss::No,
            },
            add_dirs: self.place.add_dirs.clone(),
            trust: if self.turn.trust { ProjectTrust::TrustRoot } else { ProjectTrust::AsStored },
        };
        Ok(LoadRequest {
            home_dir: process.home_dir.clone(),
            sqlite_home_env: process.path_var("CODEX_SQLITE_HOME"),
            profile: self.place.profile.clone(),
            overrides,
            enable: self.config.enable.clone(),
            disable: self.config.disable.clone(),
            strictness: if self.config.strict_config { Strictness::Strict } else { Strictness::Lenient },
            user_layer: if self.turn.ignore_user_config { UserLayer::Skip } else { UserLayer::Read },
            rule_files: if self.turn.ignore_rules { RuleFiles::Skip } else { RuleFiles::Read },
            flags,
            ..LoadRequest::new(codex_home, cwd)
        })
    }

    /// Loads, and stores the trust that was asked for.
    pub(crate) fn load(&self, process: &Process) -> Result<Settings, CliError> {
        let request = self.load_request(process)?;
        let loaded = load(&request)?;
        let Config { codex_home, cwd, project, .. } = &loaded.config;
        if self.turn.trust {
            trust_project(codex_home, &project.root)?;
            remember_trusted(codex_home, &project.root, cwd)?;
        } else if project.unrecorded
            && let Err(error) = remember_trusted(codex_home, &project.root, cwd)
        {
            tracing::warn!(%error, "what the project holds is not recorded");
        }
        // From here on errors and logs are without them.
        let _ = known_secrets(&loaded.config, &process.env);
        let warnings = loaded.warnings.iter().map(ToString::to_string).collect();
        Ok(Settings { config: Arc::new(loaded.config), warnings })
    }

    /// Refuses to work where changes could not be taken back (`exec.md §6`).
    pub(crate) fn check_repository(&self, config: &Config) -> Result<(), CliError> {
        let waived = self.turn.skip_git_repo_check || self.agent.dangerously_bypass_approvals_and_sandbox;
        let trusted = config.project.trust == Some(TrustLevel::Trusted);
        if waived || trusted || find_project_root(&config.cwd, &[".git".to_owned()]).is_some() {
            return Ok(());
        }
        Err(CliError::NotARepository(config.cwd.clone()))
    }
}

fn working_folder(process: &Process, dir: &std::path::Path) -> Result<PathBuf, CliError> {
    let refused = |source| CliError::Cd { path: dir.to_path_buf(), source };
    let path = std::fs::canonicalize(process.cwd.join(dir)).map_err(refused)?;
    if path.is_dir() { Ok(path) } else { Err(refused(std::io::ErrorKind::NotADirectory.into())) }
}
