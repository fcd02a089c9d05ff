//! The data back from any k shards.
//!
//! With f the polynomial of one element and Z the one that vanishes at the missing positions, D =
//! f·Z is known at all N positions. At a root x of Z, D'(x) = f(x)·Z'(x), which gives f where it
//! is missing: one transform of size N back and one of size P forth (the formal derivative of Lin,
//! Chung and Han, arXiv:1404.3458, here over roots of unity).
//!
//! D divides by Z, and the quotient has a degree below P exactly when D's is below P + deg Z. The
//! coefficients above, one for each shard given beyond k, say whether the shards agree.

use algebra::{FR_BYTES, Fr};

use super::super::received::Received;
use super::FieldCode;
use super::locator::Losses;
use crate::ErasureError;

impl FieldCode {
    /// The data shards.
    ///
    /// # Errors
    /// [`ErasureError::ShardElement`], [`ErasureError::InconsistentShards`].
    pub(super) fn restore(
        &self,
        received: &Received<'_>,
        losses: &Losses,
    ) -> Result<Vec<Vec<u8>>, ErasureError> {
        let given: Vec<(usize, &[u8])> = received.given().collect();
        let mut restored = self.room(losses.missing_data.len());
        for block in self.blocks() {
            let width = block.len() / FR_BYTES;
            let values = self.read(given.iter().copied(), &block)?;
            let mut products = vec![Fr::ZERO; self.whole.size() * width];
            for (((shard, _), row), z) in given
                .iter()
                .zip(values.chunks_exact(width))
                .zip(&losses.at_given)
            {
                let to = &mut products[self.position(*shard) * width..][..width];
                self.engine.add_scaled(to, row, *z)?;
            }
            self.engine.ifft_columns(&self.whole, &mut products)?;
            let end = (self.half.size() + losses.degree) * width;
            if products[end..].iter().any(|c| !c.is_zero()) {
                return Err(received.inconsistent());
            }
            let rows = self.divided(&products[..end], width, losses)?;
            self.write(&rows, &mut restored);
        }

        let mut restored = restored.into_iter();
        (0..self.parameters.data_shards())
            .map(|i| match received.get(i) {
                Some(shard) => Ok(shard.to_vec()),
                None => restored.next().ok_or_else(|| received.inconsistent()),
            })
            .collect()
    }

    /// From D's coefficients, the values of f at the missing data shards.
    fn divided(
        &self,
        products: &[Fr],
        width: usize,
        losses: &Losses,
    ) -> Result<Vec<Fr>, ErasureError> {
        let size = self.half.size();
        // x^P is one at every data position: coefficients P apart may be added.
        let mut slopes = vec![Fr::ZERO; size * width];
        for (r, row) in products.chunks_exact(width).enumerate().skip(1) {
            let to = &mut slopes[(r - 1) % size * width..][..width];
            self.engine.add_scaled(to, row, Fr::from_u64(r as u64))?;
        }
        self.engine.fft_columns(&self.half, &mut slopes)?;

        let mut rows = vec![Fr::ZERO; losses.missing_data.len() * width];
        for ((shard, inverse), to) in losses.missing_data.iter().zip(rows.chunks_exact_mut(width)) {
            let row = &slopes[shard * width..][..width];
            self.engine.add_scaled(to, row, *inverse)?;
        }
        Ok(rows)
    }
}
