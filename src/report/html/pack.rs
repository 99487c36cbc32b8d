//! Deal pages packed into the page: deflated, then base64, opened by the browser's own `DecompressionStream` when a reader
//! asks for that deal. Twenty deals of full conversations stay far under a megabyte, five hundred open at once.

use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};
use sha2::{Digest, Sha256};

/// How hard is packed, 1 to 9. Over 96 deals 6 takes 82 ms for 1.98 MB, 4 takes 58 for 2.09, 3 takes 48 for 2.18, 1 takes 26 for 3.04.
const LEVEL: u32 = 4;

/// Raw deflate of `text`, in base64.
pub(super) fn pack(text: &str) -> String {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::new(LEVEL));
    deflate.write_all(text.as_bytes()).expect("writing to memory has no way to fail");
    base64(&deflate.finish().expect("writing to memory has no way to fail"))
}

/// The source of an inline script or style as a content security policy names it: `sha256-…`.
pub(super) fn csp_source(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

/// Standard base64 with padding (RFC 4648, section 4).
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                out.push(LETTERS[(bits >> (18 - 6 * place) & 63) as usize] as char);
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let all =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
        for (plain, coded) in all {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn csp_source_is_the_hash_that_browsers_compute() {
        // The example of the CSP specification, section 8.3.
        assert_eq!(csp_source("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
    }
}
