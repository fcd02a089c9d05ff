//! Records as the elements of rows.
//!
//! Operation j of a batch stands at elements 2j and 2j + 1 of its tree's row; in the other tree's
//! row these are zero, and so is everything after the last operation. So both rows keep the
//! batch's order, and whoever has one tree's row alone can follow that tree.

use crate::{BatchSize, Error, Fr, Record, Result, Tree};
use ark_ff::{BigInteger, PrimeField, Zero};

/// The canonical big-endian bytes, as a row has them.
#[must_use]
pub fn scalar_bytes(scalar: Fr) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&scalar.into_bigint().to_bytes_be());
    bytes
}

/// Reads canonical big-endian bytes.
///
/// # Errors
/// [`Error::Encoding`] from the field's order on.
pub fn scalar_from_bytes(bytes: &[u8; 32]) -> Result<Fr> {
    let scalar = Fr::from_be_bytes_mod_order(bytes);
    if scalar_bytes(scalar) != *bytes {
        return Err(Error::Encoding { what: "a scalar" });
    }
    Ok(scalar)
}

/// The used elements of both rows, the tree's on L1 first: 2 per operation that a batch of this
/// size has room for. All others are zero.
#[must_use]
pub fn encode_rows(size: BatchSize, records: &[Record]) -> [Vec<Fr>; 2] {
    Tree::BOTH.map(|tree| {
        let mut row = vec![Fr::zero(); 2 * size.operations()];
        for (pair, record) in row.chunks_exact_mut(2).zip(records) {
            if record.tree == tree {
                pair.copy_from_slice(&record.elements());
            }
        }
        row
    })
}

/// The records of one tree's row, each with its place in the batch.
///
/// # Errors
/// [`Error::MalformedElement`] for anything that [`encode_rows`] does not make.
pub fn decode_row(tree: Tree, size: BatchSize, row: &[Fr]) -> Result<Vec<(usize, Record)>> {
    let used = 2 * size.operations();
    if let Some(element) = row.iter().skip(used).position(|e| !e.is_zero()) {
        return Err(Error::MalformedElement {
            element: used + element,
            what: "beyond the batch",
        });
    }
    let mut records = Vec::new();
    for (place, pair) in row.chunks(2).take(size.operations()).enumerate() {
        let malformed = |what| Error::MalformedElement {
            element: 2 * place,
            what,
        };
        let [head, value] = *pair else {
            return Err(malformed("half a record"));
        };
        if head.is_zero() && value.is_zero() {
            continue;
        }
        let record = Record::from_elements([head, value]).map_err(malformed)?;
        if record.tree != tree {
            return Err(malformed("of the other tree"));
        }
        records.push((place, record));
    }
    Ok(records)
}
