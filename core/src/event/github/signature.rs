//! GitHub webhooks.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::ReadError;

/// Checks the header `X-Hub-Signature-256` of a delivery: `sha256=` and the HMAC-SHA256 of the raw body in hex.
///
/// Several secrets can be given, so that a secret can be replaced without losing deliveries. The comparison takes
/// constant time. The older `X-Hub-Signature`, with SHA-1, is refused.
///
/// # Errors
///
/// RY1107 if the header is empty, as where there is none, is not of this form, or no secret made the signature.
pub fn verify_signature(secrets: &[&[u8]], header: &str, body: &[u8]) -> Result<(), ReadError> {
    let refuse = |why| Err(ReadError::BadSignature { why });
    if header.is_empty() {
        return refuse("the header X-Hub-Signature-256 is missing (set a secret at GitHub, or pass the header on)");
    }
    if header.starts_with("sha1=") {
        return refuse("it is SHA-1; use the header X-Hub-Signature-256");
    }
    let Some(hex) = header.strip_prefix("sha256=") else { return refuse("it does not start with `sha256=`") };
    let mut signature = [0_u8; 32];
    if data_encoding::HEXLOWER_PERMISSIVE.decode_len(hex.len()) != Ok(signature.len())
        || data_encoding::HEXLOWER_PERMISSIVE.decode_mut(hex.as_bytes(), &mut signature).is_err()
    {
        return refuse("it is not 64 hex digits after `sha256=`");
    }
    // Anybody can sign with an empty secret: it is a configuration mistake, not a key.
    let mut secrets = secrets.iter().filter(|secret| !secret.is_empty()).peekable();
    if secrets.peek().is_none() {
        return refuse("no secret is configured, or only an empty one");
    }
    for secret in secrets {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { continue };
        mac.update(body);
        if mac.verify_slice(&signature).is_ok() {
            return Ok(());
        }
    }
    refuse("no configured secret made it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GitHub's own test vector.
    const SECRET: &[u8] = b"It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn githubs_own_vector_verifies_under_old_and_new_secrets() {
        assert_eq!(verify_signature(&[SECRET], SIGNATURE, BODY), Ok(()));
        assert_eq!(verify_signature(&[b"new", SECRET], SIGNATURE, BODY), Ok(()));
        assert_eq!(verify_signature(&[SECRET], &SIGNATURE.to_uppercase().replace("SHA", "sha"), BODY), Ok(()));
    }

    #[test]
    fn a_wrong_signature_is_refused_with_the_reason() {
        let why = |secrets: &[&[u8]], header: &str, body: &[u8]| match verify_signature(secrets, header, body) {
            Err(ReadError::BadSignature { why }) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(why(&[], SIGNATURE, BODY), "no secret is configured, or only an empty one");
        assert_eq!(
            why(&[b""], "sha256=2bbcfa9524f3218c7a34b30e6936f8b1a4516cb097f1a85a1c7d98b5977ec769", BODY),
            "no secret is configured, or only an empty one"
        );
        assert_eq!(why(&[b"other"], SIGNATURE, BODY), "no configured secret made it");
        assert_eq!(why(&[SECRET], SIGNATURE, b"Hello, World?"), "no configured secret made it");
        assert_eq!(why(&[SECRET], "sha1=2fd4e1c6", BODY), "it is SHA-1; use the header X-Hub-Signature-256");
        assert_eq!(
            why(&[SECRET], "", BODY),
            "the header X-Hub-Signature-256 is missing (set a secret at GitHub, or pass the header on)"
        );
        assert_eq!(why(&[SECRET], &SIGNATURE[7..], BODY), "it does not start with `sha256=`");
        for short in [&SIGNATURE[..70], "sha256=", &SIGNATURE.replace('7', "g"), &alloc::format!("{SIGNATURE}00")] {
            assert_eq!(why(&[SECRET], short, BODY), "it is not 64 hex digits after `sha256=`");
        }
    }
}
