//! Whose turn it is: the set in force at a height, and the one before it.

use crate::{ChainParams, CheckedGenesis, Error, ReceiptTerms, Result, ValidatorSet};
use types::{Header, Reader, Timestamp, Writer};

/// The sets that matter at a height: the one in force, which orders and certifies, and the one
/// before it, whose receipts may still be under way. A function of the chain below the height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenure {
    set: ValidatorSet,
    previous: Option<Predecessor>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Predecessor {
    set: ValidatorSet,
    /// The time of its last block.
    until: Timestamp,
}

impl Tenure {
    /// At the first height.
    #[must_use]
    pub fn genesis(genesis: &CheckedGenesis) -> Self {
        Self::of(genesis.validators().clone())
    }

    /// A set in force that none came before, as far as known.
    #[must_use]
    pub const fn of(set: ValidatorSet) -> Self {
        Self {
            set,
            previous: None,
        }
    }

    /// The set in force.
    #[must_use]
    pub const fn set(&self) -> &ValidatorSet {
        &self.set
    }

    /// The set before it, if there was another one.
    #[must_use]
    pub fn previous(&self) -> Option<&ValidatorSet> {
        self.previous.as_ref().map(|previous| &previous.set)
    }

    /// At the height after this header, which is final or about to be: `next` is the set that
    /// the header names as the next one.
    ///
    /// # Errors
    /// [`Error::WrongSet`] for a header by another set than the one in force, or another next
    /// set than the one it names.
    pub fn after(&self, header: &Header, next: &ValidatorSet) -> Result<Self> {
        self.set.check_hash(header.validators)?;
        next.check_hash(header.next_validators)?;
        if *next == self.set {
            return Ok(self.clone());
        }
        Ok(Self {
            set: next.clone(),
            previous: Some(Predecessor {
                set: self.set.clone(),
                until: header.time,
            }),
        })
    }

    /// The set whose receipts with these terms count: the one in force, or the one before it
    /// for a blob that was accepted by the time of its last block, give or take what clocks
    /// differ. So blobs under way are not lost where a set ends, and members who have left
    /// cannot certify for longer than the ordering window.
    ///
    /// # Errors
    /// [`Error::WrongSet`].
    pub fn certifier(&self, terms: &ReceiptTerms, params: &ChainParams) -> Result<&ValidatorSet> {
        if terms.set == self.set.hash() {
            return Ok(&self.set);
        }
        match &self.previous {
            Some(previous)
                if terms.set == previous.set.hash()
                    && terms.accepted_at <= previous.until.plus_millis(params.clock_drift_ms) =>
            {
                Ok(&previous.set)
            }
            _ => Err(Error::WrongSet {
                got: terms.set,
                expected: self.set.hash(),
            }),
        }
    }

    /// `flag u8`, with a predecessor 1 and `time of its last block u64 ‖ length u32 ‖ its set`,
    /// then the set in force.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let head = match &self.previous {
            None => Writer::new().u8(0),
            Some(previous) => {
                let set = previous.set.encode();
                // A set's encoding is far below 2^32 bytes.
                let length = u32::try_from(set.len()).unwrap_or(u32::MAX);
                Writer::new()
                    .u8(1)
                    .u64(previous.until.get())
                    .u32(length)
                    .raw(&set)
            }
        };
        head.raw(&self.set.encode()).finish()
    }

    /// Reads what this node itself has kept. A set's members are believed without proof of
    /// possession, so bytes of a stranger must not come here.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for another flag, whatever is wrong with a set, bytes missing or
    /// left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("tenure", bytes);
        let previous = match reader.u8()? {
            0 => None,
            1 => {
                let until = Timestamp::new(reader.u64()?);
                let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
                let set = ValidatorSet::decode(reader.raw(length)?)?;
                Some(Predecessor { set, until })
            }
            flag => {
                return Err(Error::OutOfRange {
                    what: "flag of a tenure",
                    got: flag.into(),
                    min: 0,
                    max: 1,
                });
            }
        };
        let rest = reader.remaining();
        let set = ValidatorSet::decode(reader.raw(rest)?)?;
        reader.finish()?;
        Ok(Self { set, previous })
    }
}
