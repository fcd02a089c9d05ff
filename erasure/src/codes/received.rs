//! What every code checks before it computes, and after.

#[cfg(feature = "byte-codes")]
use super::ErasureCode;
use super::{CodeParameters, ShardIndex};
use crate::ErasureError;

/// # Errors
/// [`ErasureError::DataShardCount`] or [`ErasureError::RaggedShard`], unless these are k shards of
/// the right length.
pub(super) fn check_data(parameters: CodeParameters, data: &[&[u8]]) -> Result<(), ErasureError> {
    let expected = parameters.data_shards();
    if data.len() != expected {
        return Err(ErasureError::DataShardCount {
            got: data.len(),
            expected,
        });
    }
    data.iter()
        .enumerate()
        .try_for_each(|(i, shard)| check_length(parameters, ShardIndex::of_position(i), shard))
}

fn check_length(
    parameters: CodeParameters,
    shard: ShardIndex,
    bytes: &[u8],
) -> Result<(), ErasureError> {
    let (got, expected) = (bytes.len(), parameters.shard_bytes());
    if got == expected {
        Ok(())
    } else {
        Err(ErasureError::RaggedShard {
            shard,
            got,
            expected,
        })
    }
}

/// At least k distinct shards of a code, each of the right length, by index.
#[derive(Debug)]
pub(super) struct Received<'a> {
    parameters: CodeParameters,
    /// One entry per shard of the code.
    by_index: Vec<Option<&'a [u8]>>,
    count: usize,
}

impl<'a> Received<'a> {
    /// # Errors
    /// As those of [`recover`](super::ErasureCode::recover), for everything that can be seen without computing.
    pub(super) fn new(
        parameters: CodeParameters,
        shards: &[(ShardIndex, &'a [u8])],
    ) -> Result<Self, ErasureError> {
        let mut by_index = vec![None; parameters.shards()];
        for (index, bytes) in shards {
            let slot = by_index
                .get_mut(index.as_usize())
                .ok_or(ErasureError::ForeignShard {
                    got: *index,
                    shards: parameters.shards(),
                })?;
            check_length(parameters, *index, bytes)?;
            if slot.replace(*bytes).is_some() {
                return Err(ErasureError::DuplicateShard { got: *index });
            }
        }
        let (got, expected) = (shards.len(), parameters.data_shards());
        if got < expected {
            return Err(ErasureError::TooFewShards { got, expected });
        }
        Ok(Self {
            parameters,
            by_index,
            count: got,
        })
    }

    /// Those that were given, in order of their indices.
    pub(super) fn given(&self) -> impl Iterator<Item = (usize, &'a [u8])> {
        self.by_index
            .iter()
            .enumerate()
            .filter_map(|(i, shard)| shard.map(|bytes| (i, bytes)))
    }

    /// The shard of this index, if it was given.
    pub(super) fn get(&self, index: usize) -> Option<&'a [u8]> {
        self.by_index.get(index).copied().flatten()
    }

    /// Whether there are more than k.
    pub(super) fn has_more_than_needed(&self) -> bool {
        self.count > self.parameters.data_shards()
    }

    /// The data, when all of its shards were given.
    pub(super) fn data(&self) -> Option<Vec<Vec<u8>>> {
        let data = &self.by_index[..self.parameters.data_shards()];
        if data.iter().any(Option::is_none) {
            return None;
        }
        Some(data.iter().flatten().map(|s| s.to_vec()).collect())
    }

    /// What more than k shards that are of no one encoding come to.
    pub(super) fn inconsistent(&self) -> ErasureError {
        ErasureError::InconsistentShards {
            got: self.count,
            data_shards: self.parameters.data_shards(),
        }
    }

    /// Encodes the data again and compares, when more shards than needed were given.
    ///
    /// # Errors
    /// [`ErasureError::InconsistentShards`] when a given shard is not of the data's encoding.
    #[cfg(feature = "byte-codes")]
    pub(super) fn check_against(
        &self,
        code: &dyn ErasureCode,
        data: &[Vec<u8>],
    ) -> Result<(), ErasureError> {
        if !self.has_more_than_needed() {
            return Ok(());
        }
        let data: Vec<&[u8]> = data.iter().map(Vec::as_slice).collect();
        let parity = code.encode(&data)?;
        let encoded = data.into_iter().chain(parity.iter().map(Vec::as_slice));
        let agree = self
            .by_index
            .iter()
            .zip(encoded)
            .all(|(given, expected)| given.is_none_or(|bytes| bytes == expected));
        if agree {
            Ok(())
        } else {
            Err(self.inconsistent())
        }
    }
}
