//! Which variables hold secrets: by their name, and by what their value looks like.
//! Invariant: what ordinary text is full of (paths, numbers, words, addresses, locales) is never a secret, whatever the
//! variable is called. Pure.

use crate::forms::percent_decoded;

/// Values of variables shorter than this are no secrets worth the name, and would mask ordinary words.
const VALUE_BYTES_MIN: usize = 8;

/// Words in a name that make its value a password: words a person chose may be one.
const PASSWORD_WORDS: [&str; 3] = ["PASSWORD", "PASSWD", "PASSPHRASE"];

/// The same, when they stand alone: `DB_PASS`, but neither `BYPASS` nor the working folder.
const PASSWORD_ALONE: [&str; 2] = ["PASS", "PWD"];
const FOLDERS: [&str; 2] = ["PWD", "OLDPWD"];

/// A value with fewer letters and digits is a ruler or a sign.
const LETTERS_MIN: usize = 4;

/// Words in a name that make its value a key: nobody's words, but letters and digits a machine chose.
const KEY_WORDS: [&str; 6] = ["KEY", "TOKEN", "SECRET", "CREDENTIAL", "AUTHORIZATION", "COOKIE"];

/// Words a name may hold for other reasons (`KEYBOARD`, `AUTHOR`); only a value that is random counts.
const HINT_WORDS: [&str; 9] =
    ["KEY", "TOKEN", "SECRET", "PASS", "PWD", "CREDENTIAL", "AUTH", "COOKIE", "SIGNATURE"];

/// How keys of well-known services begin.
const KEY_PREFIXES: [&str; 23] = [
    "sk-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxa-",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "hf_",
    "npm_",
    "pypi-",
    "dckr_pat_",
    "whsec_",
];

/// Words before a credential in a header.
const AUTH_SCHEMES: [&str; 5] = ["Bearer", "Basic", "Token", "ApiKey", "DPoP"];

/// A value with such a beginning is a key from this length on.
const PREFIXED_BYTES_MIN: usize = 20;

/// A run of letters and digits from this length on may be random.
const RANDOM_RUN_MIN: usize = 16;

/// A single word from this length on is no word.
const WORD_BYTES_MAX: usize = 15;

/// Words with signs between them are ordinary up to this length.
const WORDS_BYTES_MAX: usize = 19;

/// The longest number that is not taken for a secret.
const NUMBER_DIGITS_MAX: usize = 15;

/// What a variable's name says of its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Password,
    Key,
    Hint,
    Plain,
}

/// Whether the variable's value (without white space around it) is to be taken for a secret.
pub(crate) fn is_secret_variable(name: &str, value: &str) -> bool {
    if value.len() < VALUE_BYTES_MIN {
        return false;
    }
    if has_key_prefix(value) || is_private_key(value) {
        return true;
    }
    match judged(name) {
        Name::Password => !is_ordinary(value, WORD_BYTES_MAX),
        Name::Key => !is_ordinary(value, WORDS_BYTES_MAX),
        Name::Hint => !is_ordinary(value, WORDS_BYTES_MAX) && is_random(value),
        Name::Plain => false,
    }
}

/// Whether a password found in a URL is one worth the name.
pub(crate) fn is_password(value: &str) -> bool {
    value.len() >= VALUE_BYTES_MIN && !is_word(value)
}

/// Whether a value that was said to be a secret is nothing but a word or a small number that stands in for one.
pub(crate) fn is_placeholder(value: &str) -> bool {
    is_word(value) || (value.len() < VALUE_BYTES_MIN && value.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The credential in a header's value, if there is one: by the scheme in front of it, the header's name, or its look.
pub(crate) fn header_credential<'a>(name: &str, value: &'a str) -> Option<&'a str> {
    if let Some((scheme, token)) = value.split_once(' ')
        && AUTH_SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme))
    {
        return Some(token);
    }
    let by_look = is_random(value) && !is_ordinary(value, WORDS_BYTES_MAX);
    (by_look || is_secret_variable(&name.replace('-', "_"), value)).then_some(value)
}

fn judged(name: &str) -> Name {
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> = upper.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    // What is public, or only names a file or a kind, is not secret.
    if words.contains(&"PUBLIC") || FOLDERS.contains(&upper.as_str()) {
        return Name::Plain;
    }
    // `APIKEY` and `TOKENS`, but neither `KEYBOARD` nor `TOKENIZERS`.
    let means = |known: &str| {
        words
            .iter()
            .any(|word| word.strip_suffix('S').unwrap_or(word).ends_with(known) || word.ends_with(known))
    };
    let alone = PASSWORD_ALONE.iter().any(|word| words.contains(word));
    if alone || PASSWORD_WORDS.iter().any(|word| means(word)) {
        Name::Password
    } else if KEY_WORDS.iter().any(|word| means(word)) {
        Name::Key
    } else if HINT_WORDS.iter().any(|word| upper.contains(word)) {
        Name::Hint
    } else {
        Name::Plain
    }
}

fn has_key_prefix(value: &str) -> bool {
    let one_word = !value.contains(|c: char| c.is_whitespace());
    let is_token = value.starts_with("eyJ") && value.split('.').count() == 3;
    value.len() >= PREFIXED_BYTES_MIN
        && one_word
        && (is_token || KEY_PREFIXES.iter().any(|prefix| value.starts_with(prefix)))
}

fn is_private_key(value: &str) -> bool {
    value.contains("-----BEGIN") && value.contains("PRIVATE KEY")
}

/// Paths, addresses, numbers, words, and words with signs between them up to `words_max` bytes.
fn is_ordinary(value: &str, words_max: usize) -> bool {
    if value.bytes().filter(u8::is_ascii_alphanumeric).count() < LETTERS_MIN && value.is_ascii() {
        return true;
    }
    if value.contains('\n') {
        return value.contains("-----BEGIN") || !is_random(value);
    }
    is_number(value)
        || is_place(value)
        || is_word(value)
        || (words_max > WORD_BYTES_MAX && is_words(value, words_max))
}

fn is_number(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let signs = value.bytes().all(|byte| byte.is_ascii_digit() || b".,:+-_% ".contains(&byte));
    signs && digits <= NUMBER_DIGITS_MAX
}

/// A path, a URL or a host. A host and a URL that hold a key are none; keys may also begin with a slash.
fn is_place(value: &str) -> bool {
    let drive = value.get(1..3).is_some_and(|text| text == ":\\" || text == ":/");
    let starts = ["~/", "./", "../", "file:", "unix:"];
    let top = value.strip_prefix('/').and_then(|path| path.split('/').next());
    if drive || starts.iter().any(|start| value.starts_with(start)) || top.is_some_and(is_letters) {
        return true;
    }
    let holds_key = runs(value).any(|run| run.len() >= RANDOM_RUN_MIN && has_all_classes(run));
    !holds_key && (top.is_some() || value.contains("://") || is_host(value))
}

/// `name.domain`, `name:port`, an address with a port.
fn is_host(value: &str) -> bool {
    let (host, port) = match value.rsplit_once(':') {
        Some((host, port)) => (host.trim_matches(['[', ']']), Some(port)),
        None => (value, None),
    };
    let is_port =
        |port: &str| !port.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    let letters = |label: &str| label.bytes().all(|b| b.is_ascii_alphabetic());
    let label = |label: &str| {
        let plain = label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        plain && !label.is_empty()
    };
    let dotted = host.split('.').all(label);
    match port {
        Some(port) => is_port(port) && (dotted || host.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')),
        None => dotted && host.contains('.') && host.rsplit('.').next().is_some_and(letters),
    }
}

/// A single word: letters only, in one of the ways words are written.
fn is_word(value: &str) -> bool {
    value.len() <= WORD_BYTES_MAX && !value.is_empty() && is_letters(value)
}

fn is_letters(text: &str) -> bool {
    let rest = text.get(1..).unwrap_or_default();
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphabetic())
        && (rest.bytes().all(|byte| byte.is_ascii_lowercase())
            || text.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// Words and short numbers with signs between them: locales, regions, versions; of any length when the signs are those
/// of lists, types and sentences.
fn is_words(value: &str, bytes_max: usize) -> bool {
    let number = |text: &str| text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let word = |text: &str| {
        let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
        number(text) || (!letters.is_empty() && text.len() <= letters.len() + 3 && is_letters(letters))
    };
    let parts: Vec<&str> = value.split(['-', '_', '.', ',', '/', ':', '@', '+', ' ', ';', '=']).collect();
    let is_list = value.contains(['/', ' ', ',', ';', '=']);
    (value.len() <= bytes_max || is_list)
        && parts.len() > 1
        && parts.iter().all(|part| part.is_empty() || word(part))
}

/// Whether there is a run of letters and digits that nobody would write.
fn is_random(value: &str) -> bool {
    runs(value).any(|run| run.len() >= RANDOM_RUN_MIN && (has_all_classes(run) || turns(run) >= 3))
}

fn runs(value: &str) -> impl Iterator<Item = &str> {
    value.split(|c: char| !c.is_ascii_alphanumeric())
}

fn has_all_classes(run: &str) -> bool {
    let has = |class: fn(&u8) -> bool| run.as_bytes().iter().any(class);
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

/// How often letters and digits take turns.
fn turns(run: &str) -> usize {
    run.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count()
}

/// A URL's password in both spellings that programs use.
pub(crate) fn passwords(password: &str) -> Vec<String> {
    let decoded = percent_decoded(password).filter(|decoded| decoded != password);
    std::iter::once(password.to_owned()).chain(decoded).filter(|one| is_password(one)).collect()
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
