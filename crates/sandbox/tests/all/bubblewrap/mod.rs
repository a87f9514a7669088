//! The tests of the folder above once more, with the system's bubblewrap as the barrier (`harness::BARRIER` knows where it
//! was built), and those of this rung alone. Without a working bubblewrap they say so on stderr and pass.

#[path = "../harness.rs"]
mod harness;
#[path = "../network.rs"]
mod network;
#[path = "../process.rs"]
mod process;
#[path = "../proxied.rs"]
mod proxied;
#[path = "../races.rs"]
mod races;
#[path = "../reads.rs"]
mod reads;
mod rung;
#[path = "../sessions.rs"]
mod sessions;
#[path = "../terminal.rs"]
mod terminal;
#[path = "../writes.rs"]
mod writes;
