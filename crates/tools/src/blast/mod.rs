//! How much a command or patch would take away: what stops for a question before it runs, and what is copied so that it
//! can be brought back.

mod gate;
mod git;
mod limits;
mod past;
mod places;
mod provenance;
mod safety_net;
mod survey;

pub(crate) use gate::Stop;
pub use gate::{LossForecast, LossScene, forecast_losses};
pub use limits::{BlastLimits, CheckpointPlan};
pub(crate) use past::Past;
pub use past::{PastReader, PastWork};
pub(crate) use provenance::{Provenance, Run};
pub(crate) use safety_net::SafetyNet;
