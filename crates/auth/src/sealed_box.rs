//! Opens what a server has sealed for an Ed25519 key: libsodium's sealed box, to the X25519 form of that key
//! (`responses-wire.md §5.11`). Knows neither servers nor what is inside.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use crypto_box::SecretKey;
use ring::digest::{SHA512, digest};

/// The published facts name no alphabet, so both are read, padded or not.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
/// What stands before and after the length byte of every Ed25519 key in PKCS #8 (RFC 8410), up to the 32 bytes of the
/// key; the version in between is 0, or 1 when the public key follows.
const PKCS8_ALGORITHM: [u8; 11] = [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The text in a sealed box; `None` when the box is not for this key, was changed, or is none.
pub(crate) fn open(sealed: &str, pkcs8: &[u8]) -> Option<String> {
    let sealed = decoded(sealed)?;
    let opened = SecretKey::from(x25519(seed(pkcs8)?)).unseal(&sealed).ok()?;
    String::from_utf8(opened).ok()
}

/// The bytes behind base64 of either alphabet.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    GeneralPurpose::new(alphabet, LENIENT).decode(text.trim()).ok()
}

/// The 32 bytes an Ed25519 key begins with.
fn seed(pkcs8: &[u8]) -> Option<&[u8]> {
    let (head, version, rest) = (pkcs8.get(..2)?, pkcs8.get(2..5)?, pkcs8.get(5..)?);
    let known = head[0] == 0x30 && matches!(version, [0x02, 0x01, 0 | 1]);
    rest.strip_prefix(&PKCS8_ALGORITHM).filter(|_| known)?.get(..32)
}

/// The scalar an Ed25519 key signs with, which is the key of X25519. Its fixed bits are set where it is used.
fn x25519(seed: &[u8]) -> [u8; 32] {
    let mut scalar = [0; 32];
    scalar.copy_from_slice(&digest(&SHA512, seed).as_ref()[..32]);
    scalar
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    use pretty_assertions::assert_eq;

    use super::open;

    /// The key with the bytes 0 to 31, without and with its public half.
    const KEYS: [&str; 2] = [
        "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
        "MFMCAQEwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4foSMDIQADoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA==",
    ];
    /// `task-7`, sealed by libsodium (PyNaCl 1.6.2) for that key.
    const SEALED: &str = "yShE8dDh1KIIUlolefoiImOoMcQaaSU4zUXf7LVX5RL10Lkv387aHJ8WBUD7XD5DUegMTaET";

    #[test]
    fn what_libsodium_sealed_is_opened_in_every_spelling() {
        let bytes = STANDARD.decode(SEALED).unwrap();
        for key in KEYS {
            let key = STANDARD.decode(key).unwrap();
            for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                assert_eq!(open(&engine.encode(&bytes), &key).as_deref(), Some("task-7"));
            }
        }
    }

    #[test]
    fn what_is_not_for_this_key_or_was_changed_stays_closed() {
        let key = STANDARD.decode(KEYS[0]).unwrap();
        let bytes = STANDARD.decode(SEALED).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(open(&STANDARD.encode(&changed), &key), None, "byte {at}");
        }
        for length in 0..bytes.len() {
            assert_eq!(open(&STANDARD.encode(&bytes[..length]), &key), None, "{length} bytes");
        }
        let mut other = key.clone();
        other[40] ^= 1;
        assert_eq!(open(SEALED, &other), None);
        for length in 0..key.len() {
            assert_eq!(open(SEALED, &key[..length]), None, "{length} bytes of the key");
        }
        assert_eq!(open("no base64 at all", &key), None);
    }
}
