//! TOML layers folded into one `Config`; every error names its file, line and key.
