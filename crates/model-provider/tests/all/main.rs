//! The bundled catalogue against recorded facts, and catalogue files.

mod catalog;
mod provider;
