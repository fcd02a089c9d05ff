//! Field elements in bulk: their bytes, their products, their transforms.

use crate::engine::Kind;
use crate::error::{same_length, whole_blocks};
#[cfg(target_arch = "x86_64")]
use crate::ifma::{self, fft::Direction};
use crate::scalar;
use crate::{AlgebraError, Coset, Domain, Engine, FR_BYTES, Fr};

impl Engine {
    /// Reads canonical big-endian encodings of 32 bytes each.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless the bytes are whole scalars,
    /// [`AlgebraError::NonCanonicalScalar`] when any is not below r.
    pub fn read_scalars(self, bytes: &[u8]) -> Result<Vec<Fr>, AlgebraError> {
        whole_blocks(bytes.len(), FR_BYTES)?;
        let (scalars, _) = bytes.as_chunks::<FR_BYTES>();
        match self.kind() {
            Kind::Scalar => scalars.iter().map(Fr::from_be_bytes).collect(),
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma => {
                let mut out = vec![Fr::ZERO; scalars.len()];
                // SAFETY: an engine of this kind exists only where the processor has AVX-512.
                let canonical = unsafe { ifma::scalars::read(scalars, &mut out) };
                if canonical {
                    Ok(out)
                } else {
                    Err(AlgebraError::NonCanonicalScalar)
                }
            }
        }
    }

    /// The canonical big-endian encodings, 32 bytes each.
    #[must_use]
    pub fn write_scalars(self, scalars: &[Fr]) -> Vec<u8> {
        let mut bytes = vec![0; scalars.len() * FR_BYTES];
        let (out, _) = bytes.as_chunks_mut::<FR_BYTES>();
        match self.kind() {
            Kind::Scalar => {
                for (out, scalar) in out.iter_mut().zip(scalars) {
                    *out = scalar.to_be_bytes();
                }
            }
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe { ifma::scalars::write(scalars, out) },
        }
        bytes
    }

    /// `values[i]` times `factors[i]`, in place.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many factors as values.
    pub fn mul_each(self, values: &mut [Fr], factors: &[Fr]) -> Result<(), AlgebraError> {
        same_length(factors.len(), values.len())?;
        match self.kind() {
            Kind::Scalar => {
                for (value, factor) in values.iter_mut().zip(factors) {
                    *value *= *factor;
                }
            }
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe { ifma::scalars::mul_each(values, factors) },
        }
        Ok(())
    }

    /// Adds `factor` times `values[i]` to `sums[i]`.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many values as sums.
    pub fn add_scaled(
        self,
        sums: &mut [Fr],
        values: &[Fr],
        factor: Fr,
    ) -> Result<(), AlgebraError> {
        same_length(values.len(), sums.len())?;
        match self.kind() {
            Kind::Scalar => {
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += *value * factor;
                }
            }
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe { ifma::scalars::add_scaled(sums, values, factor) },
        }
        Ok(())
    }

    /// Multiplies each row of a row-major matrix by its own factor, in place.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many rows, equally long, as factors.
    pub fn scale_rows(self, matrix: &mut [Fr], factors: &[Fr]) -> Result<(), AlgebraError> {
        let width = row_width(matrix.len(), factors.len())?;
        for (row, factor) in matrix.chunks_exact_mut(width).zip(factors) {
            match self.kind() {
                Kind::Scalar => {
                    for value in row {
                        *value *= *factor;
                    }
                }
                #[cfg(target_arch = "x86_64")]
                // SAFETY: an engine of this kind exists only where the processor has AVX-512.
                Kind::Ifma => unsafe { ifma::scalars::scale(row, *factor) },
            }
        }
        Ok(())
    }

    /// The sum of `factors[k]` times `rows[k]`, element by element; of no rows, nothing.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many factors as rows, and the rows are equally
    /// long.
    pub fn linear_combination(
        self,
        rows: &[&[Fr]],
        factors: &[Fr],
    ) -> Result<Vec<Fr>, AlgebraError> {
        same_length(factors.len(), rows.len())?;
        let width = rows.first().map_or(0, |row| row.len());
        for row in rows {
            same_length(row.len(), width)?;
        }
        let mut sums = vec![Fr::ZERO; width];
        match self.kind() {
            Kind::Scalar => {
                for (row, factor) in rows.iter().zip(factors) {
                    self.add_scaled(&mut sums, row, *factor)?;
                }
            }
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe { ifma::scalars::linear_combination(rows, factors, &mut sums) },
        }
        Ok(sums)
    }

    /// Coefficients in natural order to evaluations in bit-reversed order, in place, for each
    /// block of `domain.size()` values.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks.
    pub fn fft(self, domain: &Domain, values: &mut [Fr]) -> Result<(), AlgebraError> {
        whole_blocks(values.len(), domain.size())?;
        match self.kind() {
            Kind::Scalar => {
                for block in values.chunks_exact_mut(domain.size()) {
                    scalar::fft::forward(domain.plan(), block);
                }
            }
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe {
                ifma::fft::blocks(domain.ifma_tables(), Direction::Forward, values);
            },
        }
        Ok(())
    }

    /// Evaluations in bit-reversed order to coefficients in natural order, in place, for each
    /// block of `domain.size()` values.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks.
    pub fn ifft(self, domain: &Domain, values: &mut [Fr]) -> Result<(), AlgebraError> {
        whole_blocks(values.len(), domain.size())?;
        match self.kind() {
            Kind::Scalar => {
                for block in values.chunks_exact_mut(domain.size()) {
                    scalar::fft::inverse(domain.plan(), block);
                }
            }
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe {
                ifma::fft::blocks(domain.ifma_tables(), Direction::Inverse, values);
            },
        }
        Ok(())
    }

    /// As [`Engine::fft`], down every column of a matrix of `domain.size()` rows, row-major.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless the rows are equally long.
    pub fn fft_columns(self, domain: &Domain, matrix: &mut [Fr]) -> Result<(), AlgebraError> {
        whole_blocks(matrix.len(), domain.size())?;
        match self.kind() {
            Kind::Scalar => scalar::fft::forward(domain.plan(), matrix),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe {
                ifma::fft::columns(domain.ifma_tables(), Direction::Forward, matrix);
            },
        }
        Ok(())
    }

    /// As [`Engine::ifft`], down every column of a matrix of `domain.size()` rows, row-major.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless the rows are equally long.
    pub fn ifft_columns(self, domain: &Domain, matrix: &mut [Fr]) -> Result<(), AlgebraError> {
        whole_blocks(matrix.len(), domain.size())?;
        match self.kind() {
            Kind::Scalar => scalar::fft::inverse(domain.plan(), matrix),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe {
                ifma::fft::columns(domain.ifma_tables(), Direction::Inverse, matrix);
            },
        }
        Ok(())
    }

    /// As [`Engine::fft`], with evaluations on a coset.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks.
    pub fn coset_fft(self, coset: &Coset, values: &mut [Fr]) -> Result<(), AlgebraError> {
        whole_blocks(values.len(), coset.size())?;
        match self.kind() {
            Kind::Scalar => {
                for block in values.chunks_exact_mut(coset.size()) {
                    scalar::fft::forward(coset.plan(), block);
                }
            }
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe {
                ifma::fft::blocks(coset.ifma_tables(), Direction::Forward, values);
            },
        }
        Ok(())
    }

    /// As [`Engine::ifft`], with evaluations on a coset.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks.
    pub fn coset_ifft(self, coset: &Coset, values: &mut [Fr]) -> Result<(), AlgebraError> {
        whole_blocks(values.len(), coset.size())?;
        match self.kind() {
            Kind::Scalar => {
                for block in values.chunks_exact_mut(coset.size()) {
                    scalar::fft::inverse(coset.plan(), block);
                }
            }
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe {
                ifma::fft::blocks(coset.ifma_tables(), Direction::Inverse, values);
            },
        }
        Ok(())
    }

    /// As [`Engine::fft_columns`], with evaluations on a coset.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless the rows are equally long.
    pub fn coset_fft_columns(self, coset: &Coset, matrix: &mut [Fr]) -> Result<(), AlgebraError> {
        whole_blocks(matrix.len(), coset.size())?;
        match self.kind() {
            Kind::Scalar => scalar::fft::forward(coset.plan(), matrix),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe {
                ifma::fft::columns(coset.ifma_tables(), Direction::Forward, matrix);
            },
        }
        Ok(())
    }

    /// As [`Engine::ifft_columns`], with evaluations on a coset.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless the rows are equally long.
    pub fn coset_ifft_columns(self, coset: &Coset, matrix: &mut [Fr]) -> Result<(), AlgebraError> {
        whole_blocks(matrix.len(), coset.size())?;
        match self.kind() {
            Kind::Scalar => scalar::fft::inverse(coset.plan(), matrix),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe {
                ifma::fft::columns(coset.ifma_tables(), Direction::Inverse, matrix);
            },
        }
        Ok(())
    }

    /// Turns each column of a matrix of `from.size()` rows, row-major, from evaluations on the
    /// domain into evaluations of the same polynomial on the coset, both in bit-reversed order:
    /// as [`Engine::ifft_columns`] and [`Engine::coset_fft_columns`], at once.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless the rows are equally long, and domain and coset of one size.
    pub fn move_columns(
        self,
        from: &Domain,
        to: &Coset,
        matrix: &mut [Fr],
    ) -> Result<(), AlgebraError> {
        same_length(to.size(), from.size())?;
        whole_blocks(matrix.len(), from.size())?;
        match self.kind() {
            Kind::Scalar => scalar::fft::move_columns(from.plan(), to.plan(), matrix),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an engine of this kind exists only where the processor has AVX-512.
            Kind::Ifma => unsafe {
                ifma::fft::move_columns(from.ifma_tables(), to.ifma_tables(), matrix);
            },
        }
        Ok(())
    }
}

/// The length, at least 1, of each of so many rows that make up `length` values.
fn row_width(length: usize, rows: usize) -> Result<usize, AlgebraError> {
    whole_blocks(length, rows.max(1))?;
    if rows == 0 {
        same_length(length, 0)?;
    }
    Ok((length / rows.max(1)).max(1))
}
