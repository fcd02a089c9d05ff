//! What L1 knows of a batch, as `contracts/src/rollup/Statements.sol` and `Inputs.sol` have it.

mod checkpoint;
mod exits;

use crate::{Error, INPUTS, Result};
use ark_ff::{AdditiveGroup, FftField, Field, PrimeField};
#[cfg(test)]
pub(crate) use checkpoint::digest;
pub use checkpoint::{
    Checkpoint, CheckpointSize, CheckpointStatement, CheckpointTerms, PROVED_TOKENS,
};
pub use exits::{ExitStatement, ExitTerms};
use ledger::{Address, FinishedBatch, Fr, FromL1, Roots, Tree, WithdrawalNote, scalar_bytes};
use sha2::{Digest, Sha256};
use std::sync::OnceLock;
use types::Commitment;
use types::limits::ROW_ELEMENTS;

const BATCH_TAG: &[u8] = b"assay/rollup-batch/v1";
/// A word of the ABI.
const WORD: usize = 32;

/// What a circuit proves: the public inputs that L1 computes by itself.
pub trait Claim {
    /// All inputs of the circuit, in order.
    fn inputs(&self) -> &[Fr];
}

/// A batch's place in the rollup's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchNumber(u64);

impl BatchNumber {
    /// Names the number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// An operation as it stands in a queue on L1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queued {
    /// A deposit that was taken back: its place is consumed, and nothing happens.
    Cancelled,
    /// Waits to be consumed.
    Waiting {
        /// What it asks for.
        operation: FromL1,
        /// Unix seconds.
        enqueued_at: u64,
        /// Until when it must be consumed, Unix seconds.
        deadline: u64,
    },
}

/// Where the row of the tree on L1 is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnL1Part {
    /// In calldata, as the row's first elements.
    Calldata,
    /// In a blob of the transaction.
    Blob(Commitment),
}

/// Where and when a batch is submitted.
#[derive(Debug, Clone)]
pub struct Terms {
    /// L1's chain id.
    pub chain_id: u64,
    /// The rollup's contract.
    pub contract: Address,
    /// The batch's number.
    pub number: BatchNumber,
    /// What the queue of the tree on L1 gives, cancelled operations included.
    pub on_queue: Vec<Queued>,
    /// The same of the other tree.
    pub off_queue: Vec<Queued>,
    /// Where the row of the tree on L1 is.
    pub on_row: OnL1Part,
    /// The commitment of the other tree's row; none for a batch that does not touch that tree.
    pub off_row: Option<Commitment>,
}

/// The public inputs of a batch's proof.
///
/// A batch has two rows, first that of the tree on L1. A batch without the second has 9 inputs on
/// L1; the verifier's contract completes them by the first row's point and the value 0, which only
/// a row of zeros takes, since the digest fixed the row before the point was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    inputs: [Fr; INPUTS],
    has_off_row: bool,
}

impl Statement {
    /// What L1 will know of this batch.
    ///
    /// # Errors
    /// [`Error::WrongStatement`] when the queues are not what the batch consumed, or the batch has
    /// data in a row that is not posted; [`Error::PointOfDomain`].
    pub fn new(batch: &FinishedBatch, terms: &Terms) -> Result<Self> {
        let traffic = batch.traffic();
        same_queue("queue on L1", &terms.on_queue, &traffic.on_l1)?;
        same_queue("queue off L1", &terms.off_queue, &traffic.off_l1)?;
        let [on_row, off_row] = batch.rows();
        let digest = batch.digest();
        let place = (terms.chain_id, terms.contract, terms.number);
        let context = context(BATCH_TAG, place, digest, [batch.prior, batch.next]);

        let abi = abi_traffic(&terms.on_queue, &terms.off_queue, &traffic.withdrawals);
        let point = data_point(&context, &abi);
        let on_point = match &terms.on_row {
            OnL1Part::Calldata => data_point(&context, &abi_elements(&on_row)),
            OnL1Part::Blob(commitment) => row_point(&context, commitment),
        };
        let on_value = open_row(&on_row, on_point)?;
        let (off_point, off_value) = match &terms.off_row {
            Some(commitment) => {
                let point = row_point(&context, commitment);
                (point, open_row(&off_row, point)?)
            }
            None if off_row.iter().all(|e| *e == Fr::ZERO) => (on_point, Fr::ZERO),
            None => {
                return Err(Error::WrongStatement {
                    what: "row of the tree off L1",
                });
            }
        };
        Ok(Self {
            inputs: [
                batch.prior.on_l1,
                batch.prior.off_l1,
                batch.next.on_l1,
                batch.next.off_l1,
                digest,
                point,
                traffic.folded(point),
                on_point,
                on_value,
                off_point,
                off_value,
            ],
            has_off_row: terms.off_row.is_some(),
        })
    }

    /// The inputs of the circuit.
    #[must_use]
    pub const fn inputs(&self) -> &[Fr; INPUTS] {
        &self.inputs
    }

    /// The inputs that the contracts hand to the verifier: without the second row's where there is
    /// none.
    #[must_use]
    pub fn on_l1(&self) -> &[Fr] {
        let count = if self.has_off_row { INPUTS } else { INPUTS - 2 };
        &self.inputs[..count]
    }
}

impl Claim for Statement {
    fn inputs(&self) -> &[Fr] {
        &self.inputs
    }
}

fn same_queue(what: &'static str, queue: &[Queued], consumed: &[FromL1]) -> Result<()> {
    let waiting = queue.iter().filter_map(|queued| match queued {
        Queued::Cancelled => None,
        Queued::Waiting { operation, .. } => Some(operation),
    });
    if waiting.eq(consumed) {
        return Ok(());
    }
    Err(Error::WrongStatement { what })
}

/// `Statements.context`.
fn context(
    tag: &[u8],
    (chain_id, contract, number): (u64, Address, BatchNumber),
    digest: Fr,
    between: [Roots; 2],
) -> [u8; 32] {
    let mut padded = [0; WORD];
    padded[..tag.len()].copy_from_slice(tag);
    let mut hasher = Sha256::new();
    hasher.update(padded);
    hasher.update(word(chain_id.into()));
    hasher.update(contract.as_bytes());
    hasher.update(number.get().to_be_bytes());
    hasher.update(scalar_bytes(digest));
    for roots in between {
        for tree in Tree::BOTH {
            hasher.update(scalar_bytes(roots.of(tree)));
        }
    }
    hasher.finalize().into()
}

fn row_point(context: &[u8; 32], commitment: &Commitment) -> Fr {
    reduced(&[context, commitment.as_bytes()])
}

fn data_point(context: &[u8; 32], data: &[u8]) -> Fr {
    reduced(&[context, &Sha256::digest(data)])
}

fn reduced(parts: &[&[u8]]) -> Fr {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    Fr::from_be_bytes_mod_order(&hasher.finalize())
}

fn word(number: u128) -> [u8; WORD] {
    let mut word = [0; WORD];
    word[WORD / 2..].copy_from_slice(&number.to_be_bytes());
    word
}

fn scalar_word(scalar: impl Into<Fr>) -> [u8; WORD] {
    scalar_bytes(scalar.into())
}

/// `abi.encode(elements)`.
fn abi_elements(elements: &[Fr]) -> Vec<u8> {
    let head = [word(WORD as u128), word(elements.len() as u128)];
    let words = head
        .into_iter()
        .chain(elements.iter().map(|e| scalar_bytes(*e)));
    words.flatten().collect()
}

/// `abi.encode(onOperations, offOperations, withdrawals)`.
fn abi_traffic(on: &[Queued], off: &[Queued], withdrawals: &[WithdrawalNote]) -> Vec<u8> {
    let lists = [
        abi_list(on.iter().map(abi_queued)),
        abi_list(off.iter().map(abi_queued)),
        abi_list(withdrawals.iter().map(abi_withdrawal)),
    ];
    let mut encoding = Vec::new();
    let mut offset = lists.len() * WORD;
    for list in &lists {
        encoding.extend(word(offset as u128));
        offset += list.len();
    }
    encoding.extend(lists.into_iter().flatten());
    encoding
}

fn abi_list<const N: usize>(entries: impl ExactSizeIterator<Item = [[u8; WORD]; N]>) -> Vec<u8> {
    let mut encoding = word(entries.len() as u128).to_vec();
    encoding.extend(entries.flatten().flatten());
    encoding
}

fn abi_queued(queued: &Queued) -> [[u8; WORD]; 8] {
    let Queued::Waiting {
        operation,
        enqueued_at,
        deadline,
    } = queued
    else {
        return [[0; WORD]; 8];
    };
    [
        word(operation.contract_kind().into()),
        scalar_word(operation.token),
        scalar_word(operation.amount),
        scalar_word(operation.owner),
        scalar_word(operation.account),
        operation.authority.map_or([0; WORD], scalar_word),
        word((*enqueued_at).into()),
        word((*deadline).into()),
    ]
}

fn abi_withdrawal(note: &WithdrawalNote) -> [[u8; WORD]; 5] {
    [
        word(note.tree.number().into()),
        scalar_word(note.token),
        scalar_word(note.amount),
        scalar_word(note.recipient),
        scalar_word(note.account),
    ]
}

/// ω^brp(i) of a row's first elements, at most 4096.
pub(crate) fn row_domain(count: usize) -> &'static [Fr] {
    static DOMAIN: OnceLock<Vec<Fr>> = OnceLock::new();
    let domain = DOMAIN.get_or_init(|| {
        let root = Fr::get_root_of_unity(ROW_ELEMENTS as u64).unwrap_or_default();
        let bits = ROW_ELEMENTS.trailing_zeros();
        let places = 0..ROW_ELEMENTS as u64;
        places
            .map(|i| root.pow([i.reverse_bits() >> (u64::BITS - bits)]))
            .collect()
    });
    &domain[..count.min(ROW_ELEMENTS)]
}

/// What the polynomial of the row that begins with these elements, at most 4096, is at a point.
///
/// # Errors
/// [`Error::PointOfDomain`] for one of the row's own points.
pub fn open_row(elements: &[Fr], point: Fr) -> Result<Fr> {
    let vanishing = point.pow([ROW_ELEMENTS as u64]) - Fr::ONE;
    let mut distances: Vec<Fr> = row_domain(elements.len())
        .iter()
        .map(|w| point - w)
        .collect();
    if vanishing == Fr::ZERO {
        return Err(Error::PointOfDomain);
    }
    ark_ff::batch_inversion(&mut distances);
    let roots = row_domain(elements.len()).iter();
    let terms = elements.iter().zip(roots).zip(&distances);
    let sum: Fr = terms
        .map(|((element, root), inverse)| *element * root * inverse)
        .sum();
    let inverse = Fr::from(ROW_ELEMENTS as u64).inverse().unwrap_or_default();
    Ok(vanishing * inverse * sum)
}
