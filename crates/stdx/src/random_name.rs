//! Names nobody else can guess. Says nothing about what they name.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

/// Sixteen hexadecimal digits, from keys the system's random numbers are in.
pub(crate) fn random_name() -> String {
    // The hash of a number with keys that nobody knows; every state has keys of its own.
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::random_name;

    #[test]
    fn no_two_are_alike() {
        let names: std::collections::HashSet<String> = (0..1000).map(|_| random_name()).collect();
        assert_eq!((names.len(), names.iter().map(String::len).max()), (1000, Some(16)));
    }
}
