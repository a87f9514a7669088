//! A scripted and recorded model server on loopback, for tests, `codex replay` and `codex demo`.

mod cassette;
mod cassette_reader;
mod cassette_writer;
mod cut_io;
mod delta_guard;
mod error;
mod gate;
mod handshake;
mod http;
mod item;
mod normal;
mod pairing;
mod replay;
mod replay_compare;
mod reply;
mod request;
mod script;
mod server;
mod side_server;
mod sse;
mod step_event;
mod tape;
mod turn_shape;
mod websocket;
mod wire;

pub use cassette::{
    CASSETTE_FORMAT, CASSETTE_VERSION, Cassette, CassetteHeader, Exchange, ExchangeEnd, RecordedEvent,
    ThreadOp, TurnRecord,
};
pub use cassette_writer::{CassetteWriter, RecordingSummary};
pub use error::SimError;
pub use gate::Gate;
pub use handshake::Handshake;
pub use item::Item;
pub use normal::Normaliser;
pub use pairing::unpaired;
pub use replay::{Difference, ReplayMode, ReplayOptions, ReplayReport, ReplayServer, RunFolders};
pub use replay_compare::PathPair;
pub use reply::{Reply, Usage};
pub use request::RecordedRequest;
pub use script::Script;
pub use server::{Failures, SimServer};
pub use side_server::{Route, SideAnswer, SideServer};
pub use tape::CassetteTape;
pub use turn_shape::TurnShape;
pub use wire::{chat_faults, messages_faults};
