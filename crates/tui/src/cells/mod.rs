//! What the transcript is made of: one file per kind of cell, each turning its source into lines.

mod cell;
mod colour;
mod command;
mod diff;
mod explored;
mod patch;
mod plan;
mod questions;
mod raw;
mod reply;
mod spoken;
mod texts;
mod word_diff;
mod words;

pub(crate) use cell::{Card, Cell, Detail, Notice, View};
pub(crate) use command::{CommandCell, CommandState};
pub(crate) use explored::{ExploredCell, explorations};
pub(crate) use patch::PatchCell;
pub(crate) use plan::PlanCell;
pub(crate) use questions::QuestionsCell;
pub(crate) use reply::{ReplyCell, Standing};
pub(crate) use spoken::{SPOKEN_COLUMNS, said_line};
pub(crate) use words::{elapsed, grouped, short};
