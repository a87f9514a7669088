//! The binary, black box, against a scripted model.
