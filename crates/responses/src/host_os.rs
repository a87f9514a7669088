//! Name and version of the operating system, as the `user-agent` states them. Read from small files, once.

use std::fs;
use std::sync::OnceLock;

/// The system this runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostOs {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) arch: &'static str,
}

impl HostOs {
    pub(crate) fn detect() -> &'static Self {
        static HOST: OnceLock<HostOs> = OnceLock::new();
        HOST.get_or_init(|| {
            let (name, version) = if cfg!(target_os = "macos") {
                let path = "/System/Library/CoreServices/SystemVersion.plist";
                macos(&fs::read_to_string(path).unwrap_or_default())
            } else if cfg!(windows) {
                ("Windows".to_owned(), "Unknown".to_owned())
            } else {
                let text = ["/etc/os-release", "/usr/lib/os-release"]
                    .iter()
                    .find_map(|path| fs::read_to_string(path).ok())
                    .unwrap_or_default();
                linux(&text)
            };
            let arch = match std::env::consts::ARCH {
                "aarch64" if cfg!(target_os = "macos") => "arm64",
                arch => arch,
            };
            let ascii =
                |text: String| text.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).collect();
            Self { name: ascii(name), version: ascii(version), arch }
        })
    }
}

/// Name and version out of `os-release`.
fn linux(text: &str) -> (String, String) {
    let field = |key: &str| {
        text.lines().find_map(|line| {
            let value = line.trim().strip_prefix(key)?.strip_prefix('=')?;
            Some(value.trim_matches(['"', '\'']).to_owned())
        })
    };
    let name = match field("ID").as_deref() {
        Some("debian") => "Debian".to_owned(),
        Some("ubuntu") => "Ubuntu".to_owned(),
        Some("fedora") => "Fedora".to_owned(),
        Some("arch") => "Arch Linux".to_owned(),
        Some("alpine") => "Alpine Linux".to_owned(),
        _ => field("NAME").filter(|name| !name.is_empty()).unwrap_or_else(|| "Linux".to_owned()),
    };
    (name, field("VERSION_ID").map_or_else(|| "Unknown".to_owned(), |version| three_numbers(&version)))
}

/// Name and version out of a property list.
fn macos(text: &str) -> (String, String) {
    let version = text
        .split_once("<key>ProductVersion</key>")
        .and_then(|(_, rest)| rest.split_once("<string>")?.1.split_once("</string>"))
        .map_or_else(|| "Unknown".to_owned(), |(version, _)| three_numbers(version.trim()));
    ("Mac OS".to_owned(), version)
}

/// `12` as `12.0.0`, `22.04` as `22.4.0`; anything but numbers stays.
fn three_numbers(version: &str) -> String {
    let parts: Option<Vec<u64>> = version.split('.').map(|part| part.parse().ok()).collect();
    match parts.as_deref() {
        Some([major]) => format!("{major}.0.0"),
        Some([major, minor]) => format!("{major}.{minor}.0"),
        Some([major, minor, patch]) => format!("{major}.{minor}.{patch}"),
        _ => version.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::{linux, macos};

    #[test]
    fn systems_are_named_as_servers_know_them() {
        let check = |text: &str, name: &str, version: &str| {
            assert_eq!(linux(text), (name.to_owned(), version.to_owned()), "{text:?}");
        };
        check("NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n", "Debian", "12.0.0");
        check("ID=ubuntu\nVERSION_ID=\"22.04\"\n", "Ubuntu", "22.4.0");
        check("NAME=Mine\nID=mine\nVERSION_ID=2024-beta\n", "Mine", "2024-beta");
        check("", "Linux", "Unknown");
        assert_eq!(
            macos("<key>ProductVersion</key>\n<string>15.1</string>"),
            ("Mac OS".to_owned(), "15.1.0".to_owned())
        );
    }
}
