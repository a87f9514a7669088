//! Patterns for whole paths: `*`, `?` and `[..]` within a name, `**` for any number of folders.
//! Pure; a pattern that cannot be read fits nothing, so patterns are checked with [`pattern_fault`] first.

use std::path::{Component, Path};

/// Why a pattern cannot be used; `None` when it can.
pub fn pattern_fault(pattern: &str) -> Option<&'static str> {
    let mut parts = pattern.split('/');
    if parts.next() != Some("") {
        return Some("it must begin with `/`");
    }
    for part in parts {
        if part.contains("**") && part != "**" {
            return Some("`**` must stand for a whole folder name");
        }
        let closed = part.split('[').skip(1).all(|class| {
            let body = class.strip_prefix(['!', '^']).unwrap_or(class);
            body.chars().skip(1).any(|c| c == ']')
        });
        if !closed {
            return Some("a `[` is not closed by `]`");
        }
    }
    None
}

/// Whether an absolute path, or a folder it lies in, fits the pattern.
pub fn pattern_covers(pattern: &str, path: &Path) -> bool {
    let pattern: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let names: Vec<String> = path
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    fits_start(&pattern, &names)
}

/// The folder a pattern's matches lie in: its leading names without pattern characters.
pub fn pattern_start(pattern: &str) -> &Path {
    let first = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
    let end = pattern[..first].rfind('/').unwrap_or(0);
    Path::new(if end == 0 { "/" } else { &pattern[..end] })
}

/// Whether the names below a folder could reach as deep as the pattern wants: `None` for any depth.
pub fn pattern_depth(pattern: &str) -> Option<usize> {
    if pattern.split('/').any(|part| part == "**") {
        return None;
    }
    let count = |text: &str| text.split('/').filter(|part| !part.is_empty()).count();
    Some(count(pattern) - count(&pattern_start(pattern).to_string_lossy()))
}

/// Whether the names, or the first of them, fit the pattern.
fn fits_start(pattern: &[&str], names: &[String]) -> bool {
    // One row of the usual table: `reach[i]` tells whether the names so far fit the first `i` parts.
    let mut reach = vec![false; pattern.len() + 1];
    reach[0] = true;
    let skip_any = |reach: &mut Vec<bool>| {
        for (index, part) in pattern.iter().enumerate() {
            if *part == "**" && reach[index] {
                reach[index + 1] = true;
            }
        }
    };
    skip_any(&mut reach);
    for name in names {
        let mut next = vec![false; pattern.len() + 1];
        for (index, part) in pattern.iter().enumerate() {
            if *part == "**" {
                next[index] |= reach[index];
            } else if reach[index] && fits_name(part, name) {
                next[index + 1] = true;
            }
        }
        // A trailing `**` means what lies below, not the folder itself, so it is reached by a name only.
        if pattern.last() == Some(&"**") && reach[pattern.len() - 1] {
            return true;
        }
        skip_any(&mut next);
        if next[pattern.len()] && pattern.last() != Some(&"**") {
            return true;
        }
        reach = next;
    }
    false
}

/// Whether one name fits one part.
fn fits_name(part: &str, name: &str) -> bool {
    let part: Vec<char> = part.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // Greedy with one remembered star: quadratic at worst, never exponential.
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = match part.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some('?') => Some(p + 1),
            Some('[') => fits_class(&part[p..], name[n]).map(|length| p + length),
            Some(c) if *c == name[n] => Some(p + 1),
            _ => None,
        };
        match (step, star) {
            (Some(next), _) => {
                p = next;
                n += 1;
            }
            (None, Some((star_p, star_n))) => {
                p = star_p + 1;
                n = star_n + 1;
                star = Some((star_p, star_n + 1));
            }
            (None, None) => return false,
        }
    }
    part[p..].iter().all(|c| *c == '*')
}

/// The length of the class at the start of `part` when `c` is in it.
fn fits_class(part: &[char], c: char) -> Option<usize> {
    let negated = matches!(part.get(1), Some('!' | '^'));
    let start = if negated { 2 } else { 1 };
    let end = start + 1 + part.get(start + 1..)?.iter().position(|c| *c == ']')?;
    let class = &part[start..end];
    let mut found = false;
    let mut index = 0;
    while index < class.len() {
        if class.get(index + 1) == Some(&'-') && index + 2 < class.len() {
            found |= (class[index]..=class[index + 2]).contains(&c);
            index += 3;
        } else {
            found |= class[index] == c;
            index += 1;
        }
    }
    (found != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (pattern, path, expected) in [
            ("/w/*.env", "/w/.env", true),
            ("/w/*.env", "/w/a.env", true),
            ("/w/*.env", "/w/a/b.env", false),
            ("/w/*.env", "/w/a.env/inside", true),
            ("/w/**/*.env", "/w/b.env", true),
            ("/w/**/*.env", "/w/a/c/b.env", true),
            ("/w/**/*.env", "/x/a/b.env", false),
            ("/w/**", "/w", false),
            ("/w/**", "/w/a", true),
            ("/w/**", "/w/a/b", true),
            ("/**/id_?sa", "/home/u/.ssh/id_rsa", true),
            ("/**/id_?sa", "/id_rsa", true),
            ("/w/[a-c]x", "/w/bx", true),
            ("/w/[!a-c]x", "/w/bx", false),
            ("/w/[]x]", "/w/]", true),
            ("/w/**/k/**/s", "/w/1/k/2/3/s", true),
            ("/w/**/k/**/s", "/w/1/2/3/s", false),
            ("/w/a*b*c", "/w/aXbYbZc", true),
            ("/w/a*b*c", "/w/aXbYbZ", false),
        ] {
            assert_eq!(pattern_covers(pattern, Path::new(path)), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn many_stars_end_soon() {
        let pattern = format!("/{}", "**/*a*a*a*a*/".repeat(20)) + "b";
        let path = format!("/{}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa/".repeat(60));
        assert!(!pattern_covers(&pattern, Path::new(&path)));
    }

    #[test]
    fn faults_and_starts() {
        assert_eq!(pattern_fault("/w/**/x"), None);
        assert_eq!(pattern_fault("w/x"), Some("it must begin with `/`"));
        assert_eq!(pattern_fault("/w/a**"), Some("`**` must stand for a whole folder name"));
        assert_eq!(pattern_fault("/w/[ab"), Some("a `[` is not closed by `]`"));
        assert_eq!(pattern_fault("/w/[]"), Some("a `[` is not closed by `]`"));
        assert_eq!(pattern_start("/w/s/*.env"), Path::new("/w/s"));
        assert_eq!(pattern_start("/*.env"), Path::new("/"));
        assert_eq!(pattern_depth("/w/s/*/a*"), Some(2));
        assert_eq!(pattern_depth("/w/**/a"), None);
    }
}
