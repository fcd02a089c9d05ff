//! Namespaces: whose blob it is.

use crate::hex_bytes::hex_bytes;
use crate::limits::NAMESPACE_BYTES;
use crate::{Error, Result};

hex_bytes! {
    /// Raw bytes in the place of a namespace, the two reserved ones included.
    NamespaceBytes, NAMESPACE_BYTES, "namespace"
}

/// Whose blob it is: 29 bytes, any but all zeros and all ones, which bound the index.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "NamespaceBytes", into = "NamespaceBytes")]
pub struct Namespace(NamespaceBytes);

impl Namespace {
    /// Bytes of a namespace.
    pub const BYTES: usize = NAMESPACE_BYTES;
    /// Below every namespace: the index's lower sentinel.
    pub(crate) const MIN: Self = Self(NamespaceBytes::new([0; NAMESPACE_BYTES]));
    /// Above every namespace: the index's upper sentinel.
    pub(crate) const MAX: Self = Self(NamespaceBytes::new([0xff; NAMESPACE_BYTES]));

    /// Takes 29 bytes.
    ///
    /// # Errors
    /// [`Error::ReservedNamespace`] for all zeros and all ones.
    pub fn new(bytes: [u8; NAMESPACE_BYTES]) -> Result<Self> {
        let namespace = Self(NamespaceBytes::new(bytes));
        match namespace {
            Self::MIN | Self::MAX => Err(Error::ReservedNamespace { got: namespace }),
            _ => Ok(namespace),
        }
    }

    /// Reads exactly 29 bytes.
    ///
    /// # Errors
    /// [`Error::Length`] or [`Error::ReservedNamespace`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self> {
        Self::new(NamespaceBytes::from_slice(bytes)?.to_bytes())
    }

    /// The 29 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; NAMESPACE_BYTES] {
        self.0.as_bytes()
    }
}

impl TryFrom<NamespaceBytes> for Namespace {
    type Error = Error;

    fn try_from(bytes: NamespaceBytes) -> Result<Self> {
        Self::new(bytes.to_bytes())
    }
}

impl From<Namespace> for NamespaceBytes {
    fn from(namespace: Namespace) -> Self {
        namespace.0
    }
}

impl std::fmt::Display for Namespace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Debug for Namespace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Namespace({self})")
    }
}

/// Either 58 hexadecimal digits, or a name of 1 to 28 bytes, which stands for the byte 1, the
/// name, and zeros.
impl std::str::FromStr for Namespace {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Ok(bytes) = text.parse::<NamespaceBytes>() {
            return bytes.try_into();
        }
        if text.is_empty() || text.len() >= NAMESPACE_BYTES {
            return Err(Error::OutOfRange {
                what: "bytes of a namespace's name",
                got: text.len() as u64,
                min: 1,
                max: NAMESPACE_BYTES as u64 - 1,
            });
        }
        let mut bytes = [0; NAMESPACE_BYTES];
        bytes[0] = 1;
        bytes[1..=text.len()].copy_from_slice(text.as_bytes());
        Self::new(bytes)
    }
}
