//! Skills of a thread: where they may come from, and what they say now.
//! Invariant: a project that is not trusted brings none; without folders of skills nothing is waited for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use codex_config::{Config, TrustLevel};
use codex_protocol::{ContentPart, Permissions, ResponseItem, Role, Surroundings, TurnId, UserInput};
use codex_sandbox::may_read;
use codex_skills::{Catalog, Roots, Scope, mentioned};

use crate::child::lineage::ChildKind;
use crate::context::skills::selected;
use crate::error::RecordError;
use crate::thread::session::Session;

/// What `content_item_kinds` calls the file of a named skill.
const SELECTED_KIND: &str = "skills.selected_skill_instructions";

/// Where the skills of a configuration lie (`agents.md §5`).
pub fn skill_roots(config: &Config, env: &[(OsString, OsString)]) -> Roots {
    roots(config, &config.cwd, env)
}

fn roots(config: &Config, cwd: &Path, env: &[(OsString, OsString)]) -> Roots {
    let home = env.iter().find(|(name, _)| name == if cfg!(windows) { "USERPROFILE" } else { "HOME" });
    let project = match config.project.trust {
        Some(TrustLevel::Trusted) => folders_up_to(cwd, &config.project.root),
        Some(TrustLevel::Untrusted) | None => Vec::new(),
    };
    Roots {
        project,
        codex_home: Some(config.codex_home.clone()),
        home: home.map(|(_, value)| PathBuf::from(value)),
        system: cfg!(unix).then(|| PathBuf::from(codex_config::SYSTEM_DIR)),
        bundled: config.skills.bundled,
        disabled: config.skills.disabled.clone(),
        disabled_names: config.skills.disabled_names.clone(),
    }
}

fn folders_up_to(cwd: &Path, root: &Path) -> Vec<PathBuf> {
    cwd.ancestors().take_while(|folder| folder.starts_with(root)).map(Path::to_path_buf).collect()
}

/// The skills there are now.
pub(crate) async fn catalog(session: &Session) -> Catalog {
    if session.lineage.is_some_and(|lineage| lineage.kind == ChildKind::Guardian) {
        // What it reads is other people's text; none of it may bring in a file.
        return Catalog::default();
    }
    let roots = roots(&session.config, &session.settings.cwd, &session.env);
    if !roots.any() {
        return Catalog::default();
    }
    let policy = &session.settings.policy;
    let permissions = policy.resolve(&session.settings.cwd, Surroundings { tmpdir: None, helpers: &[] });
    let read = move || {
        let mut catalog = Catalog::read(&roots);
        // A link of the project must not bring in what the person keeps from the model.
        if let Permissions::Limited { files, .. } = permissions {
            catalog.skills.retain(|skill| skill.scope != Scope::Repo || may_read(&files, &skill.path));
        }
        catalog
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(catalog) => catalog,
        Err(error) => {
            tracing::warn!(%error, "skills could not be read");
            Catalog::default()
        }
    }
}

/// Whether a message can name a skill at all.
pub(crate) fn may_name(input: &[UserInput]) -> bool {
    texts(input).any(|text| text.contains('$'))
}

/// The messages that bring the skills a person's words name, in the catalogue's order, and a sentence for each file
/// that cannot be read.
pub(crate) fn named(
    session: &Session,
    turn_id: TurnId,
    catalog: &Catalog,
    input: &[UserInput],
) -> Result<(Vec<ResponseItem>, Vec<String>), RecordError> {
    let said = texts(input).collect::<Vec<_>>().join("\n");
    let mut items = Vec::new();
    let mut warnings = Vec::new();
    for skill in mentioned(catalog, &said) {
        match skill.text() {
            Ok(text) => {
                let part = (SELECTED_KIND, ContentPart::input_text(selected(skill, &text)));
                items.push(session.client_message(turn_id, Role::User, &[part])?);
            }
            Err(error) => warnings.push(format!("The skill ${} was left out: {error}", skill.name)),
        }
    }
    Ok((items, warnings))
}

fn texts(input: &[UserInput]) -> impl Iterator<Item = &str> {
    input.iter().filter_map(|piece| match piece {
        UserInput::Text { text, .. } => Some(text.as_str()),
        _ => None,
    })
}
