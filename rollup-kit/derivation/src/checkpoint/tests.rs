#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use erasure::payload_to_rows;
use ledger::checkpoint::{CheckpointNumber, encode};
use ledger::{
    AccountKey, Address, Amount, Batch, BatchSize, Fr, FromL1, Operation, TokenId, scalar_bytes,
};
use types::{Commitment, Namespace};

fn domain() -> RollupDomain {
    RollupDomain::of(31_337, Address::new([0xcc; 20]))
}

fn state() -> State {
    let mut state = State::new(domain());
    let mut batch = Batch::new(&mut state, BatchSize::EIGHT, Amount::new(1));
    for (tree, who) in [(Tree::OnL1, 1), (Tree::OffL1, 2), (Tree::OffL1, 3)] {
        let deposit = FromL1 {
            tree,
            token: TokenId::ETH,
            amount: Amount::new(1_000 + u128::from(who)),
            owner: Address::new([who; 20]),
            account: AccountKey::new(Fr::from(who)),
            authority: None,
        };
        batch.apply(&Operation::FromL1(deposit)).unwrap();
    }
    batch.finish().unwrap();
    state
}

/// A blob of this payload; its commitments are of no account here.
fn blob(mode: BlobMode, payload: &[u8]) -> (BlobMeta, Vec<Row>) {
    let (length, rows) = payload_to_rows(mode, payload).unwrap();
    let commitments = vec![Commitment::new([0xc0; 48]); rows.len()];
    let meta = BlobMeta::new(Namespace::new([1; 29]).unwrap(), length, commitments);
    (meta.unwrap(), rows)
}

fn both(state: &State, number: u64) -> [(BlobMeta, Vec<Row>); 2] {
    let rows = encode(state, CheckpointNumber::new(number).unwrap()).unwrap();
    let elements = rows.into_iter().flatten().flat_map(scalar_bytes);
    let raw: Vec<u8> = elements.collect();
    let packed = pack(BatchNumber::new(number), state);
    [blob(BlobMode::Raw, &raw), blob(BlobMode::Packed, &packed)]
}

#[test]
fn both_forms_read_back() {
    let state = state();
    for (meta, rows) in both(&state, 7) {
        let read = read(domain(), BatchNumber::new(7), &meta, &rows, state.roots()).unwrap();
        for tree in Tree::BOTH {
            assert!(read.tree(tree).accounts().eq(state.tree(tree).accounts()));
        }
    }
}

#[test]
fn another_state_number_rollup_or_form_is_refused() {
    let state = state();
    let number = BatchNumber::new(7);
    let empty = State::new(domain()).roots();
    let elsewhere = RollupDomain::of(1, Address::new([0xcc; 20]));
    for (meta, rows) in both(&state, 7) {
        let refused = |domain, number, rows: &[Row], expected| {
            read(domain, number, &meta, rows, expected).is_err()
        };
        assert!(refused(domain(), number, &rows, empty));
        assert!(refused(domain(), number.next(), &rows, state.roots()));
        assert!(refused(elsewhere, number, &rows, state.roots()));
        assert!(refused(domain(), number, &[], state.roots()));
        assert!(refused(domain(), number, &[Row::zero()], state.roots()));
        // One bit of what is used, wherever it is.
        for at in [31, 64, 200, 330] {
            let mut bytes = rows[0].as_bytes().to_vec();
            bytes[at] ^= 1;
            let changed = Row::from_slice(&bytes).unwrap();
            assert!(refused(domain(), number, &[changed], state.roots()), "{at}");
        }
    }
    let [(raw, raw_rows), (packed, packed_rows)] = both(&state, 7);
    assert!(read(domain(), number, &raw, &packed_rows, state.roots()).is_err());
    assert!(read(domain(), number, &packed, &raw_rows, state.roots()).is_err());
}
