#![allow(clippy::unwrap_used)]

use super::{Lanes, TURNS};
use chain::ValidatorAddress;
use futures::FutureExt;

fn address(byte: u8) -> ValidatorAddress {
    ValidatorAddress::new([byte; 20])
}

#[tokio::test]
async fn blobs_on_one_way_take_turns_and_disturb_no_other_way() {
    let lanes = Lanes::new(3);
    let lane = lanes.to(address(1));
    let mut turns = Vec::new();
    for _ in 0..TURNS {
        turns.push(lane.turn().await.unwrap());
    }
    // Two blobs wait; whoever came first goes on first.
    let again = lanes.to(address(1));
    let (first, second) = (again.turn(), again.turn());
    tokio::pin!(first, second);
    assert!(first.as_mut().now_or_never().is_none());
    assert!(second.as_mut().now_or_never().is_none());
    assert!(lanes.to(address(2)).turn().now_or_never().is_some());
    turns.pop();
    assert!(second.as_mut().now_or_never().is_none());
    assert!(first.now_or_never().is_some());
    assert!(second.now_or_never().is_some());
}

#[tokio::test]
async fn a_way_has_room_for_so_many_blobs() {
    let lanes = Lanes::new(2);
    let lane = lanes.to(address(1));
    let first = lane.place().await.unwrap();
    let _second = lane.place().await.unwrap();
    assert!(lane.place().now_or_never().is_none());
    drop(first);
    assert!(lane.place().now_or_never().is_some());
}

#[test]
fn ways_that_nobody_uses_are_forgotten() {
    let lanes = Lanes::new(1);
    let used = lanes.to(address(0));
    for byte in 1..=100 {
        lanes.to(address(byte));
    }
    // The one in use and the newest.
    assert_eq!(lanes.lanes.lock().unwrap().len(), 2);
    drop(used);
    lanes.to(address(101));
    assert_eq!(lanes.lanes.lock().unwrap().len(), 1);
}
