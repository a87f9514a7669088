//! `application/x-www-form-urlencoded`: names and values of a form or a query as text. Encodes only.

/// Joins the pairs with `&`; what is not a letter, digit or one of `*-._` is escaped, a space becomes `+`.
pub fn form_encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        escape(name, &mut out);
        out.push('=');
        escape(value, &mut out);
    }
    out
}

/// The same for the query of an address: a space is `%20`, which every server reads alike.
pub fn query_encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    // A plus of the text itself is escaped, so each that is left stands for a space.
    form_encode(pairs).replace('+', "%20")
}

/// The pairs of a query or form. An escape that is none stays as it is.
pub fn form_decode(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape(name), unescape(value))
        })
        .collect()
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                _ => out.push(byte),
            },
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::{form_decode, form_encode, query_encode};

    #[test]
    fn what_is_encoded_is_decoded() {
        let pairs = [("a b", "c&d=e"), ("ä", "%41+"), ("empty", "")];
        let text = form_encode(pairs);
        assert_eq!(text, "a+b=c%26d%3De&%C3%A4=%2541%2B&empty=");
        let owned = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(form_decode(&text), owned);
        let query = query_encode(pairs);
        assert_eq!(query, "a%20b=c%26d%3De&%C3%A4=%2541%2B&empty=");
        assert_eq!(form_decode(&query), owned);
    }

    #[test]
    fn broken_escapes_stay() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            form_decode("a=%4&b=%zz&&c&=d"),
            [pair("a", "%4"), pair("b", "%zz"), pair("c", ""), pair("", "d")]
        );
        assert_eq!(form_decode("a=%FF"), [pair("a", "\u{fffd}")]);
    }
}
