//! Skills: folders with a `SKILL.md` that says what they are good for (`agents.md §5`). Finding and reading them.

mod catalog;
mod front_matter;
mod mention;
mod skill;

pub use catalog::{Catalog, Roots};
pub use front_matter::FrontMatterError;
pub use mention::mentioned;
pub use skill::{Scope, Skill, SkillError, SkillProblem};
