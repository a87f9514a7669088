//! macOS: a profile for `/usr/bin/sandbox-exec`. Paths go in as parameters, so that no name of a folder is read as a rule.
//! Invariant: everything is refused that no rule allows; of several rules the last one that fits decides, so what is
//! denied comes last.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use codex_protocol::{FileAccess, FileRules, Permissions};

use super::guard::guarded;

/// What every program needs, whatever it may touch.
const BASE: &str = "\
(version 1)
(deny default)
(allow process-exec)
(allow process-fork)
(allow process-info* (target same-sandbox))
(allow signal (target same-sandbox))
(allow sysctl-read)
(allow pseudo-tty)
(allow ipc-posix-sem)
(allow mach-lookup (global-name \"com.apple.system.opendirectoryd.libinfo\"))
(allow file-read-metadata)
(allow file-read* file-write-data file-ioctl
  (literal \"/dev/null\") (literal \"/dev/zero\") (literal \"/dev/random\") (literal \"/dev/urandom\")
  (literal \"/dev/tty\") (literal \"/dev/ptmx\") (regex #\"^/dev/ttys[0-9]+$\") (subpath \"/dev/fd\"))
";

/// What no program starts without.
const SYSTEM_FOLDERS: [&str; 4] = ["/System/Library", "/usr/lib", "/private/var/db/dyld", "/Library/Apple"];

/// A profile and the values of its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seatbelt {
    /// The rules.
    pub profile: String,
    /// Names and paths, for `-D NAME=PATH`.
    pub parameters: Vec<(String, PathBuf)>,
}

/// The profile of permissions; `None` without limits. `kept` stays read-only besides; all paths have to be real ones
/// (`/private/tmp`, not `/tmp`). `proxy_ports` are ports of this machine that may be reached although the network is off.
pub fn seatbelt(permissions: &Permissions, kept: &[PathBuf], proxy_ports: &[u16]) -> Option<Seatbelt> {
    let files = permissions.files()?;
    let mut rules = Rules(Seatbelt { profile: BASE.to_owned(), parameters: Vec::new() });
    rules.reads(files);
    rules.writes(files, kept);
    rules.denials(files);
    if permissions.network_enabled() {
        rules.line("(allow network*)\n(allow system-socket)");
    }
    for port in proxy_ports {
        rules.line(&format!("(allow network-outbound (remote ip \"localhost:{port}\"))"));
    }
    Some(rules.0)
}

struct Rules(Seatbelt);

impl Rules {
    fn line(&mut self, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0.profile, "{text}");
    }

    /// A fresh parameter.
    fn parameter(&mut self, kind: &str, path: &Path) -> String {
        let name = format!("{kind}_{}", self.0.parameters.len());
        self.0.parameters.push((name.clone(), path.to_path_buf()));
        name
    }

    fn reads(&mut self, files: &FileRules) {
        if files.reads_everything() {
            return self.line("(allow file-read*)");
        }
        for folder in SYSTEM_FOLDERS {
            self.line(&format!("(allow file-read* (subpath \"{folder}\"))"));
        }
        for path in files.with(FileAccess::Read).chain(files.with(FileAccess::Write)) {
            let name = self.parameter("READ", path);
            self.line(&format!("(allow file-read* (subpath (param \"{name}\")))"));
        }
    }

    fn writes(&mut self, files: &FileRules, kept: &[PathBuf]) {
        for guarded in guarded(files, kept) {
            let mut rule = format!("(subpath (param \"{}\"))", self.parameter("WRITE", &guarded.root));
            for path in &guarded.kept {
                let _ =
                    write!(rule, "\n  (require-not (subpath (param \"{}\")))", self.parameter("KEPT", path));
            }
            for path in &guarded.held {
                let _ =
                    write!(rule, "\n  (require-not (literal (param \"{}\")))", self.parameter("HELD", path));
            }
            self.line(&format!("(allow file-write* (require-all {rule}))"));
        }
    }

    fn denials(&mut self, files: &FileRules) {
        for path in files.with(FileAccess::Deny) {
            let name = self.parameter("DENIED", path);
            self.line(&format!("(deny file-read* file-write* file-link (subpath (param \"{name}\")))"));
        }
        for pattern in files.denied_patterns() {
            self.line(&format!("(deny file-read* file-write* file-link (regex #\"{}\"))", regex(pattern)));
        }
    }
}

/// The regular expression of a pattern: `*` and `?` stay within a name, `**` does not. What it fits includes what lies below.
fn regex(pattern: &str) -> String {
    let mut out = String::from("^");
    let mut left = pattern.chars().peekable();
    while let Some(next) = left.next() {
        match next {
            '*' if left.peek() == Some(&'*') => {
                left.next();
                // `**/` also stands for no folder at all.
                if left.peek() == Some(&'/') {
                    left.next();
                    out.push_str("(.*/)?");
                } else {
                    out.push_str(".*");
                }
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => class(&mut out, &mut left),
            // A quote would end the text of the rule.
            '"' => out.push('.'),
            '.' | '+' | '(' | ')' | '|' | '^' | '$' | '{' | '}' | ']' | '\\' => out.extend(['\\', next]),
            plain => out.push(plain),
        }
    }
    out.push_str("(/.*)?$");
    out
}

/// The rest of a class of characters, whose `[` has been read; its end is known to be there.
fn class(out: &mut String, left: &mut impl Iterator<Item = char>) {
    out.push('[');
    let mut first = true;
    for next in left {
        match next {
            ']' if !first => break,
            '!' | '^' if first => out.push('^'),
            '"' => out.push('.'),
            '\\' | '[' | ']' => out.extend(['\\', next]),
            other => out.push(other),
        }
        first = false;
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use codex_protocol::NetworkAccess;
    use pretty_assertions::assert_eq;

    use super::*;

    fn limited(rules: &[(&str, FileAccess)], patterns: &[&str], network: NetworkAccess) -> Permissions {
        let mut files = FileRules::default();
        rules.iter().for_each(|(path, access)| files.add(PathBuf::from(path), *access));
        patterns.iter().for_each(|pattern| files.deny_pattern((*pattern).to_owned()));
        Permissions::Limited { files, network }
    }

    fn rules(plan: &Seatbelt) -> &str {
        plan.profile.strip_prefix(BASE).unwrap()
    }

    #[test]
    fn without_limits_there_is_no_profile_and_read_only_writes_nothing() {
        assert_eq!(seatbelt(&Permissions::Unlimited, &[], &[]), None);
        let read_only = limited(&[("/", FileAccess::Read)], &[], NetworkAccess::Restricted);
        let plan = seatbelt(&read_only, &[], &[]).unwrap();
        assert_eq!((rules(&plan), plan.parameters.len()), ("(allow file-read*)\n", 0));
    }

    #[test]
    fn a_workspace_is_writable_but_for_what_is_kept_and_what_leads_there() {
        let places = [("/", FileAccess::Read), ("/w", FileAccess::Write), ("/w/a/ro", FileAccess::Read)];
        let plan =
            seatbelt(&limited(&places, &[], NetworkAccess::Restricted), &[PathBuf::from("/home")], &[3128]);
        let plan = plan.unwrap();
        let expected = r#"(allow file-read*)
(allow file-write* (require-all (subpath (param "WRITE_0"))
  (require-not (subpath (param "KEPT_1")))
  (require-not (subpath (param "KEPT_2")))
  (require-not (subpath (param "KEPT_3")))
  (require-not (subpath (param "KEPT_4")))
  (require-not (subpath (param "KEPT_5")))
  (require-not (literal (param "HELD_6")))
  (require-not (literal (param "HELD_7")))))
(allow network-outbound (remote ip "localhost:3128"))
"#;
        assert_eq!(rules(&plan), expected);
        let paths: Vec<&str> = plan.parameters.iter().map(|(_, path)| path.to_str().unwrap()).collect();
        let kept = ["/w", "/w/.agents", "/w/.aws", "/w/.codex", "/w/.git", "/w/a/ro", "/w", "/w/a"];
        assert_eq!(paths, kept);
    }

    #[test]
    fn what_is_denied_comes_last_and_names_are_never_rules() {
        let hostile = "/w/a\") (allow default) (\"";
        let places = [("/w", FileAccess::Write), (hostile, FileAccess::Deny)];
        let plan = seatbelt(&limited(&places, &["/w/**/*.env"], NetworkAccess::Enabled), &[], &[]).unwrap();
        assert!(!plan.profile.contains("allow default"), "{}", plan.profile);
        let (allowed, denied) = rules(&plan).split_once("(deny").unwrap();
        assert!(allowed.contains("(subpath \"/usr/lib\")") && !allowed.contains("(allow file-read*)\n"));
        assert!(denied.contains(r#"(regex #"^/w/(.*/)?[^/]*\.env(/.*)?$")"#), "{denied}");
        assert!(!denied.contains("(allow file"), "{denied}");
    }

    #[test]
    fn patterns_become_expressions() {
        for (pattern, expected) in [
            ("/a/*.pem", r"^/a/[^/]*\.pem(/.*)?$"),
            ("/a/**", r"^/a/.*(/.*)?$"),
            ("/a/?[!b-d]", r"^/a/[^/][^b-d](/.*)?$"),
            ("/a/[]x]", r"^/a/[\]x](/.*)?$"),
            ("/a/q\"", r"^/a/q.(/.*)?$"),
        ] {
            assert_eq!(regex(pattern), expected);
        }
    }
}
