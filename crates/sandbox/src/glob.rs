//! Case-blind patterns with `*` and `?` for variable names.
//! Owns matching only; which patterns there are is the environment's concern.

/// Whether `name` as a whole fits `pattern`; ASCII case is ignored.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().map(|c| c.to_ascii_uppercase()).collect();
    let name: Vec<char> = name.chars().map(|c| c.to_ascii_uppercase()).collect();
    // Greedy matching with one remembered star: linear in practice, quadratic at worst, never exponential.
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&c) if c == '?' || c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((star_p, star_n)) => {
                    p = star_p + 1;
                    n = star_n + 1;
                    star = Some((star_p, star_n + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn table() {
        for (pattern, name, expected) in [
            ("*KEY*", "OPENAI_API_KEY", true),
            ("*key*", "MONKEYS", true),
            ("*TOKEN*", "TOKE", false),
            ("AWS_*", "aws_region", true),
            ("AWS_*", "MY_AWS_REGION", false),
            ("A?C", "abc", true),
            ("A?C", "AC", false),
            ("", "", true),
            ("", "A", false),
            ("*", "", true),
            ("**A**B", "xxAyyB", true),
            ("*A*B", "xxAyyBz", false),
            ("PATH", "path", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} on {name}");
        }
    }
}
