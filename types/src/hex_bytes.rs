//! Fixed-size byte newtypes: one macro, so that each noun is a type of its own.

/// Defines a newtype over `[u8; N]` that shows, parses and (de)serialises as hexadecimal.
/// Where it is used, `hex` and `serde` must be dependencies.
#[macro_export]
macro_rules! hex_bytes {
    ($(#[$doc:meta])* $name:ident, $n:expr, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $n]);

        impl $name {
            /// Bytes of the encoding.
            pub const BYTES: usize = $n;

            /// Takes the bytes as they are.
            #[must_use]
            pub const fn new(bytes: [u8; $n]) -> Self {
                Self(bytes)
            }

            /// Reads exactly [`Self::BYTES`] bytes.
            ///
            /// # Errors
            /// `types::Error::Length` for any other length.
            pub fn from_slice(bytes: &[u8]) -> $crate::Result<Self> {
                <[u8; $n]>::try_from(bytes).map(Self).map_err(|_| $crate::Error::Length {
                    what: $what,
                    got: bytes.len(),
                    expected: $n,
                })
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $n] {
                &self.0
            }

            /// The bytes, by value.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; $n] {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Error;

            fn from_str(text: &str) -> $crate::Result<Self> {
                let digits = text.strip_prefix("0x").unwrap_or(text);
                let mut bytes = [0; $n];
                hex::decode_to_slice(digits, &mut bytes)
                    .map_err(|_| $crate::Error::hex($what, text, 2 * $n))?;
                Ok(Self(bytes))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use hex_bytes;
