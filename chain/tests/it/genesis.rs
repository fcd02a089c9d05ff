//! Geneses that a chain can begin with.

use crate::samples::network;
use chain::{ChainParams, Genesis, Parent};
use types::{Epoch, Height};

#[test]
fn the_order_of_validators_does_not_change_the_chain() {
    let checked = network(&[1, 2, 3, 4]).genesis;
    let mut genesis = checked.genesis().clone();
    genesis.validators.reverse();
    let again = genesis.check().unwrap();
    assert_eq!(again.chain_id(), checked.chain_id());
    assert_eq!(again.validators(), checked.validators());
}

#[test]
fn everything_else_does() {
    let checked = network(&[1, 2, 3, 4]).genesis;
    let changes: [fn(&mut Genesis); 6] = [
        |genesis| genesis.name.push('x'),
        |genesis| genesis.time = genesis.time.plus_millis(1),
        |genesis| genesis.params.clock_drift_ms += 1,
        |genesis| genesis.params.epoch_blocks += 1,
        |genesis| genesis.validators[0].weight = genesis.validators[1].weight,
        |genesis| genesis.validators.truncate(3),
    ];
    for change in changes {
        let mut genesis = checked.genesis().clone();
        change(&mut genesis);
        assert_ne!(genesis.check().unwrap().chain_id(), checked.chain_id());
    }
}

#[test]
fn json_and_bytes_are_read_back() {
    let checked = network(&[1, 2, 3, 4]).genesis;
    let text = serde_json::to_string(checked.genesis()).unwrap();
    let from_json: Genesis = serde_json::from_str(&text).unwrap();
    assert_eq!(from_json.check().unwrap(), checked);
    let bytes = checked.encode();
    assert!(bytes.len() <= Genesis::MAX_BYTES);
    assert_eq!(Genesis::decode(&bytes).unwrap().check().unwrap(), checked);
}

#[test]
fn the_first_block_builds_on_the_chain_id() {
    let checked = network(&[1]).genesis;
    let parent = Parent::genesis(&checked);
    assert_eq!(parent.hash.to_bytes(), checked.chain_id().to_bytes());
    assert_eq!(parent.height, Height::GENESIS);
    assert_eq!(parent.time, checked.time());
}

#[test]
fn epochs_are_stretches_of_heights() {
    let params = ChainParams {
        epoch_blocks: 10,
        ..ChainParams::devnet()
    };
    for (height, epoch) in [(0, 0), (1, 0), (9, 0), (10, 1), (25, 2)] {
        assert_eq!(params.epoch(Height::new(height)), Epoch::new(epoch));
    }
}
