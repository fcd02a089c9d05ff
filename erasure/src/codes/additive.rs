//! Reed and Solomon's code over GF(2^16), by additive transforms: the crate `reed-solomon-simd`.

use reed_solomon_simd::{ReedSolomonDecoder, ReedSolomonEncoder};

use super::received::{Received, check_data};
use super::{CodeLimits, CodeParameters, ErasureCode};
use crate::{ErasureError, ShardIndex};

/// The code of `reed-solomon-simd`, which is that of Leopard-RS: Lin, Chung and Han, "Novel
/// Polynomial Basis and Its Application to Reed-Solomon Erasure Codes" (arXiv:1404.3458).
///
/// Shards are an even number of bytes. With m = n − k, the smaller of the next powers of two of k
/// and m, plus the larger of k and m, is at most 65,536. Encoding and recovery take O(n log n)
/// operations per symbol of a shard; the library chooses AVX2, SSSE3, NEON or plain code by the
/// machine, with the same result.
#[derive(Clone, Debug)]
pub struct AdditiveCode {
    parameters: CodeParameters,
}

impl AdditiveCode {
    pub(super) const NAME: &'static str = "reed-solomon-simd";

    /// What the code supports.
    pub const LIMITS: CodeLimits = CodeLimits {
        data_shards: POINTS - 1,
        shards: |data| data + most_parity(data),
        shard_multiple: 2,
    };

    /// The code of these parameters.
    ///
    /// # Errors
    /// [`ErasureError::DataShards`], [`ErasureError::Shards`] or [`ErasureError::ShardBytes`]
    /// beyond [`AdditiveCode::LIMITS`].
    pub fn new(parameters: CodeParameters) -> Result<Self, ErasureError> {
        Self::LIMITS.check(parameters)?;
        Ok(Self { parameters })
    }
}

/// Elements of the field.
const POINTS: usize = 1 << 16;

/// The largest number of parity shards that the library takes for k data shards.
fn most_parity(data: usize) -> usize {
    let (mut fits, mut too_many) = (0, POINTS);
    while too_many - fits > 1 {
        let parity = fits.midpoint(too_many);
        if ReedSolomonEncoder::supports(data, parity) {
            fits = parity;
        } else {
            too_many = parity;
        }
    }
    fits
}

impl ErasureCode for AdditiveCode {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameters(&self) -> CodeParameters {
        self.parameters
    }

    fn encode(&self, data: &[&[u8]]) -> Result<Vec<Vec<u8>>, ErasureError> {
        check_data(self.parameters, data)?;
        if self.parameters.parity_shards() == 0 {
            return Ok(Vec::new());
        }

        let mut encoder = ReedSolomonEncoder::new(
            self.parameters.data_shards(),
            self.parameters.parity_shards(),
            self.parameters.shard_bytes(),
        )
        .map_err(refused)?;
        for shard in data {
            encoder.add_original_shard(shard).map_err(refused)?;
        }
        let parity = encoder.encode().map_err(refused)?;
        Ok(parity.recovery_iter().map(<[u8]>::to_vec).collect())
    }

    fn recover(&self, shards: &[(ShardIndex, &[u8])]) -> Result<Vec<Vec<u8>>, ErasureError> {
        let received = Received::new(self.parameters, shards)?;
        let data = match received.data() {
            Some(data) => data,
            None => self.restore(&received)?,
        };
        received.check_against(self, &data)?;
        Ok(data)
    }
}

impl AdditiveCode {
    /// The data from the first k shards given.
    fn restore(&self, received: &Received<'_>) -> Result<Vec<Vec<u8>>, ErasureError> {
        let k = self.parameters.data_shards();
        let mut decoder = ReedSolomonDecoder::new(
            k,
            self.parameters.parity_shards(),
            self.parameters.shard_bytes(),
        )
        .map_err(refused)?;
        for (index, shard) in received.given().take(k) {
            match index.checked_sub(k) {
                None => decoder.add_original_shard(index, shard),
                Some(parity) => decoder.add_recovery_shard(parity, shard),
            }
            .map_err(refused)?;
        }
        let restored = decoder.decode().map_err(refused)?;
        (0..k)
            .map(|i| {
                received
                    .get(i)
                    .or_else(|| restored.restored_original(i))
                    .map(<[u8]>::to_vec)
                    .ok_or_else(|| refused("a data shard was not restored"))
            })
            .collect()
    }
}

fn refused(reason: impl std::fmt::Display) -> ErasureError {
    ErasureError::CodeLibrary {
        code: AdditiveCode::NAME,
        reason: reason.to_string(),
    }
}
