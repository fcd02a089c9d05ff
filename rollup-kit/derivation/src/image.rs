//! Histories as bytes for a disk, in the contracts' own encoding: most of what is in them came in
//! it.

use crate::convert;
use crate::history::Parts;
use crate::{
    BatchEntry, BatchKind, ChallengeState, Error, Frozen, History, L1Block, Queue, Result,
    RowChallenge, RowPlace,
};
use alloy::primitives::{B256, Bytes, U256};
use alloy::sol_types::SolValue;
use ledger::Tree;
use settlement::contracts::abi;
use settlement::{BatchNumber, L1Time};
use std::collections::BTreeMap;
use std::sync::Arc;
use types::{BlobMeta, Commitment};

/// Number, hash, parent, time.
pub(crate) type SavedBlock = (u64, B256, B256, u64);
/// Kind, words, bytes, row.
type SavedRow = (u64, Vec<U256>, Bytes, u64);
/// Row, state, deadline, the block in which it stood plus one.
type SavedChallenge = (u64, u64, u64, u64);
type SavedEntry = (
    u64,
    u64,
    u64,
    abi::Batch,
    SavedBlock,
    B256,
    Vec<abi::Withdrawal>,
    Vec<u64>,
    Vec<SavedChallenge>,
    Vec<SavedRow>,
    Vec<abi::Operation>,
    Vec<abi::Operation>,
);
/// Tail, floor, places, operations; one of kind 0 was cancelled.
type SavedQueue = (u64, u64, Vec<u64>, Vec<abi::Operation>);
/// Entries, queues, last final, era, standing, checkpoints, frozen, exits, escaped.
type Saved = (
    Vec<SavedEntry>,
    Vec<SavedQueue>,
    u64,
    u64,
    Vec<(u64, u64)>,
    Vec<(u64, u64)>,
    Vec<(u64, u64, u64)>,
    Vec<(u64, U256, B256)>,
    Vec<(u64, u64)>,
);

pub(crate) const fn save_block(block: &L1Block) -> SavedBlock {
    (block.number, block.hash, block.parent, block.time.get())
}

pub(crate) const fn read_block((number, hash, parent, time): SavedBlock) -> L1Block {
    L1Block {
        number,
        hash,
        parent,
        time: L1Time::new(time),
    }
}

impl History {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let saved: Saved = (
            self.entries
                .values()
                .map(|entry| save_entry(entry))
                .collect(),
            self.queues.iter().map(save_queue).collect(),
            self.last_final,
            self.era.into(),
            self.standing
                .iter()
                .map(|(era, n)| ((*era).into(), *n))
                .collect(),
            self.checkpoints.clone(),
            self.frozen
                .iter()
                .map(|f| (f.tree.number().into(), f.place, f.at.get()))
                .collect(),
            self.exits
                .iter()
                .map(|((tree, root), exits)| ((*tree).into(), *root, *exits))
                .collect(),
            self.escaped
                .iter()
                .map(|(tree, slot)| ((*tree).into(), *slot))
                .collect(),
        );
        saved.abi_encode()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let saved = <Saved as SolValue>::abi_decode(bytes).map_err(|_| wrong())?;
        let (entries, queues, last_final, era, standing, checkpoints, frozen, exits, escaped) =
            saved;
        let entries = entries
            .into_iter()
            .map(|saved| read_entry(saved).map(|entry| (entry.number.get(), Arc::new(entry))))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let fallbacks = entries
            .iter()
            .filter_map(|(number, entry)| match entry.kind {
                BatchKind::Fallback { to } => Some((*number, to.get())),
                _ => None,
            });
        let fallbacks = fallbacks.collect();
        let [on_l1, off_l1] = <[SavedQueue; 2]>::try_from(queues).map_err(|_| wrong())?;
        let tree_of = |code: u64| u8::try_from(code).map_err(|_| wrong());
        Ok(Self {
            entries,
            queues: [
                read_queue(Tree::OnL1, on_l1)?,
                read_queue(Tree::OffL1, off_l1)?,
            ],
            last_final,
            era: narrow(era)?,
            fallbacks,
            standing: standing
                .into_iter()
                .map(|(era, number)| Ok((narrow(era)?, number)))
                .collect::<Result<_>>()?,
            checkpoints,
            frozen: match frozen.first() {
                None => None,
                Some((tree, place, at)) => Some(Frozen {
                    tree: convert::tree(tree_of(*tree)?)?,
                    place: *place,
                    at: L1Time::new(*at),
                }),
            },
            exits: exits
                .into_iter()
                .map(|(tree, root, exits)| Ok(((tree_of(tree)?, root), exits)))
                .collect::<Result<_>>()?,
            escaped: escaped
                .into_iter()
                .map(|(tree, slot)| Ok((tree_of(tree)?, slot)))
                .collect::<Result<_>>()?,
        })
    }
}

fn save_entry(entry: &BatchEntry) -> SavedEntry {
    let (kind, to) = match entry.kind {
        BatchKind::Genesis => (0, 0),
        BatchKind::Batch => (1, 0),
        BatchKind::Checkpoint => (2, 0),
        BatchKind::Fallback { to } => (3, to.get()),
    };
    let parts = entry.parts.as_ref();
    let consumed = |place: usize| parts.map(|p| p.consumed[place].clone()).unwrap_or_default();
    (
        entry.number.get(),
        kind,
        to,
        entry.on_l1.clone(),
        save_block(&entry.block),
        entry.transaction,
        entry.withdrawals.clone(),
        entry.claimed.iter().copied().collect(),
        entry.challenges.iter().map(save_challenge).collect(),
        parts.map_or_else(Vec::new, |p| p.rows.iter().map(save_row).collect()),
        consumed(0),
        consumed(1),
    )
}

fn read_entry(saved: SavedEntry) -> Result<BatchEntry> {
    let (
        number,
        kind,
        to,
        on_l1,
        block,
        transaction,
        withdrawals,
        claimed,
        challenges,
        rows,
        on,
        off,
    ) = saved;
    let kind = match kind {
        0 => BatchKind::Genesis,
        1 => BatchKind::Batch,
        2 => BatchKind::Checkpoint,
        3 => BatchKind::Fallback {
            to: BatchNumber::new(to),
        },
        _ => return Err(wrong()),
    };
    let parts = match rows.len() {
        0 => None,
        _ => {
            let rows = rows.into_iter().map(read_row).collect::<Result<Vec<_>>>()?;
            Some(Parts {
                rows: rows.try_into().map_err(|_| wrong())?,
                consumed: [on, off],
            })
        }
    };
    Ok(BatchEntry {
        number: BatchNumber::new(number),
        kind,
        on_l1,
        block: read_block(block),
        transaction,
        withdrawals,
        claimed: claimed.into_iter().collect(),
        challenges: challenges
            .into_iter()
            .map(read_challenge)
            .collect::<Result<_>>()?,
        parts,
    })
}

fn save_challenge((row, challenge): (&u16, &RowChallenge)) -> SavedChallenge {
    let state = match challenge.state {
        ChallengeState::Open => 0,
        ChallengeState::Answered => 1,
        ChallengeState::Expired => 2,
    };
    let published = challenge
        .published_in
        .map_or(0, |block| block.saturating_add(1));
    ((*row).into(), state, challenge.deadline, published)
}

fn read_challenge(
    (row, state, deadline, published): SavedChallenge,
) -> Result<(u16, RowChallenge)> {
    let state = match state {
        0 => ChallengeState::Open,
        1 => ChallengeState::Answered,
        2 => ChallengeState::Expired,
        _ => return Err(wrong()),
    };
    let challenge = RowChallenge {
        state,
        deadline,
        published_in: published.checked_sub(1),
    };
    Ok((narrow(row)?, challenge))
}

fn save_row(row: &RowPlace) -> SavedRow {
    let none = || (Vec::new(), Bytes::new(), 0);
    let (kind, (words, bytes, row)) = match row {
        RowPlace::Absent => (0, none()),
        RowPlace::Unreadable => (1, none()),
        RowPlace::Calldata(words) => (2, (words.to_vec(), Bytes::new(), 0)),
        RowPlace::L1Blob(commitment) => (3, (Vec::new(), commitment.to_bytes().into(), 0)),
        RowPlace::Network { meta, row } => (4, (Vec::new(), meta.encode().into(), (*row).into())),
    };
    (kind, words, bytes, row)
}

fn read_row((kind, words, bytes, row): SavedRow) -> Result<RowPlace> {
    Ok(match kind {
        0 => RowPlace::Absent,
        1 => RowPlace::Unreadable,
        2 => RowPlace::Calldata(words.into()),
        3 => RowPlace::L1Blob(Commitment::from_slice(&bytes).map_err(|_| wrong())?),
        4 => RowPlace::Network {
            meta: Arc::new(BlobMeta::decode(&bytes).map_err(|_| wrong())?),
            row: narrow(row)?,
        },
        _ => return Err(wrong()),
    })
}

fn save_queue(queue: &Queue) -> SavedQueue {
    let operation =
        |operation: &Option<abi::Operation>| operation.clone().unwrap_or_else(convert::nothing);
    (
        queue.tail,
        queue.floor,
        queue.operations.keys().copied().collect(),
        queue.operations.values().map(operation).collect(),
    )
}

fn read_queue(tree: Tree, (tail, floor, places, operations): SavedQueue) -> Result<Queue> {
    if places.len() != operations.len() {
        return Err(wrong());
    }
    let waiting = |operation: abi::Operation| (operation.kind != 0).then_some(operation);
    Ok(Queue {
        tree,
        operations: places
            .into_iter()
            .zip(operations.into_iter().map(waiting))
            .collect(),
        tail,
        floor,
    })
}

fn narrow<T: TryFrom<u64>>(number: u64) -> Result<T> {
    T::try_from(number).map_err(|_| wrong())
}

const fn wrong() -> Error {
    Error::Snapshot {
        what: "its history does not decode",
    }
}
