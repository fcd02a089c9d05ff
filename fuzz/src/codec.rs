//! The laws of codecs.

use std::fmt::{Debug, Display};
use std::str::FromStr;

/// Fixed layouts have one encoding for each value: what was accepted encodes to the same bytes.
pub fn exact<T, E>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, E>,
    encode: impl Fn(&T) -> Vec<u8>,
) -> Option<T> {
    let value = decode(bytes).ok()?;
    assert_eq!(encode(&value), bytes, "another encoding was accepted");
    Some(value)
}

/// A value that was read from text is read again from its own text.
pub fn text<T: FromStr<Err: Debug> + Display + PartialEq + Debug>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string().parse::<T>().unwrap(), value);
    }
}

/// As [`text`], for JSON.
pub fn json<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug>(text: &str) {
    if let Ok(value) = serde_json::from_str::<T>(text) {
        let written = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<T>(&written).unwrap(), value);
    }
}
