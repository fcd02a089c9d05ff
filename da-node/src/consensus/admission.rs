//! Which proposals are looked at: those of a height and a round near ours, signed by whoever
//! proposes there, and of each round no more than one proposer may have. So whatever a peer
//! sends takes nobody else's place.

use super::context::{Address, BlockHeight, Members, Part, defined};
use super::signing::part_digest;
use super::values::{HEIGHTS_AHEAD, MAX_PER_ROUND, Values};
use super::{Application, ConsensusError, Result};
use chain::UnverifiedBlock;
use malachite::app::types::core::Round;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use types::{ChainId, Height};

/// How far a round may run ahead of ours; the engine looks as far.
pub(super) const ROUNDS_AHEAD: u32 = 10;

/// Why a part is not looked at. Only [`Refusal::Known`] and [`Refusal::Full`] can be met by
/// what an honest validator sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// Decided already, or too far ahead.
    #[error("height {got}, expected {min} to {max}")]
    Height { got: Height, min: u64, max: u64 },
    /// Too far ahead, none at all, or proposed again before it was proposed.
    #[error("round {got} after {valid_round}, expected at most {max}")]
    Round {
        got: Round,
        valid_round: Round,
        max: u32,
    },
    /// Somebody else proposes in this round.
    #[error("a part of {got}, expected one of {expected}")]
    Turn { got: Address, expected: Address },
    /// The proposer did not sign this.
    #[error("the signature is not that of {proposer}: {error}")]
    Signature {
        proposer: Address,
        error: chain::Error,
    },
    /// These bytes are kept or being judged.
    #[error("known already")]
    Known,
    /// The proposer has as many proposals in this round as it may have.
    #[error("got {got} proposals of this round, expected at most {max}")]
    Full { got: usize, max: usize },
    /// The block does not read.
    #[error(transparent)]
    Malformed(#[from] ConsensusError),
}

/// A part of the validator whose turn it is, with its block, and its place among those being
/// judged for as long as this lives.
#[derive(Debug)]
pub(super) struct Admitted {
    part: Part,
    block: UnverifiedBlock,
    place: Place,
    judging: Judging,
}

/// A block being judged: height, round, and what its proposer signed.
type Place = (Height, u32, [u8; 32]);
type Judging = Arc<Mutex<HashSet<Place>>>;

impl Admitted {
    pub(super) const fn part(&self) -> &Part {
        &self.part
    }

    pub(super) const fn block(&self) -> &UnverifiedBlock {
        &self.block
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut judging = self.judging.lock().unwrap_or_else(PoisonError::into_inner);
        judging.remove(&self.place);
    }
}

/// The gate.
pub(super) struct Admission {
    chain_id: ChainId,
    app: Arc<dyn Application>,
    values: Arc<Values>,
    judging: Judging,
}

impl Admission {
    pub(super) fn new(chain_id: ChainId, app: Arc<dyn Application>, values: Arc<Values>) -> Self {
        Self {
            chain_id,
            app,
            values,
            judging: Judging::default(),
        }
    }

    /// Admits a part, at our height and round. The signature is checked last: it takes a
    /// millisecond, and everything else takes less.
    ///
    /// # Errors
    /// A [`Refusal`].
    pub(super) fn admit(
        &self,
        part: Part,
        at: (Height, types::Round),
    ) -> Result<Admitted, Refusal> {
        let round = self.within_reach(&part, at)?;
        let members = Members::new(self.app.validators(part.height.0));
        let (proposer, key) = members.turn(part.height, part.round);
        if part.proposer != proposer {
            return Err(Refusal::Turn {
                got: part.proposer,
                expected: proposer,
            });
        }
        let rounds = (part.round, part.valid_round);
        let digest = part_digest(
            &self.chain_id,
            &members.hash(),
            part.height,
            rounds,
            &part.block,
        );
        let Some(digest) = digest else {
            return Err(bad_round(&part, 0));
        };
        let place = (part.height.0, round, *digest.as_bytes());
        let (kept, known) = self.values.of_round(part.height, rounds, &part.block);
        // Only this function adds, from the one loop that calls it.
        let (judged, being_judged) = {
            let judging = self.judging.lock().unwrap_or_else(PoisonError::into_inner);
            let of_round = |p: &&Place| (p.0, p.1) == (place.0, place.1);
            (
                judging.iter().filter(of_round).count(),
                judging.contains(&place),
            )
        };
        if known || being_judged {
            return Err(Refusal::Known);
        }
        let got = kept.saturating_add(judged);
        if got >= MAX_PER_ROUND {
            let max = MAX_PER_ROUND;
            return Err(Refusal::Full { got, max });
        }
        let block = decode_for(part.height, &part.block)?;
        key.verify(&digest, &part.signature.to_chain())
            .map_err(|error| Refusal::Signature { proposer, error })?;
        self.judging
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(place);
        Ok(Admitted {
            part,
            block,
            place,
            judging: Arc::clone(&self.judging),
        })
    }

    fn within_reach(&self, part: &Part, at: (Height, types::Round)) -> Result<u32, Refusal> {
        let (tip, height) = (self.app.tip().get(), part.height.0.get());
        let max = tip.saturating_add(HEIGHTS_AHEAD);
        if height <= tip || height > max {
            return Err(Refusal::Height {
                got: part.height.0,
                min: tip.saturating_add(1),
                max,
            });
        }
        let ours = if at.0 == part.height.0 { at.1.get() } else { 0 };
        let max = ours.saturating_add(ROUNDS_AHEAD);
        match defined(part.round) {
            Some(round) if round.get() <= max && part.valid_round < part.round => Ok(round.get()),
            _ => Err(bad_round(part, max)),
        }
    }
}

fn bad_round(part: &Part, max: u32) -> Refusal {
    Refusal::Round {
        got: part.round,
        valid_round: part.valid_round,
        max,
    }
}

/// Reads a block and checks that it is for its height.
pub(super) fn decode_for(height: BlockHeight, bytes: &[u8]) -> Result<UnverifiedBlock> {
    let block = UnverifiedBlock::decode(bytes)?;
    let (got, expected) = (block.header.height.get(), height.0.get());
    if got != expected {
        return Err(types::Error::OutOfRange {
            what: "height of a proposed block",
            got,
            min: expected,
            max: expected,
        }
        .into());
    }
    Ok(block)
}
