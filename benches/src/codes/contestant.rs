//! A code with its inputs.

use std::hint::black_box;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use types::limits::ELEMENT_BYTES;

use super::{Code, Entry, Operation};
use crate::{BenchError, Shards, share_out};

/// What a sample lasts at least, so that neither the clock nor the start of threads matters.
const SAMPLE: Duration = Duration::from_millis(2);
/// Most calls of a sample.
const MAX_CALLS: usize = 1000;
/// Elements with this top byte or a smaller one are below the field's order.
const MAX_TOP_BYTE: u8 = 0x72;

/// The shards of data that every code is given: random canonical elements of the scalar field,
/// which a code over bytes takes as well as any others; always the same ones.
#[derive(Clone, Debug)]
pub struct CodeInputs {
    data: Vec<Vec<u8>>,
    shards: Shards,
}

impl CodeInputs {
    /// Random shards.
    #[must_use]
    pub fn new(shards: Shards) -> Self {
        let mut random = StdRng::seed_from_u64(1960);
        let data = (0..shards.k)
            .map(|_| {
                let mut shard = vec![0; shards.bytes];
                random.fill_bytes(&mut shard);
                for element in shard.chunks_mut(ELEMENT_BYTES) {
                    element[0] %= MAX_TOP_BYTE + 1;
                }
                shard
            })
            .collect();
        Self { data, shards }
    }

    /// Bytes of data.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shards.k * self.shards.bytes
    }

    fn slices(&self) -> Vec<&[u8]> {
        self.data.iter().map(Vec::as_slice).collect()
    }
}

/// A code that was found to be right, and the shards that it is timed with.
///
/// No code uses more than one thread: on several threads, so many callers each code shards of
/// their own, and the time is divided by their number. The same shards are lost every time, of
/// which reed-solomon-erasure profits: it keeps the inverse of the matrix.
pub struct Contestant {
    /// Its name in reports.
    pub name: &'static str,
    /// Whether it is a code of ours; otherwise it is a rival.
    pub ours: bool,
    code: Box<dyn Code>,
    data: Vec<Vec<u8>>,
    received: Vec<(usize, Vec<u8>)>,
    threads: usize,
}

impl Contestant {
    /// Encodes the inputs, and checks that their last k shards give them back. Shards of
    /// different codes are different, so that codes cannot be compared with each other.
    ///
    /// # Errors
    /// What the code says when it refuses its parameters; [`BenchError::Disagreement`] when it
    /// does not give the data back.
    pub fn new(entry: Entry, inputs: &CodeInputs, threads: usize) -> Result<Self, BenchError> {
        let Entry { name, ours, code } = entry;
        let code = code?;
        let Shards { k, n, .. } = inputs.shards;
        let parity = code.encode(&inputs.slices())?;
        if parity.len() != n - k {
            return Err(BenchError::Disagreement {
                engine: name,
                what: "the number of parity shards",
            });
        }
        let received = inputs
            .data
            .iter()
            .cloned()
            .chain(parity)
            .enumerate()
            .skip(n - k)
            .collect();
        let contestant = Self {
            name,
            ours,
            code,
            data: inputs.data.clone(),
            received,
            threads,
        };
        if contestant.code.decode(&contestant.received())? != contestant.data {
            return Err(BenchError::Disagreement {
                engine: name,
                what: "the data, decoded from its last shards",
            });
        }
        Ok(contestant)
    }

    fn received(&self) -> Vec<(usize, &[u8])> {
        self.received
            .iter()
            .map(|(i, shard)| (*i, shard.as_slice()))
            .collect()
    }

    /// Does the operation, as often as it takes to measure it, and says how long one took.
    ///
    /// # Errors
    /// What the code says; none is expected.
    pub fn time(&self, operation: Operation) -> Result<Duration, BenchError> {
        let data: Vec<&[u8]> = self.data.iter().map(Vec::as_slice).collect();
        let received = self.received();
        let call = |()| -> Result<(), BenchError> {
            match operation {
                Operation::Encode => black_box(self.code.encode(&data)?),
                Operation::Decode => black_box(self.code.decode(&received)?),
            };
            Ok(())
        };
        let one = share_out(1, &[()], |()| call(()))?;
        let calls = SAMPLE.as_nanos() / one.as_nanos().max(1);
        let calls = usize::try_from(calls).map_or(MAX_CALLS, |calls| calls.clamp(1, MAX_CALLS));
        if self.threads == 1 && calls == 1 {
            return Ok(one);
        }
        let calls = self.threads * calls;
        let all = share_out(self.threads, &vec![(); calls], |()| call(()))?;
        Ok(all / u32::try_from(calls).unwrap_or(u32::MAX))
    }
}
