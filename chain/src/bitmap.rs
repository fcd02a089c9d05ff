//! Who of a set has signed.

use crate::{Error, Result, ValidatorIndex};

/// Members of a set of n: bit i of byte i / 8, least significant first, exactly ⌈n / 8⌉ bytes,
/// no bits beyond n.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bitmap {
    members: usize,
    bytes: Vec<u8>,
}

impl Bitmap {
    /// Nobody of `members`.
    #[must_use]
    pub fn new(members: usize) -> Self {
        Self {
            members,
            bytes: vec![0; members.div_ceil(8)],
        }
    }

    /// Adds a member; adding it again changes nothing.
    ///
    /// # Errors
    /// [`Error::UnknownIndex`] beyond the last member.
    pub fn set(&mut self, index: ValidatorIndex) -> Result<()> {
        if index.as_usize() >= self.members {
            return Err(Error::UnknownIndex {
                got: index,
                members: self.members,
            });
        }
        self.bytes[index.as_usize() / 8] |= 1 << (index.get() % 8);
        Ok(())
    }

    /// Whether the member is in it.
    #[must_use]
    pub fn contains(&self, index: ValidatorIndex) -> bool {
        self.bytes
            .get(index.as_usize() / 8)
            .is_some_and(|byte| (byte >> (index.get() % 8)) & 1 == 1)
    }

    /// The members in it, ascending.
    pub fn iter(&self) -> impl Iterator<Item = ValidatorIndex> + '_ {
        (0..=u16::MAX)
            .map(ValidatorIndex::new)
            .take(self.members)
            .filter(|&index| self.contains(index))
    }

    /// How many members are in it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.iter().count()
    }

    /// How many members the set has.
    #[must_use]
    pub const fn members(&self) -> usize {
        self.members
    }

    /// The bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Reads the bytes of a bitmap of `members`.
    ///
    /// # Errors
    /// [`Error::BitmapLength`] for any other length than ⌈members / 8⌉, [`Error::StrayBits`]
    /// for bits beyond the last member.
    pub fn decode(members: usize, bytes: &[u8]) -> Result<Self> {
        let expected = members.div_ceil(8);
        if bytes.len() != expected {
            return Err(Error::BitmapLength {
                got: bytes.len(),
                expected,
                members,
            });
        }
        let used = members % 8;
        if let Some(&last) = bytes.last()
            && used != 0
            && last >> used != 0
        {
            return Err(Error::StrayBits { got: last, members });
        }
        Ok(Self {
            members,
            bytes: bytes.to_vec(),
        })
    }
}
