//! The ways to answer, and what each costs. Pure.

use crate::client::Head;
use crate::{Gas, Wei};
use types::limits::{DATA_COLUMNS, POINT_BYTES};

/// Gas of a transaction before its code runs.
const INTRINSIC: u64 = 21_000;
/// Gas of a byte of calldata that is not zero.
const BYTE: u64 = 16;
/// Gas of the calls alone, as `contracts/snapshots/challenge.json` has them; a test compares.
const PUBLISH: u64 = 63_899;
const CELL_BY_OPENINGS: u64 = 225_627;
const CELL_BY_MULTIPROOF: u64 = 681_847;
const OWN_CELL_BY_OPENINGS: u64 = 162_497;
const OWN_CELL_BY_MULTIPROOF: u64 = 685_050;
const OWN_BLOB: u64 = 38_934;
/// An answer that points at a row on L1: not in the snapshots; a cell's by openings short of its
/// two point evaluations.
const CELL_BY_ROW: u64 = 90_000;
/// Calldata of a cell with its openings or coordinates: 64 coefficients and six words of points.
const CELL_BYTES: u64 = 64 * 32 + 12 * 32;

/// L1's prices per gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    /// Of gas.
    pub base: Wei,
    /// Of blob gas.
    pub blob: Wei,
}

impl From<&Head> for Prices {
    fn from(head: &Head) -> Self {
        Self {
            base: head.base_fee,
            blob: head.blob_base_fee,
        }
    }
}

/// What somebody has of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holding {
    /// Nothing.
    Nothing,
    /// Cells with their proofs.
    Cells,
    /// All of it.
    Row,
}

/// A way to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The row as a blob.
    Blob,
    /// Cells by two point evaluations each.
    Openings,
    /// Cells by EIP-7594's equation each.
    Multiproof,
    /// By pointing at the row, which stands on L1 since.
    PublicRow,
}

/// What is to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A row's challenge.
    Row,
    /// So many challenges of cells of one row.
    Cells {
        /// How many.
        count: u16,
        /// Whether the row has stood on L1.
        is_public: bool,
    },
    /// So many own cells of a row, to be spared.
    Duty {
        /// How many.
        count: u16,
    },
}

/// What a way takes for a need, of a blob with so many rows; none where it does not lead there.
#[must_use]
pub fn gas(need: Need, way: Way, rows: u16) -> Option<(Gas, Gas)> {
    let meta = BYTE * (36 + u64::from(rows) * POINT_BYTES as u64);
    let blob_gas = crate::settings::RollupSettings::BLOB_GAS;
    let none = Gas::new(0);
    let cells = |count: u16, each: u64| {
        let transaction = INTRINSIC + each + meta + BYTE * CELL_BYTES;
        Gas::new(u64::from(count) * transaction)
    };
    let point_at = |count: u16| u64::from(count) * (INTRINSIC + CELL_BY_ROW);
    match (need, way) {
        (Need::Row, Way::Blob) => Some((Gas::new(INTRINSIC + PUBLISH + meta), blob_gas)),
        // As many as recover the row.
        (Need::Row, Way::Openings) => Some((cells(recovering(), OWN_CELL_BY_OPENINGS), none)),
        (Need::Row, Way::Multiproof) => Some((cells(recovering(), OWN_CELL_BY_MULTIPROOF), none)),
        (
            Need::Cells {
                count,
                is_public: true,
            },
            Way::PublicRow,
        ) => Some((Gas::new(point_at(count)), none)),
        (
            Need::Cells {
                count,
                is_public: false,
            },
            Way::Blob,
        ) => {
            let publish = INTRINSIC + PUBLISH + meta;
            Some((Gas::new(publish + point_at(count)), blob_gas))
        }
        (Need::Cells { count, .. }, Way::Openings) => Some((cells(count, CELL_BY_OPENINGS), none)),
        (Need::Cells { count, .. }, Way::Multiproof) => {
            Some((cells(count, CELL_BY_MULTIPROOF), none))
        }
        (Need::Duty { .. }, Way::Blob) => Some((Gas::new(INTRINSIC + OWN_BLOB + meta), blob_gas)),
        (Need::Duty { count }, Way::Openings) => Some((cells(count, OWN_CELL_BY_OPENINGS), none)),
        (Need::Duty { count }, Way::Multiproof) => {
            Some((cells(count, OWN_CELL_BY_MULTIPROOF), none))
        }
        (Need::Row | Need::Duty { .. } | Need::Cells { .. }, _) => None,
    }
}

fn recovering() -> u16 {
    u16::try_from(DATA_COLUMNS).unwrap_or(u16::MAX)
}

/// What a way costs.
#[must_use]
pub fn cost(need: Need, way: Way, rows: u16, prices: Prices) -> Option<Wei> {
    let (gas, blob_gas) = gas(need, way, rows)?;
    Some(gas.at(prices.base) + blob_gas.at(prices.blob))
}

/// Whether what is held is enough for a way.
#[must_use]
pub const fn leads(holding: Holding, way: Way) -> bool {
    match way {
        Way::Blob | Way::Openings => matches!(holding, Holding::Row),
        Way::Multiproof => !matches!(holding, Holding::Nothing),
        Way::PublicRow => true,
    }
}

/// The cheapest way at these prices for whoever holds this; none when it cannot answer.
#[must_use]
pub fn cheapest(need: Need, holding: Holding, rows: u16, prices: Prices) -> Option<(Way, Wei)> {
    [Way::PublicRow, Way::Blob, Way::Openings, Way::Multiproof]
        .into_iter()
        .filter(|way| leads(holding, *way))
        .filter_map(|way| Some((way, cost(need, way, rows, prices)?)))
        .min_by_key(|(_, cost)| *cost)
}

#[cfg(test)]
mod tests;
