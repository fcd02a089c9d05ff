//! What a light node trusts, and how its trust moves on.

use crate::{CheckedGenesis, Error, FinalHeader, Parent, Result, UnverifiedHeader, ValidatorSet};
use std::collections::BTreeMap;
use types::{ChainId, Header, HeaderHash, Height, SetHash, Timestamp};

/// A block that the operator trusts: a hash and a height. At height 0 the hash is the chain's
/// id. Written `HASH@HEIGHT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    /// The block's height.
    pub height: Height,
    /// Its header's hash, or the chain's id.
    pub hash: HeaderHash,
}

impl Checkpoint {
    /// The genesis as a checkpoint.
    #[must_use]
    pub const fn genesis(chain: &ChainId) -> Self {
        Self {
            height: Height::GENESIS,
            hash: HeaderHash::new(chain.to_bytes()),
        }
    }

    /// This header as a checkpoint.
    #[must_use]
    pub const fn of(header: &FinalHeader) -> Self {
        Self {
            height: header.header().height,
            hash: header.hash(),
        }
    }

    /// The chain's id, when this is a genesis.
    #[must_use]
    pub const fn chain_id(&self) -> Option<ChainId> {
        match self.height {
            Height::GENESIS => Some(ChainId::new(self.hash.to_bytes())),
            _ => None,
        }
    }
}

impl std::fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.hash, self.height)
    }
}

impl std::str::FromStr for Checkpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::CheckpointText {
            got: text.chars().take(100).collect(),
        };
        let (hash, height) = text.split_once('@').ok_or_else(wrong)?;
        Ok(Self {
            hash: hash.parse().map_err(|_| wrong())?,
            height: Height::new(height.parse().map_err(|_| wrong())?),
        })
    }
}

/// For how long trust lasts: validators may be bribed to rewrite what they decided once their
/// bonds are back, so a header older than that proves nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustingPeriod {
    /// Milliseconds after a header's time.
    pub millis: u64,
}

/// A chain as far as it is trusted: the newest header, the set that certified it, the hash of
/// the one that certifies the next, and recent headers, to notice when others contradict them.
#[derive(Debug, Clone)]
pub struct TrustedChain {
    chain_id: ChainId,
    tip: Parent,
    set: ValidatorSet,
    next_set: SetHash,
    recent: BTreeMap<Height, FinalHeader>,
}

impl TrustedChain {
    /// How many headers are remembered against forks.
    pub const REMEMBERED: usize = 256;

    /// Trusts a genesis, whose chain id the operator knows.
    #[must_use]
    pub fn from_genesis(genesis: &CheckedGenesis) -> Self {
        Self {
            chain_id: genesis.chain_id(),
            tip: Parent::genesis(genesis),
            set: genesis.validators().clone(),
            next_set: genesis.validators().hash(),
            recent: BTreeMap::new(),
        }
    }

    /// Trusts the header that a checkpoint names, and the set that the header names.
    ///
    /// # Errors
    /// [`Error::WrongHeight`] or [`Error::WrongHeader`] for another header than the
    /// checkpoint's, [`Error::WrongSet`] for another set than the header's, or whatever is
    /// wrong with the header.
    pub fn from_checkpoint(
        chain_id: ChainId,
        checkpoint: &Checkpoint,
        header: UnverifiedHeader,
        set: ValidatorSet,
    ) -> Result<Self> {
        let (height, hash) = (header.header.height, header.header.hash());
        if height != checkpoint.height {
            return Err(Error::WrongHeight {
                what: "checkpoint",
                got: height,
                expected: checkpoint.height,
            });
        }
        if hash != checkpoint.hash {
            return Err(Error::WrongHeader {
                got: hash,
                expected: checkpoint.hash,
            });
        }
        let header = header.verify(&chain_id, &set)?;
        Ok(Self {
            chain_id,
            tip: Parent::from(&header),
            next_set: header.header().next_validators,
            set,
            recent: BTreeMap::from([(height, header)]),
        })
    }

    /// The chain.
    #[must_use]
    pub const fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    /// The newest trusted block's hash, height and time.
    #[must_use]
    pub const fn tip(&self) -> &Parent {
        &self.tip
    }

    /// The newest trusted header; none while only the genesis is trusted.
    #[must_use]
    pub fn latest(&self) -> Option<&FinalHeader> {
        self.recent.get(&self.tip.height)
    }

    /// A remembered header.
    #[must_use]
    pub fn header(&self, height: Height) -> Option<&FinalHeader> {
        self.recent.get(&height)
    }

    /// The set that certified the newest trusted header.
    #[must_use]
    pub const fn set(&self) -> &ValidatorSet {
        &self.set
    }

    /// The hash of the set that certifies the header after the newest trusted one.
    #[must_use]
    pub const fn next_set_hash(&self) -> SetHash {
        self.next_set
    }

    /// Verifies a header by `set`, which must be the one trusted now or the one trusted next,
    /// and trusts it if it is newer than all before. Older ones are verified, compared with
    /// what is remembered, remembered as well while they are among the newest
    /// [`Self::REMEMBERED`], and returned.
    ///
    /// # Errors
    /// [`Error::TrustExpired`] when the newest trusted header is older than the period;
    /// [`Error::UntrustedSet`] when a header in between is missing; [`Error::Fork`], after
    /// which the chain must not be followed any further; [`Error::TimeBeforeParent`]; or
    /// whatever is wrong with the header.
    pub fn advance(
        &mut self,
        header: UnverifiedHeader,
        set: &ValidatorSet,
        now: Timestamp,
        period: TrustingPeriod,
    ) -> Result<FinalHeader> {
        self.check_fresh(now, period)?;
        let named = header.header.validators;
        if named != self.set.hash() && named != self.next_set {
            return Err(Error::UntrustedSet {
                got: named,
                current: self.set.hash(),
                next: self.next_set,
            });
        }

        let header = header.verify(&self.chain_id, set)?;
        self.check_against_remembered(&header)?;

        if header.header().height > self.tip.height {
            if header.header().time <= self.tip.time {
                return Err(Error::TimeBeforeParent {
                    got: header.header().time,
                    parent: self.tip.time,
                });
            }
            self.trust(header.clone(), set);
        } else {
            self.remember(header.clone());
        }
        Ok(header)
    }

    /// The remembered header that this one cannot stand beside: of its height and another hash,
    /// or its parent or child and linked otherwise. Nothing is verified: only once it is
    /// certified is this a fork.
    #[must_use]
    pub fn contradicted(&self, header: &Header) -> Option<&FinalHeader> {
        let remembered = |height: Option<Height>| height.and_then(|at| self.recent.get(&at));
        let (height, hash) = (header.height, header.hash());
        let same = remembered(Some(height)).filter(|known| known.hash() != hash);
        let below = || remembered(height.previous()).filter(|known| known.hash() != header.parent);
        let above = || remembered(height.next()).filter(|known| known.header().parent != hash);
        same.or_else(below).or_else(above)
    }

    fn check_fresh(&self, now: Timestamp, period: TrustingPeriod) -> Result<()> {
        match now.millis_since(self.tip.time) {
            Some(age) if age > period.millis => Err(Error::TrustExpired {
                trusted: self.tip.time,
                now,
                period_ms: period.millis,
            }),
            _ => Ok(()),
        }
    }

    fn check_against_remembered(&self, header: &FinalHeader) -> Result<()> {
        if let Some(known) = self.contradicted(header.header()) {
            return Err(Error::Fork {
                first: Box::new(known.clone()),
                second: Box::new(header.clone()),
            });
        }
        let height = header.header().height;
        let genesis = HeaderHash::new(self.chain_id.to_bytes());
        if height == Height::FIRST && header.header().parent != genesis {
            return Err(Error::WrongParent {
                got: header.header().parent,
                expected: genesis,
            });
        }
        Ok(())
    }

    fn trust(&mut self, header: FinalHeader, set: &ValidatorSet) {
        self.tip = Parent::from(&header);
        self.set = set.clone();
        self.next_set = header.header().next_validators;
        self.remember(header);
    }

    /// Keeps the newest; the tip is always among them.
    fn remember(&mut self, header: FinalHeader) {
        self.recent.insert(header.header().height, header);
        while self.recent.len() > Self::REMEMBERED {
            self.recent.pop_first();
        }
    }
}
