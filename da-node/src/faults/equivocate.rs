//! A validator that signs two things where a correct one signs one: two votes of a kind, two
//! proposals in its turn.

use chain::UnverifiedBlock;
use types::{HeaderHash, Height, Round};

/// The vote that goes with a vote: for a header that nobody proposed.
pub(crate) fn other_vote(voted: Option<HeaderHash>) -> HeaderHash {
    let voted = voted.map_or([0; HeaderHash::BYTES], |header| *header.as_bytes());
    HeaderHash::new(voted.map(|byte| !byte))
}

/// The block that goes with a block: a millisecond later, and else as valid as the first.
pub(crate) fn other_block(block: &UnverifiedBlock) -> UnverifiedBlock {
    let mut other = block.clone();
    other.header.time = other.header.time.plus_millis(1);
    other
}

/// Which of the two leaves first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// What the engine said.
    TruthFirst,
    /// The other thing, so that it is what others count.
    LieFirst,
}

/// In turns, so that others meet both orders.
pub(crate) const fn order(height: Height, round: Round) -> Order {
    if (height.get() ^ round.get() as u64).is_multiple_of(2) {
        Order::TruthFirst
    } else {
        Order::LieFirst
    }
}
