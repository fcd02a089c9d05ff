//! Reed and Solomon's code over GF(2^8) and GF(2^16), by matrices: the crate
//! `reed-solomon-erasure`.

use reed_solomon_erasure::{Field, ReedSolomon, galois_8, galois_16};

use super::received::{Received, check_data};
use super::{CodeLimits, CodeParameters, ErasureCode};
use crate::{ErasureError, ShardIndex};

/// The code of `reed-solomon-erasure` over GF(2^8), a byte per symbol: Backblaze's, whose matrix
/// is Vandermonde's made systematic.
///
/// n is at most 256; shards have any length. Encoding takes k·(n − k) operations per byte of a
/// shard. Up to 254 inverted matrices of k·k bytes are kept, one per pattern of losses seen.
///
/// On `x86_64` the library is built for the instructions of Intel's Haswell (2013) and does not
/// ask whether they are there, so that this is asked here.
#[derive(Debug)]
pub struct ByteCode(MatrixCode<galois_8::Field>);

/// The code of `reed-solomon-erasure` over GF(2^16), two bytes per symbol, big-endian
/// coefficients of GF((2^8)^2).
///
/// n is at most 512 and shards are an even number of bytes. The library has no vector code for
/// this field, making the matrix takes n·k² operations, and up to 254 inverted matrices of 2·k·k
/// bytes are kept: the limit is not the field's, but where this stops to be of use.
/// [`AdditiveCode`](super::AdditiveCode) is the code for many shards.
#[derive(Debug)]
pub struct WideByteCode(MatrixCode<galois_16::Field>);

impl ByteCode {
    pub(super) const NAME: &'static str = galois_8::Field::NAME;

    /// What the code supports.
    pub const LIMITS: CodeLimits = CodeLimits {
        data_shards: 256,
        shards: |_| 256,
        shard_multiple: 1,
    };

    /// The code of these parameters.
    ///
    /// # Errors
    /// [`ErasureError::DataShards`], [`ErasureError::Shards`] or [`ErasureError::ShardBytes`]
    /// beyond [`ByteCode::LIMITS`], [`ErasureError::NoSuchCode`] when the machine is too old.
    pub fn new(parameters: CodeParameters) -> Result<Self, ErasureError> {
        Self::LIMITS.check(parameters)?;
        if !Self::runs_here() {
            return Err(ErasureError::NoSuchCode {
                got: Self::NAME.to_owned(),
                reason: "this machine lacks the instructions of Haswell: AVX2, BMI, FMA, MOVBE",
            });
        }
        Ok(Self(MatrixCode::new(parameters)?))
    }

    /// Whether this machine has what the library takes for granted.
    pub(super) fn runs_here() -> bool {
        #[cfg(target_arch = "x86_64")]
        let runs = std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("bmi2")
            && std::arch::is_x86_feature_detected!("fma")
            && std::arch::is_x86_feature_detected!("lzcnt")
            && std::arch::is_x86_feature_detected!("movbe");
        #[cfg(not(target_arch = "x86_64"))]
        let runs = true;
        runs
    }
}

impl WideByteCode {
    pub(super) const NAME: &'static str = galois_16::Field::NAME;

    /// What the code supports.
    pub const LIMITS: CodeLimits = CodeLimits {
        data_shards: 512,
        shards: |_| 512,
        shard_multiple: 2,
    };

    /// The code of these parameters.
    ///
    /// # Errors
    /// [`ErasureError::DataShards`], [`ErasureError::Shards`] or [`ErasureError::ShardBytes`]
    /// beyond [`WideByteCode::LIMITS`].
    pub fn new(parameters: CodeParameters) -> Result<Self, ErasureError> {
        Self::LIMITS.check(parameters)?;
        Ok(Self(MatrixCode::new(parameters)?))
    }
}

impl ErasureCode for ByteCode {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameters(&self) -> CodeParameters {
        self.0.parameters
    }

    fn encode(&self, data: &[&[u8]]) -> Result<Vec<Vec<u8>>, ErasureError> {
        self.0.encode(data)
    }

    fn recover(&self, shards: &[(ShardIndex, &[u8])]) -> Result<Vec<Vec<u8>>, ErasureError> {
        let (received, data) = self.0.recover(shards)?;
        received.check_against(self, &data)?;
        Ok(data)
    }
}

impl ErasureCode for WideByteCode {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn parameters(&self) -> CodeParameters {
        self.0.parameters
    }

    fn encode(&self, data: &[&[u8]]) -> Result<Vec<Vec<u8>>, ErasureError> {
        self.0.encode(data)
    }

    fn recover(&self, shards: &[(ShardIndex, &[u8])]) -> Result<Vec<Vec<u8>>, ErasureError> {
        let (received, data) = self.0.recover(shards)?;
        received.check_against(self, &data)?;
        Ok(data)
    }
}

/// How the bytes of a shard are symbols of the field; shards are whole symbols.
trait Symbols: Field {
    /// Name of the code over this field.
    const NAME: &'static str;

    /// Bytes of a symbol.
    const BYTES: usize;

    fn of_bytes(bytes: &[u8]) -> &[Self::Elem];

    fn into_bytes(symbols: Vec<Self::Elem>) -> Vec<u8>;
}

impl Symbols for galois_8::Field {
    const NAME: &'static str = "reed-solomon-erasure";
    const BYTES: usize = 1;

    fn of_bytes(bytes: &[u8]) -> &[u8] {
        bytes
    }

    fn into_bytes(symbols: Vec<u8>) -> Vec<u8> {
        symbols
    }
}

impl Symbols for galois_16::Field {
    const NAME: &'static str = "reed-solomon-erasure-16";
    const BYTES: usize = 2;

    fn of_bytes(bytes: &[u8]) -> &[[u8; 2]] {
        bytes.as_chunks().0
    }

    fn into_bytes(symbols: Vec<[u8; 2]>) -> Vec<u8> {
        symbols.into_flattened()
    }
}

/// What both fields share.
#[derive(Debug)]
struct MatrixCode<F: Symbols> {
    parameters: CodeParameters,
    /// None without parity, which the library does not know.
    matrix: Option<ReedSolomon<F>>,
}

impl<F: Symbols> MatrixCode<F> {
    fn new(parameters: CodeParameters) -> Result<Self, ErasureError> {
        let matrix = match parameters.parity_shards() {
            0 => None,
            parity => {
                Some(ReedSolomon::new(parameters.data_shards(), parity).map_err(refused::<F>)?)
            }
        };
        Ok(Self { parameters, matrix })
    }

    fn encode(&self, data: &[&[u8]]) -> Result<Vec<Vec<u8>>, ErasureError> {
        check_data(self.parameters, data)?;
        let Some(matrix) = &self.matrix else {
            return Ok(Vec::new());
        };

        let data: Vec<&[F::Elem]> = data.iter().map(|shard| F::of_bytes(shard)).collect();
        let symbols = self.parameters.shard_bytes() / F::BYTES;
        let mut parity = vec![vec![F::zero(); symbols]; self.parameters.parity_shards()];
        matrix
            .encode_sep(&data, &mut parity)
            .map_err(refused::<F>)?;
        Ok(parity.into_iter().map(F::into_bytes).collect())
    }

    /// The data from the first k shards given, not yet compared with the others.
    fn recover<'a>(
        &self,
        shards: &[(ShardIndex, &'a [u8])],
    ) -> Result<(Received<'a>, Vec<Vec<u8>>), ErasureError> {
        let received = Received::new(self.parameters, shards)?;
        if let Some(data) = received.data() {
            return Ok((received, data));
        }
        let matrix = self
            .matrix
            .as_ref()
            .ok_or_else(|| refused::<F>("a code without parity has nothing to restore from"))?;

        let k = self.parameters.data_shards();
        let mut slots = vec![None; self.parameters.shards()];
        for (index, shard) in received.given().take(k) {
            slots[index] = Some(F::of_bytes(shard).to_vec());
        }
        matrix.reconstruct_data(&mut slots).map_err(refused::<F>)?;
        let data = slots
            .into_iter()
            .take(k)
            .map(|slot| {
                slot.map(F::into_bytes)
                    .ok_or_else(|| refused::<F>("a data shard was not restored"))
            })
            .collect::<Result<_, _>>()?;
        Ok((received, data))
    }
}

fn refused<F: Symbols>(reason: impl std::fmt::Display) -> ErasureError {
    ErasureError::CodeLibrary {
        code: F::NAME,
        reason: reason.to_string(),
    }
}
