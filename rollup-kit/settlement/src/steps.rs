//! Doing the same again and again, whatever L1 or the network may do.

use crate::{Error, Result};
use std::time::Duration;

/// Steps, and steps again after every pause, until something fails that waiting does not mend.
pub(crate) async fn repeat<R>(
    pause: Duration,
    mut step: impl AsyncFnMut() -> Result<R>,
    mut told: impl FnMut(&R),
) -> Result<()> {
    loop {
        match step().await {
            Ok(report) => told(&report),
            Err(error @ (Error::File { .. } | Error::WrongL1 { .. })) => return Err(error),
            Err(error) => tracing::warn!(%error, "a step failed, and is tried again"),
        }
        tokio::time::sleep(pause).await;
    }
}
