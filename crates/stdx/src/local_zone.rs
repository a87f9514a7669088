//! The system's time zone, without listing the whole zone database.
//! A zone library looks a zone up by name in an index of every zone file; the file itself is already at hand.

use std::path::Path;

use jiff::tz::TimeZone;

const LOCALTIME: &str = "/etc/localtime";

/// The zone named by `TZ`, else the one `/etc/localtime` holds.
pub fn local_zone() -> TimeZone {
    if std::env::var_os("TZ").is_some_and(|zone| !zone.is_empty()) {
        return TimeZone::system();
    }
    from_file(Path::new(LOCALTIME)).unwrap_or_else(TimeZone::system)
}

/// A zone file that is a link into the zone database, whose path tells its name.
fn from_file(path: &Path) -> Option<TimeZone> {
    let target = std::fs::canonicalize(path).ok()?;
    let target = target.to_str()?;
    let (_, name) = target.split_once("/zoneinfo/")?;
    TimeZone::tzif(name, &std::fs::read(target).ok()?).ok()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_linked_zone_file_has_a_name_and_rules() {
        let zones = Path::new("/usr/share/zoneinfo");
        let Some(name) = ["Europe/Berlin", "Etc/UTC"].into_iter().find(|name| zones.join(name).exists())
        else {
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("localtime");
        std::os::unix::fs::symlink(zones.join(name), &link).unwrap();
        let zone = from_file(&link).unwrap();
        assert_eq!(zone.iana_name(), Some(name));
        let at = jiff::Timestamp::from_second(1_795_000_000).unwrap();
        assert_eq!(zone.to_offset(at), TimeZone::get(name).unwrap().to_offset(at));
    }

    #[test]
    fn what_is_no_link_into_the_database_is_left_to_the_library() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("localtime"), "x").unwrap();
        assert_eq!(from_file(&dir.path().join("localtime")), None);
        assert_eq!(from_file(&dir.path().join("absent")), None);
    }
}
