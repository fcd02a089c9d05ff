//! What the validators' chains look like from outside: how high each is, and whether they are
//! one.

use super::fleet::Fleet;
use super::scenario::VALIDATORS;
use crate::{Error, Result};
use chain::{
    Equivocation, UnverifiedEquivocation, UnverifiedFinality, UnverifiedHeader, ValidatorAddress,
    ValidatorSet,
};
use futures::future::join_all;
use proto::client::{Client, WhichHeader};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use types::{ChainId, Header, HeaderHash, Height};

/// How long a validator may think about a question; one that is paused does not answer.
const ANSWER: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(200);

/// How high each validator's chain is; that of one that does not answer as it was seen last.
pub(super) type Heights = [u64; VALIDATORS];

/// What was seen of a network's chain.
pub(super) struct Oracle {
    chain_id: ChainId,
    set: ValidatorSet,
    heights: Heights,
    /// Up to where each validator's chain was read.
    read: Heights,
    headers: BTreeMap<u64, HeaderHash>,
    forks: usize,
}

impl Oracle {
    pub(super) fn new(fleet: &Fleet) -> Self {
        let genesis = fleet.genesis();
        Self {
            chain_id: genesis.chain_id(),
            set: genesis.validators().clone(),
            heights: [0; VALIDATORS],
            read: [0; VALIDATORS],
            headers: BTreeMap::new(),
            forks: 0,
        }
    }

    /// Asks every validator for its height.
    pub(super) async fn look(&mut self, fleet: &Fleet) -> Heights {
        let asked = (0..VALIDATORS).map(|node| timeout(ANSWER, height(fleet.client(node))));
        for (known, got) in self.heights.iter_mut().zip(join_all(asked).await) {
            if let Ok(Some(got)) = got {
                *known = (*known).max(got);
            }
        }
        self.heights
    }

    /// Waits until all of these have come to a height.
    ///
    /// # Errors
    /// [`Error::Late`], or a validator that has ended by itself.
    pub(super) async fn reach(
        &mut self,
        fleet: &Fleet,
        nodes: &[usize],
        height: u64,
        limit: Duration,
    ) -> Result<Heights> {
        let started = Instant::now();
        loop {
            let heights = self.look(fleet).await;
            let behind = nodes.iter().find(|node| heights[**node] < height);
            let Some(behind) = behind else {
                return Ok(heights);
            };
            if let Some(error) = fleet.fallen() {
                return Err(error);
            }
            if started.elapsed() > limit {
                return Err(Error::Late {
                    missing: format!(
                        "validator {behind} is at height {} and was to come to {height}",
                        heights[*behind]
                    ),
                    after: limit,
                });
            }
            sleep(PAUSE).await;
        }
    }

    /// Reads what is new of every chain, verifies it, and compares. Says how many heights have
    /// had more than one header so far.
    ///
    /// # Errors
    /// A validator that does not answer, or whose header or certificate does not hold.
    pub(super) async fn compare(&mut self, fleet: &Fleet) -> Result<usize> {
        for node in 0..VALIDATORS {
            for number in self.read[node] + 1..=self.heights[node] {
                let hash = self.final_header(fleet.client(node), node, number).await?;
                self.read[node] = number;
                if *self.headers.entry(number).or_insert(hash) != hash {
                    tracing::error!(node, number, %hash, "FORK");
                    self.forks += 1;
                }
            }
        }
        Ok(self.forks)
    }

    async fn final_header(&self, client: &Client, node: usize, number: u64) -> Result<HeaderHash> {
        let height = WhichHeader::Height(Height::new(number));
        let answer = client.header(height).await.map_err(Error::client(node))?;
        let unverified = UnverifiedHeader {
            header: Header::decode(&answer.header)?,
            finality: UnverifiedFinality::decode(&answer.finality)?,
        };
        let verified = unverified.verify(&self.chain_id, &self.set)?;
        Ok(verified.header().hash())
    }

    /// Waits until each of these validators has evidence, and verifies all that they have. Says
    /// how many pieces the one has that has fewest.
    ///
    /// # Errors
    /// [`Error::Late`], evidence that does not hold, or evidence against anybody but `liar`.
    pub(super) async fn convicted(
        &self,
        fleet: &Fleet,
        nodes: &[usize],
        liar: usize,
        limit: Duration,
    ) -> Result<usize> {
        let liar = self.address(fleet, liar);
        let started = Instant::now();
        let mut fewest = usize::MAX;
        for node in nodes {
            let found = loop {
                let found = self.evidence(fleet.client(*node), *node).await?;
                if !found.is_empty() {
                    break found;
                }
                if started.elapsed() > limit {
                    return Err(Error::Late {
                        missing: format!("validator {node} has no evidence"),
                        after: limit,
                    });
                }
                sleep(PAUSE).await;
            };
            if let Some(wrong) = found.iter().find(|found| Some(found.validator()) != liar) {
                let accused = wrong.validator();
                return Err(Error::Accused {
                    node: *node,
                    accused,
                });
            }
            fewest = fewest.min(found.len());
        }
        Ok(fewest)
    }

    fn address(&self, fleet: &Fleet, node: usize) -> Option<ValidatorAddress> {
        let key = fleet.public_key(node)?;
        self.set.find_key(&key).map(|(_, member)| member.address())
    }

    async fn evidence(&self, client: &Client, node: usize) -> Result<Vec<Equivocation>> {
        let answers = client.evidence(None).await.map_err(Error::client(node))?;
        answers
            .iter()
            .map(|answer| {
                let unverified = UnverifiedEquivocation::decode(&answer.evidence)?;
                Ok(unverified.verify(&self.chain_id, &self.set)?)
            })
            .collect()
    }
}

/// A validator's height, if it answers.
async fn height(client: &Client) -> Option<u64> {
    match client.header(WhichHeader::Latest).await {
        Ok(latest) => Some(latest.fields.map_or(0, |fields| fields.height)),
        Err(error) if error.is_not_found() => Some(0),
        Err(_) => None,
    }
}
