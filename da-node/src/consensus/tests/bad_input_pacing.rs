//! Claims of heights that nobody has seen.

use super::memory::{Memory, Network};
use crate::consensus::Application;
use crate::consensus::context::{Address, BlockHeight, Signature, Vote};
use crate::consensus::pacing::observe;
use malachite::app::engine::network::{NetworkEvent, Status};
use malachite::app::types::core::{NilOrVal, Round, SignedMessage, VoteType};

use malachite::app::types::{Keypair, PeerId};
use types::Height;

fn peer() -> PeerId {
    let key = Keypair::ed25519_from_bytes([1; 32]).unwrap();
    PeerId::from_bytes(&key.public().to_peer_id().to_bytes()).unwrap()
}

fn height(h: u64) -> BlockHeight {
    BlockHeight(Height::new(h))
}

fn claim(app: &Memory, h: u64) {
    let vote = Vote {
        kind: VoteType::Prevote,
        height: height(h),
        round: Round::new(0),
        value: NilOrVal::Nil,
        voter: Address([7; 20]),
    };
    let vote = SignedMessage::new(vote, Signature([0; 96]));
    observe(app, &NetworkEvent::Vote(peer(), vote));
    let status = Status::new(height(h), height(1));
    observe(app, &NetworkEvent::Status(peer(), status));
}

#[tokio::test]
async fn the_highest_claim_of_all_starts_one_height_and_no_more() {
    let app = Memory::new(&Network::new(1), &[]);
    app.pass(4);
    claim(&app, u64::MAX);
    assert_eq!(*app.seen.borrow(), Height::new(5));
    app.ready_for(Height::new(5)).await;

    app.pass(5);
    let mut held = std::pin::pin!(app.ready_for(Height::new(6)));
    assert!(futures::poll!(held.as_mut()).is_pending(), "it persisted");
    claim(&app, 5);
    assert!(futures::poll!(held.as_mut()).is_pending(), "at the tip");
    claim(&app, 6);
    held.await;
    assert_eq!(*app.seen.borrow(), Height::new(6));
}

#[test]
fn at_the_last_height_nothing_is_shown() {
    let app = Memory::new(&Network::new(1), &[]);
    app.pass(u64::MAX);
    claim(&app, u64::MAX);
    assert_eq!(*app.seen.borrow(), Height::GENESIS);
}
