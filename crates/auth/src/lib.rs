//! Credentials: auth.json and keys from the environment. Tokens never leave as plain strings.
