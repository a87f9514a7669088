//! `--output-schema`: a file with one JSON Schema. Reads it; what it means is the model's business.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::error::ExecError;

/// The schema in the file.
///
/// # Errors
/// When the file cannot be read or is not JSON.
pub(crate) fn read_output_schema(path: &Path) -> Result<Value, ExecError> {
    let bytes =
        fs::read(path).map_err(|source| ExecError::SchemaUnreadable { path: path.to_path_buf(), source })?;
    serde_json::from_slice(&bytes)
        .map_err(|source| ExecError::SchemaMalformed { path: path.to_path_buf(), source })
}
