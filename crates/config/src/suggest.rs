//! The nearest known name for a mistyped one. Pure; knows no key.

/// The candidate closest to `word`, if it is close enough to be a likely typing mistake.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().replace('-', "_").chars().take(64).collect();
    let limit = match word.len() {
        0..=2 => return None,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    candidates
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|(away, _)| *away <= limit)
        .min_by_key(|(away, _)| *away)
        .map(|(_, candidate)| candidate)
}

/// Edit distance where swapping two neighbours counts as one step.
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut current = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let mut best = (previous[j] + usize::from(ca != cb)).min(previous[j + 1] + 1).min(current[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *cb && *ca == b[j - 1] {
                best = best.min(before[j - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut previous, current);
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_likely_typing_mistakes_only() {
        let known = ["model", "model_provider", "sandbox_mode", "approval_policy"];
        let near = |word| nearest(word, known.iter().copied());
        assert_eq!(near("modle"), Some("model"));
        assert_eq!(near("sandbox-mode"), Some("sandbox_mode"));
        assert_eq!(near("aproval_polcy"), Some("approval_policy"));
        assert_eq!(near("zork"), None);
        assert_eq!(near("m"), None);
    }
}
