//! `~/.aws/config` and `~/.aws/credentials`: finding the files, and what one profile says. Reads; writes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::{AuthError, Env};

/// The settings of one section.
pub(crate) type Section = BTreeMap<String, String>;

/// The files of a person, read once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsFiles {
    config: BTreeMap<String, Section>,
    credentials: BTreeMap<String, Section>,
    /// The folder both are in unless variables name others.
    folder: Option<PathBuf>,
}

impl AwsFiles {
    /// Reads both files where the environment says they are. A file that is not there is empty.
    ///
    /// # Errors
    /// When one is there and cannot be read.
    pub fn read(env: &Env) -> Result<Self, AuthError> {
        let folder =
            env.var("HOME").or_else(|| env.var("USERPROFILE")).map(|home| Path::new(&home).join(".aws"));
        let at = |variable: &str, name: &str| {
            env.var(variable).map(PathBuf::from).or_else(|| Some(folder.as_ref()?.join(name)))
        };
        Ok(Self {
            config: sections(at("AWS_CONFIG_FILE", "config"))?,
            credentials: sections(at("AWS_SHARED_CREDENTIALS_FILE", "credentials"))?,
            folder,
        })
    }

    /// All settings of a profile, those of the credentials file first; `None` when neither file has it.
    pub(crate) fn profile(&self, name: &str) -> Option<Section> {
        let configured = match name {
            "default" => self.config.get("default").or_else(|| self.config.get("profile default")),
            name => self.config.get(&format!("profile {name}")),
        };
        let secret = self.credentials.get(name);
        if configured.is_none() && secret.is_none() {
            return None;
        }
        let mut all = configured.cloned().unwrap_or_default();
        all.extend(secret.cloned().unwrap_or_default());
        Some(all)
    }

    /// The region of a profile.
    pub fn region(&self, profile: &str) -> Option<String> {
        self.profile(profile)?.remove("region")
    }

    /// The settings of `[sso-session NAME]`.
    pub(crate) fn sso_session(&self, name: &str) -> Option<&Section> {
        self.config.get(&format!("sso-session {name}"))
    }

    /// Where `aws sso login` keeps tokens.
    pub(crate) fn sso_cache(&self) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join("sso").join("cache"))
    }
}

fn sections(path: Option<PathBuf>) -> Result<BTreeMap<String, Section>, AuthError> {
    let Some(path) = path else { return Ok(BTreeMap::new()) };
    match fs::read_to_string(&path) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(source) => Err(AuthError::Unreadable { path, source }),
    }
}

/// `[section]` and `name = value` lines. Indented lines belong to a nested setting, which none of ours is.
fn parse(text: &str) -> BTreeMap<String, Section> {
    let mut all: BTreeMap<String, Section> = BTreeMap::new();
    let mut present = None;
    for line in text.lines() {
        let nested = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) || nested {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            let name = header.split(']').next().unwrap_or_default();
            let words: Vec<&str> = name.split_whitespace().collect();
            let name = words.join(" ").replace('"', "");
            all.entry(name.clone()).or_default();
            present = Some(name);
            continue;
        }
        let (Some(section), Some((name, value))) = (&present, line.split_once('=')) else { continue };
        // A comment after a value begins with white space.
        let value = value.split(" #").next().unwrap_or_default().split(" ;").next().unwrap_or_default();
        if let Some(settings) = all.get_mut(section) {
            settings.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::fs;

    use pretty_assertions::assert_eq;

    use super::{AwsFiles, Section};
    use crate::Env;

    #[test]
    fn both_files_make_a_profile() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".aws");
        fs::create_dir(&folder).unwrap();
        let config = "# c\n[default]\nregion = eu-west-1 # here\n[profile  dev]\nregion=us-east-2\ns3 =\n  region = nested\n\
            aws_access_key_id = weaker\n[sso-session corp]\nsso_region = eu-central-1\n";
        fs::write(folder.join("config"), config).unwrap();
        fs::write(
            folder.join("credentials"),
            "[dev]\naws_access_key_id = AKID\nAWS_SECRET_ACCESS_KEY = k=1\n",
        )
        .unwrap();
        let files = AwsFiles::read(&Env::of([("HOME", home.path().to_str().unwrap())])).unwrap();
        assert_eq!(files.region("default").as_deref(), Some("eu-west-1"));
        let pairs = |pairs: &[(&str, &str)]| -> Section {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let dev = [
            ("aws_access_key_id", "AKID"),
            ("aws_secret_access_key", "k=1"),
            ("region", "us-east-2"),
            ("s3", ""),
        ];
        assert_eq!(files.profile("dev"), Some(pairs(&dev)));
        assert_eq!(files.sso_session("corp"), Some(&pairs(&[("sso_region", "eu-central-1")])));
        assert_eq!(files.profile("other"), None);
        let elsewhere = Env::of([("AWS_CONFIG_FILE", folder.join("none").to_str().unwrap())]);
        assert_eq!(AwsFiles::read(&elsewhere).unwrap(), AwsFiles::default());
    }
}
