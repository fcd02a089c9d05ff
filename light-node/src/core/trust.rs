//! From a checkpoint to trust in the newest header.

use crate::{Error, Result};
use chain::{
    Checkpoint, FinalHeader, Genesis, Parent, TrustedChain, TrustingPeriod, UnverifiedHeader,
    ValidatorSet,
};
use types::{ChainId, Header, Height, SetHash, Tag, Timestamp, tagged_hash};

/// What a light node is told to trust, before anything was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    chain: ChainId,
    checkpoint: Checkpoint,
    period: TrustingPeriod,
}

impl Anchor {
    /// Trust in `checkpoint` on `chain`. Trust lasts for `period` after a header's time.
    #[must_use]
    pub const fn new(chain: ChainId, checkpoint: Checkpoint, period: TrustingPeriod) -> Self {
        Self {
            chain,
            checkpoint,
            period,
        }
    }

    /// Trusts a genesis that hashes to the chain's id, and the validators that it names.
    ///
    /// # Errors
    /// [`Error::OtherGenesis`] for other bytes; whatever is wrong with the genesis.
    pub fn genesis(&self, bytes: &[u8]) -> Result<Trust> {
        // The hash first: it is cheap, and tells whose fault the rest would be.
        let got = ChainId::new(tagged_hash(Tag::Genesis, &[bytes]));
        if got != self.chain {
            return Err(Error::OtherGenesis {
                got,
                expected: self.chain,
            });
        }
        let genesis = Genesis::decode(bytes)?.check()?;
        Ok(Trust {
            chain: TrustedChain::from_genesis(&genesis),
            next: None,
            period: self.period,
        })
    }

    /// Trusts the checkpoint's header, and the validators whose hash it carries.
    ///
    /// # Errors
    /// [`Error::Chain`] for another header or set, or a certificate that does not hold.
    pub fn header(&self, header: UnverifiedHeader, set: ValidatorSet) -> Result<Trust> {
        let chain = TrustedChain::from_checkpoint(self.chain, &self.checkpoint, header, set)?;
        Ok(Trust {
            chain,
            next: None,
            period: self.period,
        })
    }
}

/// What came of a header.
#[derive(Debug, Clone)]
pub enum Step {
    /// It is certified by validators that are trusted.
    Trusted(Box<FinalHeader>),
    /// It is by the next validators: this set must be fetched first.
    NeedsSet(SetHash),
    /// It is by validators that no trusted header names: in between, from this height on, is
    /// where they changed. A [`Search`](crate::core::Search) finds it.
    NeedsHeaders(Height),
}

/// The trust of a running light node.
#[derive(Debug, Clone)]
pub struct Trust {
    chain: TrustedChain,
    /// The set that certifies after a change, once it was fetched.
    next: Option<ValidatorSet>,
    period: TrustingPeriod,
}

impl Trust {
    /// How far a header may be ahead of our clock, milliseconds.
    pub const CLOCK_DRIFT_MS: u64 = 10 * 60 * 1000;

    /// The newest trusted block; the genesis at first.
    #[must_use]
    pub const fn tip(&self) -> &Parent {
        self.chain.tip()
    }

    /// The newest trusted header; none while only the genesis is trusted.
    #[must_use]
    pub fn latest(&self) -> Option<&FinalHeader> {
        self.chain.latest()
    }

    /// The hash of the set that certifies the header after the newest trusted one.
    #[must_use]
    pub const fn next_set_hash(&self) -> SetHash {
        self.chain.next_set_hash()
    }

    /// The validator set with this hash, if it is the present one or the next.
    #[must_use]
    pub fn set(&self, hash: &SetHash) -> Option<&ValidatorSet> {
        let known = [Some(self.chain.set()), self.next.as_ref()];
        known.into_iter().flatten().find(|set| set.hash() == *hash)
    }

    /// A header of this height that was trusted lately.
    #[must_use]
    pub fn header(&self, height: Height) -> Option<&FinalHeader> {
        self.chain.header(height)
    }

    /// Whether a header, were it certified, would contradict one that was trusted lately.
    /// Nothing is verified.
    #[must_use]
    pub fn is_contradicted_by(&self, header: &Header) -> bool {
        self.chain.contradicted(header).is_some()
    }

    /// Takes the set that the newest header names as the next.
    ///
    /// # Errors
    /// [`Error::OtherSet`] for any other.
    pub fn add_set(&mut self, set: ValidatorSet) -> Result<()> {
        let (got, expected) = (set.hash(), self.chain.next_set_hash());
        if got != expected {
            return Err(Error::OtherSet { got, expected });
        }
        self.next = Some(set);
        Ok(())
    }

    /// Verifies a header's certificate, and moves on to it when it is newer.
    ///
    /// # Errors
    /// [`Error::Chain`]: with `Fork`, when it contradicts a header trusted before, after which
    /// nothing may be trusted any more; with `TrustExpired`, when trust is too old; otherwise
    /// with what is wrong with the header. [`Error::ClockBehind`] for one that is certified and
    /// of more than [`Self::CLOCK_DRIFT_MS`] from now: by a clock that is slow, trust would
    /// never run out.
    pub fn accept(&mut self, header: UnverifiedHeader, now: Timestamp) -> Result<Step> {
        let named = header.header.validators;
        let set = if named == self.chain.set().hash() {
            self.chain.set().clone()
        } else if named == self.chain.next_set_hash() {
            match &self.next {
                Some(next) if next.hash() == named => next.clone(),
                _ => return Ok(Step::NeedsSet(named)),
            }
        } else if let Some(from) = self.tip().height.next()
            && header.header.height > from
        {
            return Ok(Step::NeedsHeaders(from));
        } else {
            self.chain.set().clone()
        };
        if header.header.time > now.plus_millis(Self::CLOCK_DRIFT_MS) {
            // Only a certificate makes it a matter of clocks.
            let header = header.verify(&self.chain.chain_id(), &set)?;
            return Err(Error::ClockBehind {
                header: header.header().time,
                now,
            });
        }
        let header = self.chain.advance(header, &set, now, self.period)?;
        Ok(Step::Trusted(Box::new(header)))
    }
}
