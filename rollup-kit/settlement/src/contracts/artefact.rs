//! The committed artefacts: creation code, and the names of errors.

use crate::{Error, Result};
use alloy::json_abi::JsonAbi;
use alloy::primitives::{Bytes, Selector};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

macro_rules! artefacts {
    ($($name:ident),* $(,)?) => {
        /// A contract whose code and interface are committed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Artefact {
            $(
                #[doc = concat!("`", stringify!($name), "`.")]
                $name,
            )*
        }

        impl Artefact {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The contract's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!(
                        "../../../contracts/artifacts/", stringify!($name), ".json"
                    )),)*
                }
            }
        }
    };
}

artefacts! {
    AttestedStatements,
    BatchVerifier,
    CellChallenges,
    CellMultiproof,
    Coverage,
    EscapePool,
    Inputs,
    Operators,
    Proxy,
    Registry,
    Rollup,
    RowChallenges,
    SettingsLog,
    Signers,
    StatementVerifier,
    TimeLock,
    TokenList,
    Vault,
}

/// The part of an artefact that is read.
#[derive(serde::Deserialize)]
struct Contents {
    abi: JsonAbi,
    bytecode: Bytes,
}

impl Artefact {
    /// The code that creates the contract, with its encoded constructor's arguments.
    ///
    /// # Errors
    /// [`Error::Artefact`] when the build is broken.
    pub fn creation(self, arguments: &[u8]) -> Result<Bytes> {
        let code = self.contents()?.bytecode;
        Ok([&code, arguments].concat().into())
    }

    /// The contract's interface.
    ///
    /// # Errors
    /// As [`Self::creation`].
    pub fn abi(self) -> Result<JsonAbi> {
        Ok(self.contents()?.abi)
    }

    fn contents(self) -> Result<Contents> {
        serde_json::from_str(self.text()).map_err(|error| Error::Artefact {
            name: self.name(),
            reason: error.to_string(),
        })
    }
}

/// Why a contract refused, as far as the artefacts name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revert {
    name: Option<String>,
    data: Bytes,
}

impl Revert {
    /// Reads what a call returned when it reverted.
    #[must_use]
    pub fn read(data: Bytes) -> Self {
        let name = data
            .first_chunk::<4>()
            .and_then(|selector| names().get(&Selector::from(*selector)).cloned());
        Self { name, data }
    }

    /// The error's name, such as `TooLate`; none for errors that are not of our contracts.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name
            .as_deref()
            .and_then(|signature| signature.split('(').next())
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name}")?,
            None if self.data.is_empty() => return f.write_str("without a reason"),
            None => f.write_str("unknown error")?,
        }
        // The arguments, a word each, as they are.
        for word in self.data.get(4..).unwrap_or_default().chunks(32).take(8) {
            let digits = hex::encode(word);
            write!(f, " {:0>1}", digits.trim_start_matches('0'))?;
        }
        Ok(())
    }
}

/// Every error of our contracts, by selector.
fn names() -> &'static BTreeMap<Selector, String> {
    static NAMES: OnceLock<BTreeMap<Selector, String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        // A broken artefact leaves its errors unnamed here, and fails where its code is asked for.
        Artefact::ALL
            .iter()
            .filter_map(|artefact| artefact.abi().ok())
            .flat_map(|abi| {
                abi.errors()
                    .map(|error| (error.selector(), error.signature()))
                    .collect::<Vec<_>>()
            })
            .collect()
    })
}
