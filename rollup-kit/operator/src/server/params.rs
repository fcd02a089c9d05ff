//! Parameters in, answers and errors out.

use super::Door;
use crate::{Error, Result};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::params::ParamsSequence;
use jsonrpsee::types::{ErrorObjectOwned, Params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

/// What was asked for does not exist (EIP-1474).
const NOT_FOUND: i32 = -32001;
/// More than may be asked for (EIP-1474).
const LIMIT: i32 = -32005;
/// An operation that the pool does not take; `data.refusal` names why.
const REFUSED: i32 = -32020;
const PARAMETERS: i32 = -32602;
const INTERNAL: i32 = -32603;

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let refused = |name: &str| Some(json!({ "refusal": name }));
        let (code, data) = match &error {
            Error::Refused(refusal) => (REFUSED, refused(refusal.name())),
            Error::Malformed { .. } => (PARAMETERS, refused("malformed")),
            Error::NotFound { .. } => (NOT_FOUND, None),
            Error::TooMany { .. } => (LIMIT, None),
            // What is ours is for the log.
            _ => {
                tracing::error!(%error, "a call");
                return Self::owned(INTERNAL, "internal error", None::<Value>);
            }
        };
        Self::owned(code, message, data)
    }
}

/// The parameters of a call, one after the other.
pub(super) struct Arguments<'a> {
    sequence: ParamsSequence<'a>,
}

impl<'a> Arguments<'a> {
    pub(super) fn of(params: &'a Params<'a>) -> Self {
        Self {
            sequence: params.sequence(),
        }
    }

    /// One that must be there.
    pub(super) fn next<T: DeserializeOwned>(&mut self) -> Result<T> {
        self.sequence
            .next()
            .map_err(|_: ErrorObjectOwned| unreadable())
    }

    /// One that may be left out.
    pub(super) fn optional<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        self.sequence
            .optional_next()
            .map_err(|_: ErrorObjectOwned| unreadable())
    }
}

const fn unreadable() -> Error {
    Error::Malformed {
        what: "a parameter",
    }
}

/// Registers a method. It may take its time: it does not run among the connections.
pub(super) fn method<T, F>(
    module: &mut RpcModule<Door>,
    name: &'static str,
    answer: F,
) -> Result<(), RegisterMethodError>
where
    T: Serialize,
    F: Fn(&Door, &mut Arguments<'_>) -> Result<T> + Clone + Send + Sync + 'static,
{
    module
        .register_blocking_method(
            name,
            move |params: Params<'_>, door: Arc<Door>, _| -> Result<Value, ErrorObjectOwned> {
                let value = answer(&door, &mut Arguments::of(&params))?;
                serde_json::to_value(value)
                    .map_err(|error| Error::Cancelled(error.to_string()).into())
            },
        )
        .map(|_| ())
}
