//! What can be wrong with a message.

/// The result of reading a message.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A message that cannot be turned into nouns. The fault always lies with whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes that are not the message's encoding.
    #[error("{message}: not an encoding: {problem}")]
    Encoding {
        /// The message expected.
        message: &'static str,
        /// What the decoder stumbled over.
        problem: String,
    },
    /// A field that must be there and is not.
    #[error("{field}: got nothing, expected a value")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A code that names nothing.
    #[error("{field}: got code {got}, expected {expected}")]
    Code {
        /// The field.
        field: &'static str,
        /// The code received.
        got: i32,
        /// The codes in use, in words.
        expected: &'static str,
    },
    /// More or fewer items than allowed.
    #[error("{field}: got {got}, expected {min}..={max}")]
    Count {
        /// The field.
        field: &'static str,
        /// How many came.
        got: u64,
        /// The least allowed.
        min: u64,
        /// The most allowed.
        max: u64,
    },
    /// A field whose value is no such noun.
    #[error("{field}: {source}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with its value.
        source: types::Error,
    },
}

impl Error {
    /// An encoding error with the decoder's words.
    #[must_use]
    pub fn encoding(message: &'static str, problem: &prost::DecodeError) -> Self {
        Self::Encoding {
            message,
            problem: problem.to_string(),
        }
    }

    /// Whether the sender is at fault: always, since the input alone decides.
    #[must_use]
    pub const fn is_peer_fault(&self) -> bool {
        true
    }
}
