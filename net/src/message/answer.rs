//! Whether an answer answers the question.

use super::{
    Answer, Ask, MAX_CERTIFICATES, MAX_CHANGES, MAX_GENESIS_BYTES, MAX_HEADERS, MAX_HELD_ROWS,
    MAX_PEERS, Request, Response, approvals, holdings, peers, rows,
};
use crate::error::{Error, Mismatch, Result};
use chain::{ColumnSet, UnverifiedBlock};
use libp2p::PeerId;
use std::collections::HashSet;
use types::limits::{CELL_BYTES, MAX_BLOCK_ROWS, POINT_BYTES};
use types::{BlobId, BlobMeta, Coordinates, Height, RowIndex, SetHash};

/// Bytes that any answer may have: small ones, and every refusal.
pub(super) const SMALL_BYTES: usize = 1 << 10;
/// Most bytes of a header with its certificate, of at most 1,024 signers.
pub(super) const HEADER_BYTES: usize = 1 << 10;
/// Most bytes of a block with its certificate.
pub(super) const BLOCK_BYTES: usize = UnverifiedBlock::MAX_BYTES + HEADER_BYTES;
/// Most bytes of a blob's description with its certificate.
pub(super) const CERTIFIED_BYTES: usize = BlobMeta::MAX_BYTES + HEADER_BYTES;
/// Most bytes of a set: 1,024 keys with weights.
const SET_BYTES: usize = 64 << 10;

/// As much of a request as decides whether an answer fits.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    Hello,
    Genesis,
    LatestHeader,
    Headers(Height, u16),
    ValidatorSet(SetHash),
    Commitments,
    Samples(Vec<Coordinates>),
    BlobMeta(BlobId),
    BlobCells {
        first: RowIndex,
        count: u16,
        columns: ColumnSet,
    },
    Disperse,
    Receipt,
    Certificates,
    Blocks(Height, u16),
    Holdings,
    Peers,
    Contact,
    Approvals,
}

impl Question {
    pub(crate) fn of(ask: &Ask) -> Self {
        let request = match ask {
            Ask::Hello(_) => return Self::Hello,
            Ask::Request(request) => request,
        };
        match request {
            Request::Genesis => Self::Genesis,
            Request::LatestHeader => Self::LatestHeader,
            Request::Headers { from, count } => Self::Headers(*from, *count),
            Request::ValidatorSet { hash } => Self::ValidatorSet(*hash),
            Request::Commitments { .. } => Self::Commitments,
            Request::Samples { coordinates, .. } => Self::Samples(coordinates.clone()),
            Request::BlobMeta { id } => Self::BlobMeta(*id),
            Request::BlobCells {
                first,
                count,
                columns,
                ..
            } => Self::BlobCells {
                first: *first,
                count: *count,
                columns: *columns,
            },
            Request::Disperse(_) => Self::Disperse,
            Request::Receipt { .. } => Self::Receipt,
            Request::Certificates => Self::Certificates,
            Request::Blocks { from, count } => Self::Blocks(*from, *count),
            Request::Holdings { .. } => Self::Holdings,
            Request::Peers => Self::Peers,
            Request::Contact => Self::Contact,
            Request::Approvals => Self::Approvals,
        }
    }

    /// Most bytes that an answer may have: checked before anything is read.
    pub(crate) fn max_answer_bytes(&self) -> usize {
        let cell = CELL_BYTES + POINT_BYTES;
        let items = match self {
            Self::Hello | Self::LatestHeader | Self::Disperse | Self::Receipt => 0,
            Self::Genesis => MAX_GENESIS_BYTES,
            Self::Headers(_, count) => usize::from(*count).min(MAX_HEADERS) * HEADER_BYTES,
            Self::ValidatorSet(_) => SET_BYTES,
            Self::Commitments => MAX_BLOCK_ROWS * POINT_BYTES,
            // 32 for the coordinates and the framing of fields.
            Self::Samples(coordinates) => coordinates.len() * (cell + 32),
            Self::BlobMeta(_) => BlobMeta::MAX_BYTES,
            Self::BlobCells { count, columns, .. } => {
                let rows = usize::from(*count);
                rows::encoded_len(rows, rows * columns.iter().count())
            }
            Self::Certificates => MAX_CERTIFICATES * CERTIFIED_BYTES,
            Self::Blocks(_, count) => usize::from(*count) * BLOCK_BYTES,
            Self::Holdings => MAX_HELD_ROWS * holdings::ROW_BYTES,
            Self::Peers => MAX_PEERS * peers::ADDRESS_BYTES,
            Self::Contact => peers::ADDRESS_BYTES,
            Self::Approvals => MAX_CHANGES * approvals::CHANGE_BYTES,
        };
        2 * SMALL_BYTES + items
    }

    /// Checks that the answer is one to this question.
    pub(crate) fn check(&self, peer: PeerId, answer: &Answer) -> Result<()> {
        let wrong = |what, got, expected| Err(wrong_answer(peer, what, got, expected));
        let response = match (self, answer) {
            (Self::Hello, Answer::Hello(_)) => return Ok(()),
            (_, Answer::Response(response)) => response,
            (_, Answer::Hello(_)) => return wrong("kind", "Hello".into(), format!("{self:?}")),
        };
        match (self, response) {
            (
                _,
                Response::NotFound
                | Response::Pruned
                | Response::Busy { .. }
                | Response::Refused { .. },
            )
            | (Self::Genesis, Response::Genesis(_))
            | (Self::LatestHeader, Response::LatestHeader(_))
            | (Self::Commitments, Response::Commitments(_))
            | (Self::Disperse, Response::Dispersed { .. })
            | (Self::Receipt, Response::Receipt(_))
            | (Self::Certificates, Response::Certificates(_))
            | (Self::Holdings, Response::Holdings(_))
            | (Self::Peers, Response::Peers(_))
            | (Self::Contact, Response::Contact(_))
            | (Self::Approvals, Response::Approvals(_)) => Ok(()),
            (Self::Headers(from, count), Response::Headers(headers)) => {
                let heights = headers.iter().map(|header| header.header.height);
                check_heights(peer, *from, *count, heights)
            }
            (Self::Blocks(from, count), Response::Blocks(blocks)) => {
                let heights = blocks.iter().map(|(block, _)| block.header.height);
                check_heights(peer, *from, *count, heights)
            }
            (Self::ValidatorSet(hash), Response::ValidatorSet(set)) => {
                if set.hash() == *hash {
                    Ok(())
                } else {
                    wrong("set", set.hash().to_string(), hash.to_string())
                }
            }
            (Self::BlobMeta(id), Response::BlobMeta(meta)) => {
                if meta.id() == *id {
                    Ok(())
                } else {
                    wrong("blob", meta.id().to_string(), id.to_string())
                }
            }
            (Self::Samples(asked), Response::Samples(cells)) => {
                let mut open: HashSet<&Coordinates> = asked.iter().collect();
                match cells.iter().find(|cell| !open.remove(&cell.at)) {
                    None => Ok(()),
                    Some(cell) => wrong(
                        "cell",
                        cell.at.to_string(),
                        "each cell that was asked for, once".into(),
                    ),
                }
            }
            (
                Self::BlobCells {
                    first,
                    count,
                    columns,
                },
                Response::BlobCells(rows),
            ) => {
                let asked = first.get()..first.get().saturating_add(*count);
                let stranger = rows.iter().find(|row| {
                    !asked.contains(&row.row.get())
                        || row.cells.iter().any(|c| !columns.contains(c.column))
                });
                match stranger {
                    None => Ok(()),
                    Some(row) => wrong(
                        "cells",
                        format!("cells of row {}", row.row),
                        format!("columns asked for of rows {asked:?}"),
                    ),
                }
            }
            (_, response) => wrong("kind", response.name().into(), format!("{self:?}")),
        }
    }
}

fn wrong_answer(peer: PeerId, what: &'static str, got: String, expected: String) -> Error {
    let mismatch = Mismatch {
        what,
        got,
        expected,
    };
    Error::WrongAnswer {
        peer,
        mismatch: Box::new(mismatch),
    }
}

fn check_heights(
    peer: PeerId,
    from: Height,
    count: u16,
    heights: impl ExactSizeIterator<Item = Height>,
) -> Result<()> {
    let got = heights.len();
    if got == 0 || got > usize::from(count) {
        let expected = format!("1..={count}");
        return Err(wrong_answer(peer, "count", got.to_string(), expected));
    }
    for (offset, height) in (0_u64..).zip(heights) {
        let expected = from.get().saturating_add(offset);
        if height.get() != expected {
            let (got, expected) = (height.to_string(), expected.to_string());
            return Err(wrong_answer(peer, "height", got, expected));
        }
    }
    Ok(())
}
