//! The binary, black box, against a scripted model: exit codes, streams, files and requests.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test they serve")]

mod access;
mod approvals;
mod bad_answers;
mod bad_surroundings;
mod bad_tools;
mod bedrock;
mod certificate;
mod commands;
mod config;
mod demo;
mod docs;
mod docs_shell;
mod escapes;
mod events;
mod exits;
mod gateways;
mod hostile;
mod local;
mod login;
mod models;
mod network;
mod output;
mod prompts;
mod quiet;
mod recording;
mod replay;
mod restore;
mod reviews;
mod rules;
mod sandbox;
mod screens;
mod sdk;
mod secrets;
mod sign_in;
mod signals;
mod threads;
mod tls;
mod wires;
mod world;
