//! The tour: a rollup from its first deposit to its end, by the programs that everybody runs. Two
//! operators and a follower are processes, users are the wallet's commands, proofs are Groth16;
//! only time is made to pass, by moving L1's clock.
//!
//! ```text
//! setting.rs    keys, contracts, bonds; operators and the follower start
//! money.rs      deposits, transfers in both trees, withdrawals
//! censor.rs     an operator that serves nobody: forced withdrawal, and the next one's turn
//! call.rs       instead of these: one call of a rollup's own rules
//! power.rs      an operator that is killed in the midst of a batch
//! light.rs      a follower that samples instead of downloading
//! withheld.rs   a batch whose data is withheld: challenged, reverted; everybody leaves
//! ```

mod call;
mod censor;
mod light;
mod money;
mod person;
mod power;
mod programs;
mod report;
mod setting;
mod withheld;

pub use call::{CallReport, once};
pub use report::TourReport;

use super::Options;
use super::stage::{Stage, pass};
use crate::{Error, Result};
use ledger::BatchSize;
use person::Person;
use programs::{Programs, Serving};
use settlement::client::L1Client;
use settlement::contracts::abi;
use std::time::Duration;

/// How long something may take that ends by itself: a proof on a busy machine takes a minute.
const PATIENCE: Duration = Duration::from_secs(600);
const POLL: Duration = Duration::from_millis(200);
/// Seconds of an operator's turn: `contracts/src/rollup/Operators.sol`.
const SLOT: u64 = 60 * 60;
/// L1's clock is moved by days and the DA network's is not: what that certifies is to last for L1.
const RETENTION_DAYS: u64 = 21;

/// Who is on the way, and what runs.
pub(crate) struct Tour<'a, 'b> {
    pub(crate) stage: &'a mut Stage<'b>,
    pub(crate) programs: Programs,
    pub(crate) alice: Person,
    pub(crate) bob: Person,
    pub(crate) dora: Person,
    /// The accounts of the operators' fees.
    pub(crate) sequencers: [Person; 2],
    pub(crate) operators: Vec<Serving>,
    pub(crate) follower: Option<Serving>,
    /// How often an operator was killed.
    pub(crate) killed: usize,
    /// How many operations a batch has.
    pub(crate) batch: BatchSize,
    /// The page.
    pub(crate) explorer: Serving,
    heartbeat: tokio::task::JoinHandle<()>,
}

impl Drop for Tour<'_, '_> {
    fn drop(&mut self) {
        self.heartbeat.abort();
    }
}

/// Plays it, telling a line at a time.
///
/// # Errors
/// A part that does not start or does not do what it is for. Whether everybody got what was
/// theirs is the report's to say.
pub async fn tour(options: &Options, told: &mut (dyn FnMut(&str) + Send)) -> Result<TourReport> {
    let mut stage = Stage::set_up(options, RETENTION_DAYS, told).await?;
    let report = play(&mut stage, options).await;
    stage.clear().await;
    report
}

async fn play(stage: &mut Stage<'_>, options: &Options) -> Result<TourReport> {
    let mut tour = setting::set(stage, options).await?;
    let followed_at = tour.follower().trim_start_matches("http://").to_owned();
    let played = acts(&mut tour).await;
    if played.is_ok() && options.stay {
        // The page needs it again.
        tour.follower = Some(setting::follower(&tour.programs, &followed_at).await?);
        let page = tour.explorer.url.clone();
        tour.stage
            .tell(format!("the page stays at {page} until ^C"));
        // Without a way to hear of it there is nothing to wait for.
        drop(tokio::signal::ctrl_c().await);
    }
    if played.is_err() {
        // Whoever reads the error wants to know what the programs said last.
        for operator in &tour.operators {
            let words = operator.last_words();
            tour.stage.tell(words);
        }
    }
    played
}

async fn acts(tour: &mut Tour<'_, '_>) -> Result<TourReport> {
    money::deposits(tour).await?;
    let transfers = money::transfers(tour).await?;
    let sampled = light::samples(tour).await?;
    let withdrawn = money::withdrawals(tour).await?;
    let censored = censor::censor(tour).await?;
    let escaped = withheld::withheld(tour).await?;
    TourReport::read(tour, &transfers, sampled, withdrawn, censored, &escaped).await
}

impl Tour<'_, '_> {
    /// The operator's server that has this place in the rotation.
    pub(crate) fn operator(&self, place: usize) -> &str {
        self.operators.get(place).map_or("", |one| one.url.as_str())
    }

    /// The follower's server.
    pub(crate) fn follower(&self) -> &str {
        self.follower.as_ref().map_or("", |one| one.url.as_str())
    }

    /// L1's newest batch of the rollup.
    pub(crate) async fn newest(&self) -> Result<u64> {
        let rollup = self.stage.deployment()?.rollup;
        let call = abi::Rollup::newestBatchCall {};
        Ok(self.stage.client.view(rollup, &call).await?)
    }

    /// Waits until L1 has a batch.
    pub(crate) async fn settled(&mut self, batch: u64) -> Result<()> {
        self.until("a batch on L1", async |tour| {
            Ok((tour.newest().await? >= batch).then_some(()))
        })
        .await
    }

    /// Waits until an operation's batch is on L1, by the first operator's word; says where it is.
    pub(crate) async fn landed(&self, id: &str) -> Result<serde_json::Value> {
        let wait = ["wallet", "status", id, "--wait", "on-l1"];
        let by = ["--operator", self.operator(0)];
        self.programs.told(&[&wait[..], &by].concat()).await
    }

    /// Waits until the follower has derived a batch.
    pub(crate) async fn followed(&mut self, batch: u64) -> Result<()> {
        self.until("the follower", async |tour| {
            let health = rpc(tour.follower(), "rollup_roots").await?;
            let at = [&health["on_l1"], &health["off_l1"]];
            let derived = at
                .iter()
                .all(|tree| tree["after"].as_u64().is_some_and(|after| after >= batch));
            Ok(derived.then_some(()))
        })
        .await
    }

    /// Looks until there is something.
    pub(crate) async fn until<T>(
        &mut self,
        what: &'static str,
        look: impl AsyncFn(&Self) -> Result<Option<T>>,
    ) -> Result<T> {
        let begun = tokio::time::Instant::now();
        loop {
            if let Some(found) = look(self).await? {
                return Ok(found);
            }
            for serving in self.operators.iter_mut().chain(&mut self.follower) {
                serving.check()?;
            }
            if begun.elapsed() > PATIENCE {
                return Err(Error::Stage {
                    what,
                    reason: format!("not after {} s", PATIENCE.as_secs()),
                });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Moves L1's clock to just after the beginning of a turn of the operator with this place,
    /// unless it has enough of one left.
    pub(crate) async fn turn_of(&mut self, place: u64) -> Result<()> {
        let now = self.stage.client.head().await?.time.get();
        if now / SLOT % 2 == place && now % SLOT < SLOT / 2 {
            return Ok(());
        }
        let next = now / SLOT + 1;
        let begin = (next + (place + 2 - next % 2) % 2) * SLOT;
        self.stage.pass(begin + 60 - now).await
    }
}

/// Asks a server something without parameters.
pub(crate) async fn rpc(url: &str, method: &'static str) -> Result<serde_json::Value> {
    let failed = |error: &dyn std::fmt::Display| Error::Stage {
        what: "a server's answer",
        reason: error.to_string(),
    };
    let url = url.parse().map_err(|error| failed(&error))?;
    let client = alloy::rpc::client::RpcClient::new_http(url);
    let asked = client.request_noparams(method);
    asked.await.map_err(|error| failed(&error))
}

/// Makes a block a second, as L1 would by itself; else its time stands still when nothing is sent.
fn heartbeat(client: L1Client) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            // One that fails is followed by the next.
            let _ = pass(&client, 0).await;
        }
    })
}
