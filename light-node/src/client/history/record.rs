//! One verdict of the past, in 64 bytes.

use crate::client::BlockVerdict;
use crate::core::Verdict;
use types::{HeaderHash, Height, Timestamp};

/// Bytes of a record.
pub(super) const RECORD: usize = 64;
/// Bytes under its checksum.
const SUMMED: usize = RECORD - 4;

/// What is remembered of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct PastVerdict {
    /// The block's time, as its header says.
    pub time: Timestamp,
    /// Its height.
    pub height: Height,
    /// Its header's hash.
    pub hash: HeaderHash,
    /// The verdict.
    pub verdict: Verdict,
    /// Samples planned.
    pub samples: u16,
    /// Application bytes received while it was sampled; 4 GiB at most.
    pub bytes_received: u32,
    /// The chance to be fooled, rounded up.
    pub miss_probability: f32,
}

impl PastVerdict {
    /// What is remembered of this one.
    pub(crate) fn of(time: Timestamp, verdict: &BlockVerdict) -> Self {
        Self {
            time,
            height: verdict.height,
            hash: verdict.hash,
            verdict: verdict.verdict,
            samples: u16::try_from(verdict.figures.samples).unwrap_or(u16::MAX),
            bytes_received: u32::try_from(verdict.bytes_received).unwrap_or(u32::MAX),
            miss_probability: rounded_up(verdict.miss_probability),
        }
    }

    pub(super) fn encode(&self) -> [u8; RECORD] {
        let verdict = match self.verdict {
            Verdict::Available => 1,
            Verdict::Unavailable => 2,
            Verdict::Undecided => 3,
        };
        let mut record = [0; RECORD];
        record[..8].copy_from_slice(&self.time.get().to_be_bytes());
        record[8..16].copy_from_slice(&self.height.get().to_be_bytes());
        record[16..48].copy_from_slice(&self.hash.to_bytes());
        record[48] = verdict;
        record[50..52].copy_from_slice(&self.samples.to_be_bytes());
        record[52..56].copy_from_slice(&self.bytes_received.to_be_bytes());
        record[56..60].copy_from_slice(&self.miss_probability.to_be_bytes());
        let sum = checksum(&record[..SUMMED]);
        record[SUMMED..].copy_from_slice(&sum.to_be_bytes());
        record
    }

    /// None for what is cut short, does not sum up, or means nothing.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let record: &[u8; RECORD] = bytes.try_into().ok()?;
        if checksum(&record[..SUMMED]).to_be_bytes() != record[SUMMED..] {
            return None;
        }
        let verdict = match (record[48], record[49]) {
            (1, 0) => Verdict::Available,
            (2, 0) => Verdict::Unavailable,
            (3, 0) => Verdict::Undecided,
            _ => return None,
        };
        Some(Self {
            time: Timestamp::new(u64::from_be_bytes(array(&record[..8])?)),
            height: Height::new(u64::from_be_bytes(array(&record[8..16])?)),
            hash: HeaderHash::new(array(&record[16..48])?),
            verdict,
            samples: u16::from_be_bytes(array(&record[50..52])?),
            bytes_received: u32::from_be_bytes(array(&record[52..56])?),
            miss_probability: f32::from_be_bytes(array(&record[56..60])?),
        })
    }
}

/// The day that a time belongs to: days since 1970, UTC.
pub(super) const fn day_of(time: Timestamp) -> u64 {
    time.get() / (24 * 60 * 60 * 1000)
}

fn array<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// The smallest single that is not below: nobody shall read better odds than there were.
fn rounded_up(value: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "what is lost is put right")]
    let near = value as f32;
    if f64::from(near) < value {
        near.next_up()
    } else {
        near
    }
}

/// CRC-32 (ISO-HDLC): reflected, polynomial 0x04C11DB7.
pub(super) fn checksum<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u32 {
    const TABLE: [u32; 256] = table();
    let sum = bytes.into_iter().fold(u32::MAX, |sum, byte| {
        let low = (sum ^ u32::from(*byte)) & 0xff;
        (sum >> 8) ^ TABLE[low as usize]
    });
    !sum
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u32;
    while byte < 256 {
        let mut sum = byte;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 {
                (sum >> 1) ^ 0xEDB8_8320
            } else {
                sum >> 1
            };
            bit += 1;
        }
        table[byte as usize] = sum;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{checksum, rounded_up};

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(checksum(b"123456789"), 0xCBF4_3926);
        assert_eq!(checksum(b""), 0);
    }

    #[test]
    fn odds_never_become_better() {
        for value in [0.0, 1.0, 0.000_833_7, 1e-13, 1.0 / 3.0, 0.1] {
            let kept = f64::from(rounded_up(value));
            assert!(kept >= value, "{value}");
            assert!(kept - value <= value * 1e-6, "{value}");
        }
    }
}
