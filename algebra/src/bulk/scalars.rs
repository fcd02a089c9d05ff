//! Field elements in bulk: their bytes, their products, their transforms.

use crate::{AlgebraError, Domain, Engine, FR_BYTES, Fr, bit_reverse_permute};

impl Engine {
    /// Reads canonical big-endian encodings of 32 bytes each.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless the bytes are whole scalars,
    /// [`AlgebraError::NonCanonicalScalar`] when any is not below r.
    pub fn read_scalars(self, bytes: &[u8]) -> Result<Vec<Fr>, AlgebraError> {
        let (scalars, rest) = bytes.as_chunks::<FR_BYTES>();
        if !rest.is_empty() {
            return Err(AlgebraError::Length {
                got: bytes.len(),
                expected: bytes.len().next_multiple_of(FR_BYTES),
            });
        }
        scalars.iter().map(Fr::from_be_bytes).collect()
    }

    /// The canonical big-endian encodings, 32 bytes each.
    #[must_use]
    pub fn write_scalars(self, scalars: &[Fr]) -> Vec<u8> {
        scalars.iter().flat_map(Fr::to_be_bytes).collect()
    }

    /// `values[i]` times `factors[i]`, in place.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are as many factors as values.
    pub fn mul_each(self, values: &mut [Fr], factors: &[Fr]) -> Result<(), AlgebraError> {
        same_length(factors.len(), values.len())?;
        for (value, factor) in values.iter_mut().zip(factors) {
            *value *= *factor;
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
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += *value * factor;
        }
        Ok(())
    }

    /// Coefficients in natural order to evaluations in bit-reversed order, in place, for each
    /// block of `domain.size()` values.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks.
    pub fn fft(self, domain: &Domain, values: &mut [Fr]) -> Result<(), AlgebraError> {
        for block in blocks(values, domain.size())? {
            domain.fft(block)?;
            bit_reverse_permute(block)?;
        }
        Ok(())
    }

    /// Evaluations in bit-reversed order to coefficients in natural order, in place, for each
    /// block of `domain.size()` values.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless there are whole blocks.
    pub fn ifft(self, domain: &Domain, values: &mut [Fr]) -> Result<(), AlgebraError> {
        for block in blocks(values, domain.size())? {
            bit_reverse_permute(block)?;
            domain.ifft(block)?;
        }
        Ok(())
    }

    /// As [`Engine::fft`], down every column of a matrix of `domain.size()` rows, row-major.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless the rows are equally long.
    pub fn fft_columns(self, domain: &Domain, matrix: &mut [Fr]) -> Result<(), AlgebraError> {
        columns(matrix, domain.size(), |column| {
            domain.fft(column)?;
            bit_reverse_permute(column)
        })
    }

    /// As [`Engine::ifft`], down every column of a matrix of `domain.size()` rows, row-major.
    ///
    /// # Errors
    /// [`AlgebraError::Length`] unless the rows are equally long.
    pub fn ifft_columns(self, domain: &Domain, matrix: &mut [Fr]) -> Result<(), AlgebraError> {
        columns(matrix, domain.size(), |column| {
            bit_reverse_permute(column)?;
            domain.ifft(column)
        })
    }
}

fn same_length(got: usize, expected: usize) -> Result<(), AlgebraError> {
    if got == expected {
        Ok(())
    } else {
        Err(AlgebraError::Length { got, expected })
    }
}

fn blocks(values: &mut [Fr], size: usize) -> Result<impl Iterator<Item = &mut [Fr]>, AlgebraError> {
    same_length(values.len(), values.len().next_multiple_of(size))?;
    Ok(values.chunks_exact_mut(size))
}

fn columns(
    matrix: &mut [Fr],
    rows: usize,
    transform: impl Fn(&mut [Fr]) -> Result<(), AlgebraError>,
) -> Result<(), AlgebraError> {
    same_length(matrix.len(), matrix.len().next_multiple_of(rows))?;
    let width = matrix.len() / rows;
    for c in 0..width {
        let mut column: Vec<Fr> = (0..rows).map(|r| matrix[r * width + c]).collect();
        transform(&mut column)?;
        for (r, value) in column.into_iter().enumerate() {
            matrix[r * width + c] = value;
        }
    }
    Ok(())
}
