//! Reed and Solomon's code over the scalar field of BLS12-381.
//!
//! P is the next power of two of k, and N that of P + n − k. Position i of the N stands at
//! ω_N^brp(i), so that the first P positions are the P-th roots of unity and every further P are a
//! coset of them. Data shard i has position i, positions k..P are zero, and parity shard j has
//! position P + j: for n ≤ 2k this is the order of EIP-7594's rows and of this crate's columns.
//! Element e of all shards is one polynomial of degree below P.

mod locator;
mod recovery;
#[cfg(test)]
mod tests;

use std::ops::Range;

use algebra::{AlgebraError, Domain, Engine, FR_BYTES, Fr, bit_reverse};
use types::first_noncanonical;

use super::received::{Received, check_data};
use super::{CodeLimits, CodeParameters, ErasureCode, ShardIndex};
use crate::ErasureError;
use locator::Losses;

/// The code over the scalar field of BLS12-381, whose parity is linear in the data as commitments
/// are.
///
/// A shard is a multiple of 32 bytes: canonical big-endian elements, as EIP-4844 encodes them. The
/// next power of two of k, plus n − k, is at most 65,536.
///
/// With P the next power of two of k and N that of P + n − k, an element of every shard together
/// takes O(N log P) operations to encode, and O(N log N) to recover, after O(N log² N) once for
/// the pattern of losses. Beside the shards, some elements of all of them are held at a time:
/// about 4 MiB, or 1 KiB per position of N when that is more.
#[derive(Clone, Debug)]
pub struct FieldCode {
    parameters: CodeParameters,
    engine: Engine,
    /// P points.
    half: Domain,
    /// N points.
    whole: Domain,
}

/// N is at most this.
const POINTS: usize = 1 << 16;

/// Elements of a matrix that is transformed at once: 1 MiB, so that it stays in the cache.
const BLOCK_ELEMENTS: usize = 1 << 15;

/// Elements that vector code takes at once: narrower blocks would waste it.
const LANES: usize = 8;

impl FieldCode {
    pub(super) const NAME: &'static str = "field";

    /// What the code supports.
    pub const LIMITS: CodeLimits = CodeLimits {
        data_shards: POINTS,
        shards: |data| data + POINTS - data.next_power_of_two(),
        shard_multiple: FR_BYTES,
    };

    /// The code of these parameters; the result does not depend on the engine.
    ///
    /// # Errors
    /// [`ErasureError::DataShards`], [`ErasureError::Shards`] or [`ErasureError::ShardBytes`]
    /// beyond [`FieldCode::LIMITS`].
    pub fn new(parameters: CodeParameters, engine: Engine) -> Result<Self, ErasureError> {
        Self::LIMITS.check(parameters)?;
        let half = parameters.data_shards().next_power_of_two();
        let whole = (half + parameters.parity_shards()).next_power_of_two();
        Ok(Self {
            parameters,
            engine,
            half: Domain::new(half)?,
            whole: Domain::new(whole)?,
        })
    }

    /// The position of a shard.
    fn position(&self, shard: usize) -> usize {
        match shard.checked_sub(self.parameters.data_shards()) {
            None => shard,
            Some(parity) => self.half.size() + parity,
        }
    }

    /// The domain point of a position.
    fn point(&self, position: usize) -> Fr {
        let bits = self.whole.size().trailing_zeros();
        self.whole.point(bit_reverse(position, bits))
    }

    /// Which bytes of every shard are coded together.
    fn blocks(&self) -> impl Iterator<Item = Range<usize>> {
        let width = (BLOCK_ELEMENTS / self.whole.size()).max(LANES) * FR_BYTES;
        let end = self.parameters.shard_bytes();
        (0..end)
            .step_by(width)
            .map(move |start| start..end.min(start + width))
    }

    /// The elements of a block of these shards, one row per shard.
    fn read<'a>(
        &self,
        shards: impl Iterator<Item = (usize, &'a [u8])> + Clone,
        block: &Range<usize>,
    ) -> Result<Vec<Fr>, ErasureError> {
        let mut bytes = Vec::with_capacity(shards.clone().count() * block.len());
        for (_, shard) in shards.clone() {
            bytes.extend_from_slice(&shard[block.clone()]);
        }
        match self.engine.read_scalars(&bytes) {
            Err(AlgebraError::NonCanonicalScalar) => {
                check_canonical(shards)?;
                Err(AlgebraError::NonCanonicalScalar.into())
            }
            read => Ok(read?),
        }
    }

    /// Appends the rows to the shards, one each.
    fn write(&self, rows: &[Fr], shards: &mut [Vec<u8>]) {
        let bytes = self.engine.write_scalars(rows);
        let width = bytes.len() / shards.len().max(1);
        for (row, shard) in bytes.chunks_exact(width.max(1)).zip(shards) {
            shard.extend_from_slice(row);
        }
    }

    /// So many empty shards with room for their bytes.
    fn room(&self, shards: usize) -> Vec<Vec<u8>> {
        (0..shards)
            .map(|_| Vec::with_capacity(self.parameters.shard_bytes()))
            .collect()
    }
}

impl ErasureCode for FieldCode {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameters(&self) -> CodeParameters {
        self.parameters
    }

    fn encode(&self, data: &[&[u8]]) -> Result<Vec<Vec<u8>>, ErasureError> {
        check_data(self.parameters, data)?;
        let shards = data.iter().copied().enumerate();
        if self.parameters.parity_shards() == 0 {
            check_canonical(shards)?;
            return Ok(Vec::new());
        }

        let size = self.half.size();
        let mut parity = self.room(self.parameters.parity_shards());
        for block in self.blocks() {
            let width = block.len() / FR_BYTES;
            let mut coefficients = self.read(shards.clone(), &block)?;
            coefficients.resize(size * width, Fr::ZERO);
            self.engine.ifft_columns(&self.half, &mut coefficients)?;
            for (coset, shards) in parity.chunks_mut(size).enumerate() {
                let shift = self.point((coset + 1) * size);
                let mut values = self.scaled(&coefficients, width, shift)?;
                self.engine.fft_columns(&self.half, &mut values)?;
                self.write(&values[..shards.len() * width], shards);
            }
        }
        Ok(parity)
    }

    fn recover(&self, shards: &[(ShardIndex, &[u8])]) -> Result<Vec<Vec<u8>>, ErasureError> {
        let received = Received::new(self.parameters, shards)?;
        if !received.has_more_than_needed()
            && let Some(data) = received.data()
        {
            check_canonical(received.given())?;
            return Ok(data);
        }

        let losses = Losses::new(self, &received)?;
        self.restore(&received, &losses)
    }
}

impl FieldCode {
    /// Row r times the r-th power of the shift: coefficients whose values on the roots of unity
    /// are the polynomials' on the coset.
    fn scaled(&self, rows: &[Fr], width: usize, shift: Fr) -> Result<Vec<Fr>, ErasureError> {
        let mut scaled = vec![Fr::ZERO; rows.len()];
        let mut power = Fr::ONE;
        for (to, row) in scaled.chunks_exact_mut(width).zip(rows.chunks_exact(width)) {
            self.engine.add_scaled(to, row, power)?;
            power *= shift;
        }
        Ok(scaled)
    }
}

/// # Errors
/// [`ErasureError::ShardElement`] for the first element that is not below the field's order.
fn check_canonical<'a>(
    mut shards: impl Iterator<Item = (usize, &'a [u8])>,
) -> Result<(), ErasureError> {
    shards.try_for_each(|(index, shard)| match first_noncanonical(shard) {
        None => Ok(()),
        Some(element) => Err(ErasureError::ShardElement {
            shard: ShardIndex::of_position(index),
            element,
        }),
    })
}
