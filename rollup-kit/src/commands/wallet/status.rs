//! Where operations are, by the operator's word: `status`, and waiting.

use super::error::{Error, Result};
use super::nouns::{Stage, Until};
use super::rpc::{Rpc, ServerAt, words};
use clap::Args;
use operator::mempool::OperationId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Says where an operation is. What is not on L1 is soft: the operator's word and nothing else.
#[derive(Args)]
pub(super) struct Status {
    #[command(flatten)]
    server: ServerAt,
    /// Which operation.
    id: OperationId,
    #[command(flatten)]
    waiting: Waiting,
}

/// How long an operation is waited for.
#[derive(Debug, Clone, Args)]
pub(super) struct Waiting {
    /// Wait until the operation is so far.
    #[arg(long, value_enum)]
    wait: Option<Until>,
    /// Seconds to wait at most. The operation goes on without it.
    #[arg(long, value_name = "N", default_value_t = 172_800)]
    patience: u64,
}

/// Where an operation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    id: OperationId,
    stage: Stage,
    batch: Option<u64>,
    place: Option<u64>,
    reason: Option<String>,
}

impl Status {
    pub(super) async fn run(self) -> Result<Value> {
        let rpc = self.server.client()?;
        self.waiting.look(&rpc, self.id).await?.told()
    }
}

impl Waiting {
    /// What is to be said of an operation: where it is now, or once it is where it was waited for.
    ///
    /// # Errors
    /// Those of [`Self::wait`] and of the server.
    pub(super) async fn look(&self, rpc: &Rpc, id: OperationId) -> Result<Standing> {
        match self.wait {
            Some(until) => self.wait(rpc, id, until).await,
            None => standing(rpc, id).await,
        }
    }

    /// As [`Self::look`], for an operation that was just taken. That it was is told before
    /// anything can come between.
    ///
    /// # Errors
    /// Those of [`Self::wait`].
    pub(super) async fn look_after(&self, rpc: &Rpc, id: OperationId) -> Result<Standing> {
        match self.wait {
            Some(until) => {
                eprintln!("operation {id} is submitted; waiting");
                self.wait(rpc, id, until).await
            }
            None => Ok(Standing::submitted(id)),
        }
    }

    /// Looks until the operation is so far, or will never be. A server that is silent for a while
    /// is waited for as well.
    ///
    /// # Errors
    /// [`Error::Dropped`], [`Error::Unheard`], [`Error::Late`]; the server's refusals.
    async fn wait(&self, rpc: &Rpc, id: OperationId, until: Until) -> Result<Standing> {
        let begun = Instant::now();
        let patience = Duration::from_secs(self.patience);
        let mut stage = Stage::Unknown;
        loop {
            match standing(rpc, id).await {
                Ok(standing) if standing.stage >= until.into() => return Ok(standing),
                Ok(standing) => stage = standing.alive()?.stage,
                Err(Error::Silent { .. }) => {}
                Err(error) => return Err(error),
            }
            if begun.elapsed() >= patience {
                return Err(Error::Late {
                    id,
                    stage,
                    waited: self.patience,
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Asks where an operation is.
async fn standing(rpc: &Rpc, id: OperationId) -> Result<Standing> {
    const METHOD: &str = "rollup_status";
    let standing: Standing = rpc.call(METHOD, json!([id])).await?;
    if standing.id == id {
        return Ok(standing);
    }
    Err(Error::Answer {
        method: METHOD,
        what: format!("operation {}, expected {id}", standing.id),
    })
}

impl Standing {
    /// Of an operation that the operator has just taken.
    const fn submitted(id: OperationId) -> Self {
        Self {
            id,
            stage: Stage::Pooled,
            batch: None,
            place: None,
            reason: None,
        }
    }

    /// The operation, if it is or may yet be in a batch.
    fn alive(self) -> Result<Self> {
        let id = self.id;
        match self.stage {
            Stage::Unknown => Err(Error::Unheard { id }),
            Stage::Dropped => Err(Error::Dropped {
                id,
                reason: words(self.reason.as_deref().unwrap_or("without a reason")),
            }),
            _ => Ok(self),
        }
    }

    /// What is said of it.
    ///
    /// # Errors
    /// [`Error::Dropped`], [`Error::Unheard`].
    pub(super) fn told(self) -> Result<Value> {
        let alive = self.alive()?;
        let confirmation = match alive.stage {
            Stage::OnL1 => "on L1, and a reorganisation or an answered challenge may take it back",
            Stage::Final => "final",
            _ => "soft: the operator's word alone",
        };
        let mut told = json!({
            "id": alive.id,
            "stage": alive.stage,
            "confirmation": confirmation,
        });
        if let Some(batch) = alive.batch {
            told["batch"] = json!(batch);
        }
        if let Some(place) = alive.place {
            told["place"] = json!(place);
        }
        Ok(told)
    }
}
