//! What becomes of work beside the loop. Knows no file and no program.

use super::choosing::Away;
use super::msg::{Cmd, Done};
use super::overlay::Overlay;
use super::page::{PageRow, diff_rows};
use super::picking;
use super::recovery;
use super::review;
use super::status;
use super::steering;
use super::submit::remark;
use super::tuning;
use super::ui_state::State;
use crate::cells::Notice;
use crate::look::Look;

/// Takes in the end of a job.
pub(super) fn done(state: &mut State, done: Done) -> Vec<Cmd> {
    match done {
        Done::Kept(Ok(())) => {}
        Done::Kept(Err(error)) => {
            remark(state, Notice::Warning, format!("the choice counts now but could not be kept: {error}"));
        }
        Done::HeldBy(held_by) => status::held_by(state, held_by),
        Done::Branches(branches) => review::branches_known(state, branches),
        Done::Commits(commits) => review::commits_known(state, commits),
        Done::Branch(branch) => state.around.branch = branch,
        Done::Models(Ok(models)) => {
            tuning::models_known(state, models);
            return steering::step_waiting(state);
        }
        Done::Models(Err(error)) => {
            tuning::models_known(state, Vec::new());
            remark(state, Notice::Warning, format!("the list of models cannot be read: {error}"));
            return steering::step_waiting(state);
        }
        Done::Missing(missing) => return recovery::listed(state, &missing),
        Done::BroughtBack(back) => recovery::brought_back(state, &back),
        Done::Preview { id, said } => return picking::previewed(state, id, said),
        Done::Transcript { id, text } => picking::transcript(state, id, text),
        Done::PutAway { away, result } => {
            if let Some(cmds) = picking::moved(state, &result) {
                return cmds;
            }
            let (kind, text) = match (away, result) {
                (Away::Archive, Ok(())) => (Notice::Info, "the conversation was archived".to_owned()),
                (Away::TakeBack, Ok(())) => {
                    (Notice::Info, "the conversation is in the list again".to_owned())
                }
                (Away::Delete, Ok(())) => (Notice::Info, "the conversation was deleted".to_owned()),
                (_, Err(error)) => (Notice::Warning, format!("the conversation stays where it is: {error}")),
            };
            remark(state, kind, text);
        }
        Done::Diff(answer) => {
            if let Some(Overlay::Page(page)) = state.overlays.last_mut() {
                let rows = match answer {
                    Ok(text) if text.trim().is_empty() => {
                        vec![PageRow::new(Look::Dim, "nothing has changed since the last commit")]
                    }
                    Ok(text) => diff_rows(&text),
                    Err(error) => vec![PageRow::new(Look::Bad, &error)],
                };
                let title = page.title.clone();
                page.fill(title, rows);
            }
        }
        Done::Image(Ok(path)) => {
            if state.overlays.is_empty() {
                state.composer.attach_image(path);
            }
        }
        Done::Image(Err(error)) => state.remark = Some(error),
        Done::Exported(Ok(path)) => {
            remark(state, Notice::Info, format!("the conversation was written to {}", path.display()));
        }
        Done::Exported(Err(error)) => {
            remark(state, Notice::Warning, format!("nothing was exported: {error}"))
        }
    }
    Vec::new()
}
