//! The blobs that are posted: seeded, and each another one.

use crate::Result;
use commitments::{Setup, Threads};
use proto::client::ClientError;
use proto::{RowProofs, Submission};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Serialize;
use types::limits::ELEMENT_BYTES;
use types::{BlobMode, PayloadLength};

/// Payloads that are made in advance. Every post takes one of them under a namespace of its own,
/// which makes it another blob, with as much work for the nodes.
const DISTINCT: usize = 4;

/// Who does what for a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The node commits to packed payloads and proves them.
    NodeProves,
    /// The poster has done so, and the node verifies.
    PosterProves,
    /// The node commits to raw rows and proves them.
    Raw,
}

impl Mode {
    const fn blob_mode(self) -> BlobMode {
        match self {
            Self::NodeProves | Self::PosterProves => BlobMode::Packed,
            Self::Raw => BlobMode::Raw,
        }
    }
}

/// A payload, ready to be posted.
struct Prepared {
    payload: Vec<u8>,
    proofs: Option<Vec<RowProofs>>,
}

/// All that is posted.
pub(super) struct Blobs {
    length: PayloadLength,
    prepared: Vec<Prepared>,
}

/// One blob.
pub(super) struct Blob<'a> {
    pub(super) submission: Submission,
    pub(super) payload: Vec<u8>,
    pub(super) proofs: Option<&'a [RowProofs]>,
}

impl Blobs {
    /// Makes payloads of so many bytes, and proves them where posters do that.
    pub(super) fn prepare(mode: Mode, bytes: usize, seed: u64) -> Result<Self> {
        let length = PayloadLength::new(mode.blob_mode(), bytes as u64)?;
        let mut rng = StdRng::seed_from_u64(seed);
        let prepared = (0..DISTINCT).map(|_| {
            let mut payload = vec![0; bytes];
            rng.fill_bytes(&mut payload);
            if mode == Mode::Raw {
                // Below the group order, whatever follows.
                payload
                    .iter_mut()
                    .step_by(ELEMENT_BYTES)
                    .for_each(|top| *top = 0);
            }
            let proofs = (mode == Mode::PosterProves)
                .then(|| prove(mode, &payload))
                .transpose()?;
            Ok(Prepared { payload, proofs })
        });
        Ok(Self {
            length,
            prepared: prepared.collect::<Result<_>>()?,
        })
    }

    /// The blob of this number, like no other one's.
    pub(super) fn blob(&self, number: u64) -> Result<Blob<'_>> {
        let place = usize::try_from(number).unwrap_or_default() % DISTINCT;
        let prepared = &self.prepared[place];
        Ok(Blob {
            submission: Submission {
                namespace: format!("load-{number}").parse()?,
                length: self.length,
                expected: None,
            },
            payload: prepared.payload.clone(),
            proofs: prepared.proofs.as_deref(),
        })
    }
}

fn prove(mode: Mode, payload: &[u8]) -> Result<Vec<RowProofs>> {
    let (_, rows) = erasure::payload_to_rows(mode.blob_mode(), payload)?;
    let (setup, threads) = (Setup::ceremony()?, Threads::available()?);
    let rows = setup.commit_rows(&rows, &threads)?;
    let proved = setup.prove_all(&rows, &threads)?;
    let claims = proved.iter().map(|row| {
        RowProofs::new(*row.commitment(), row.proofs().to_vec())
            .map_err(|error| crate::Error::client(0)(ClientError::from(error)))
    });
    claims.collect()
}
