//! Parameters in, answers and errors out.

use std::sync::Arc;

use alloy::eips::BlockId;
use alloy::primitives::U64;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::params::ParamsSequence;
use jsonrpsee::types::{ErrorObjectOwned, Params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Shared;
use crate::error::{Error, Result};

/// The code of a call that was reverted, as geth has it.
const REVERTED: i32 = 3;
/// A transaction that was refused (EIP-1474).
const REJECTED: i32 = -32003;
/// What was asked for does not exist (EIP-1474).
const NOT_FOUND: i32 = -32001;
/// More than may be asked for (EIP-1474).
const LIMIT: i32 = -32005;
const PARAMETERS: i32 = -32602;
const INTERNAL: i32 = -32603;
const SERVER: i32 = -32000;

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let (code, data) = match error {
            Error::Reverted { data } => (REVERTED, Some(data)),
            Error::Rejected(_) => (REJECTED, None),
            Error::UnknownBlock(_) | Error::StatePruned { .. } | Error::NotFound { .. } => {
                (NOT_FOUND, None)
            }
            Error::TooMany { .. } | Error::ReorgTooDeep { .. } => (LIMIT, None),
            Error::Parameters(_) | Error::TimestampInPast { .. } => (PARAMETERS, None),
            Error::Internal(_) => (INTERNAL, None),
            Error::Halted(_) | Error::File { .. } | Error::Listen { .. } => (SERVER, None),
        };
        Self::owned(code, message, data)
    }
}

/// The parameters of a call, one after the other.
pub(super) struct Arguments<'a> {
    params: &'a Params<'a>,
    sequence: ParamsSequence<'a>,
}

impl Arguments<'_> {
    /// One that must be there.
    pub(super) fn next<T: DeserializeOwned>(&mut self) -> Result<T> {
        self.sequence
            .next()
            .map_err(|error: ErrorObjectOwned| unreadable(&error))
    }

    /// One that may be left out.
    pub(super) fn optional<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        self.sequence
            .optional_next()
            .map_err(|error: ErrorObjectOwned| unreadable(&error))
    }

    /// All of them, in an array or by their names.
    pub(super) fn all<T: DeserializeOwned>(&self) -> Result<T> {
        self.params
            .parse()
            .map_err(|error: ErrorObjectOwned| unreadable(&error))
    }

    /// A block: the newest, if it is left out.
    pub(super) fn block(&mut self) -> Result<BlockId> {
        Ok(self.optional()?.unwrap_or_default())
    }

    /// A number, hexadecimal or not.
    pub(super) fn number(&mut self) -> Result<u64> {
        Ok(self.next::<U64>()?.to())
    }

    /// A number that may be left out.
    pub(super) fn optional_number(&mut self) -> Result<Option<u64>> {
        Ok(self.optional::<U64>()?.map(|number| number.to()))
    }
}

fn unreadable(error: &ErrorObjectOwned) -> Error {
    let detail = error.data().map_or("", |data| data.get());
    Error::Parameters(format!("{} {detail}", error.message()))
}

/// Registers a method under each of its names. It may take its time: it does not run among the
/// connections.
pub(super) fn method<T, F>(
    module: &mut RpcModule<Shared>,
    names: &[&'static str],
    answer: F,
) -> std::result::Result<(), RegisterMethodError>
where
    T: Serialize,
    F: Fn(&Shared, &mut Arguments<'_>) -> Result<T> + Clone + Send + Sync + 'static,
{
    for name in names {
        let answer = answer.clone();
        module.register_blocking_method(
            name,
            move |params: Params<'_>, shared: Arc<Shared>, _| -> Result<Value, ErrorObjectOwned> {
                let mut arguments = Arguments {
                    params: &params,
                    sequence: params.sequence(),
                };
                let value = answer(&shared, &mut arguments)?;
                serde_json::to_value(value)
                    .map_err(|error| Error::Internal(error.to_string()).into())
            },
        )?;
    }
    Ok(())
}
