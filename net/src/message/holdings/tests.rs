#![allow(clippy::unwrap_used)]

use super::*;

pub(crate) fn every_row() -> Vec<HeldRow> {
    let held = |row| HeldRow {
        row,
        columns: ColumnSet::full(),
    };
    let rows = || (0..MAX_BLOCK_ROWS as u64).map(|i| RowIndex::new(i).unwrap());
    rows()
        .map(GridRow::Data)
        .chain(rows().map(GridRow::Parity))
        .map(held)
        .collect()
}

fn few() -> Vec<HeldRow> {
    let row = |row, bits| HeldRow {
        row,
        columns: ColumnSet::from_bits(bits),
    };
    vec![
        row(GridRow::Data(RowIndex::new(255).unwrap()), 1),
        row(GridRow::Parity(RowIndex::FIRST), 1 << 127 | 6),
    ]
}

#[test]
fn few_cells_take_few_bytes_and_all_of_them_nine_kibibytes() {
    assert_eq!(encode(&[]).len(), 0);
    assert_eq!(encode(&few()).len(), 36);
    assert_eq!(encode(&every_row()).len(), 9 << 10);
    for rows in [Vec::new(), few(), every_row()] {
        assert_eq!(decode(&encode(&rows)).unwrap(), rows);
    }
}

#[test]
fn bad_input_rows_out_of_order_empty_unknown_cut_short_or_too_many() {
    let mut turned = few();
    turned.reverse();
    let twice = vec![few()[0]; 2];
    let mut empty = few();
    empty[1].columns = ColumnSet::empty();
    for rows in [turned, twice, empty] {
        assert!(matches!(
            decode(&encode(&rows)),
            Err(MessageError::Order { item: 1 | 0, .. })
        ));
    }
    let mut unknown = encode(&few()).to_vec();
    unknown[ROW_BYTES..ROW_BYTES + 2].copy_from_slice(&512_u16.to_be_bytes());
    assert!(matches!(decode(&unknown), Err(MessageError::Wire(_))));
    let short = &encode(&few())[..35];
    assert!(matches!(decode(short), Err(MessageError::Wire(_))));
    let endless = vec![0; (MAX_HELD_ROWS + 1) * ROW_BYTES];
    assert!(matches!(decode(&endless), Err(MessageError::Wire(_))));
}
