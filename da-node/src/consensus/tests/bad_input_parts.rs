//! Parts that are not their proposer's, of no use, or too many.

use super::memory::{Memory, Network};
use crate::consensus::Application;
use crate::consensus::admission::{Admission, Admitted, ROUNDS_AHEAD, Refusal};
use crate::consensus::context::{Address, BlockHeight, Members, Part, Signature};
use crate::consensus::signing::{address_of, part_digest};
use crate::consensus::values::{HEIGHTS_AHEAD, MAX_PER_ROUND, Values};
use chain::SigningKey;
use malachite::app::types::core::Round;
use std::sync::Arc;
use types::{ChainId, Height, Timestamp};

struct Gate {
    network: Network,
    app: Arc<Memory>,
    admission: Admission,
}

impl Gate {
    fn new() -> Self {
        let network = Network::new(4);
        let app = Memory::new(&network, &[]);
        let values = Arc::new(Values::load(Arc::clone(&app) as _).unwrap());
        let chain_id = network.genesis.chain_id();
        let admission = Admission::new(chain_id, Arc::clone(&app) as _, values);
        Self {
            network,
            app,
            admission,
        }
    }

    fn proposer(&self, height: u64, round: u32) -> &SigningKey {
        let members = Members::new(self.network.genesis.validators().clone());
        let (address, _) = members.turn(at(height), Round::new(round));
        let keys = &self.network.keys;
        keys.iter().find(|k| address_of(k) == address).unwrap()
    }

    /// A part with a block of its own for every `n`, unsigned.
    async fn unsigned(&self, height: u64, round: Round, n: u64) -> Part {
        let turn = round.as_u32().unwrap_or_default();
        let mut block = self
            .app
            .propose(Height::FIRST, types::Round::new(0))
            .await
            .unwrap();
        block.header.height = Height::new(height);
        block.header.time = Timestamp::new(n);
        Part {
            height: at(height),
            round,
            valid_round: Round::Nil,
            proposer: address_of(self.proposer(height, turn)),
            block: block.encode().into(),
            signature: Signature([0; 96]),
        }
    }

    fn sign(&self, part: Part, key: &SigningKey) -> Part {
        self.sign_for(&self.network.genesis.chain_id(), part, key)
    }

    fn sign_for(&self, chain_id: &ChainId, part: Part, key: &SigningKey) -> Part {
        let set = self.network.genesis.validators().hash();
        let rounds = (part.round, part.valid_round);
        let digest = part_digest(chain_id, &set, part.height, rounds, &part.block).unwrap();
        let signature = key.sign_digest(&digest).into();
        Part { signature, ..part }
    }

    async fn part(&self, height: u64, round: u32, n: u64) -> Part {
        let part = self.unsigned(height, Round::new(round), n).await;
        self.sign(part, self.proposer(height, round))
    }

    fn admit(&self, part: Part) -> Result<Admitted, Refusal> {
        self.admission
            .admit(part, (Height::FIRST, types::Round::new(0)))
    }
}

fn at(height: u64) -> BlockHeight {
    BlockHeight(Height::new(height))
}

#[tokio::test]
async fn a_part_of_its_proposer_is_judged_once_at_a_time() {
    let gate = Gate::new();
    let part = gate.part(1, 0, 7).await;
    let admitted = gate.admit(part.clone()).unwrap();
    assert_eq!(*admitted.part(), part);
    assert_eq!(admitted.block().encode(), part.block);
    let again = gate.admit(part.clone());
    assert!(matches!(again, Err(Refusal::Known)), "{again:?}");
    drop(admitted);
    gate.admit(part).unwrap();
}

#[tokio::test]
async fn only_the_proposers_signature_over_exactly_this_counts() {
    let gate = Gate::new();
    let part = gate.part(1, 2, 7).await;
    let key = gate.proposer(1, 2);
    let victim = address_of(key);
    let stranger = gate.network.keys.iter().find(|k| address_of(k) != victim);
    let unsigned = gate.unsigned(1, Round::new(2), 7).await;
    let other = gate.unsigned(1, Round::new(2), 8).await;
    let foreign = ChainId::new([9; 32]);
    let forged = [
        unsigned.clone(),
        gate.sign(unsigned.clone(), stranger.unwrap()),
        gate.sign_for(&foreign, unsigned, key),
        Part {
            signature: part.signature,
            ..other
        },
        Part {
            valid_round: Round::new(1),
            ..part.clone()
        },
    ];
    for part in forged {
        match gate.admit(part) {
            Err(Refusal::Signature { proposer, .. }) => assert_eq!(proposer, victim),
            other => panic!("{other:?}"),
        }
    }
    gate.admit(part).unwrap();
}

#[tokio::test]
async fn a_signature_of_another_round_or_height_of_the_same_proposer_does_not_count() {
    let gate = Gate::new();
    let part = gate.part(1, 0, 7).await;
    let mut turns =
        (1..=ROUNDS_AHEAD).filter(|r| address_of(gate.proposer(1, *r)) == part.proposer);
    let round = Round::new(turns.next().expect("it proposes again within ten rounds"));
    let moved = gate.admit(Part { round, ..part });
    assert!(matches!(moved, Err(Refusal::Signature { .. })), "{moved:?}");
}

#[tokio::test]
async fn whoever_has_no_turn_is_refused_though_it_signs() {
    let gate = Gate::new();
    let part = gate.part(1, 0, 7).await;
    let expected = part.proposer;
    let others = gate
        .network
        .keys
        .iter()
        .filter(|k| address_of(k) != expected);
    for key in others {
        let proposer = address_of(key);
        let part = gate.sign(
            Part {
                proposer,
                ..part.clone()
            },
            key,
        );
        match gate.admit(part) {
            Err(Refusal::Turn { got, expected: e }) => assert_eq!((got, e), (proposer, expected)),
            other => panic!("{other:?}"),
        }
    }
    let nobody = Address::NOBODY;
    let part = Part {
        proposer: nobody,
        ..part
    };
    assert!(matches!(gate.admit(part), Err(Refusal::Turn { .. })));
}

#[tokio::test]
async fn heights_and_rounds_out_of_reach_are_refused() {
    let gate = Gate::new();
    gate.app.pass(3);
    let last = 3 + HEIGHTS_AHEAD;
    for height in [0, 3, last + 1, u64::MAX] {
        let refused = gate.admit(gate.part(height, 0, 7).await);
        assert!(matches!(refused, Err(Refusal::Height { .. })), "{height}");
    }
    for height in [4, last] {
        for round in [0, ROUNDS_AHEAD] {
            gate.admit(gate.part(height, round, 7).await).unwrap();
        }
        for round in [ROUNDS_AHEAD + 1, u32::MAX] {
            let refused = gate.admit(gate.part(height, round, 7).await);
            assert!(matches!(refused, Err(Refusal::Round { .. })), "{round}");
        }
    }
    let nil = gate.unsigned(4, Round::Nil, 7).await;
    assert!(matches!(gate.admit(nil), Err(Refusal::Round { .. })));
    for valid_round in [2, 3] {
        let part = gate.unsigned(4, Round::new(2), 7).await;
        let valid_round = Round::new(valid_round);
        let part = gate.sign(
            Part {
                valid_round,
                ..part
            },
            gate.proposer(4, 2),
        );
        assert!(matches!(gate.admit(part), Err(Refusal::Round { .. })));
    }
    // At a later round of that height it reaches further; an earlier round's part that
    // somebody sends again still counts.
    let ours = (Height::new(4), types::Round::new(20));
    for round in [3, 20 + ROUNDS_AHEAD] {
        let part = gate.part(4, round, 7).await;
        gate.admission.admit(part, ours).unwrap();
    }
}

#[tokio::test]
async fn junk_of_one_proposer_takes_no_place_of_another_round_or_height() {
    let gate = Gate::new();
    let mut judged = Vec::new();
    for height in 1..=HEIGHTS_AHEAD {
        for round in 0..=ROUNDS_AHEAD {
            for n in 0..MAX_PER_ROUND as u64 {
                judged.push(gate.admit(gate.part(height, round, n).await).unwrap());
            }
            let more = gate.admit(gate.part(height, round, 99).await);
            let full = matches!(more, Err(Refusal::Full { got, max }) if got == max);
            assert!(full, "{more:?}");
        }
    }
    judged.pop();
    let freed = gate.part(HEIGHTS_AHEAD, ROUNDS_AHEAD, 99).await;
    gate.admit(freed).unwrap();
}

#[tokio::test]
async fn blocks_that_do_not_read_or_are_of_another_height_are_refused() {
    let gate = Gate::new();
    let part = gate.part(1, 0, 7).await;
    let key = gate.proposer(1, 0);
    let other = gate.unsigned(2, Round::new(0), 7).await;
    for block in [part.block.slice(1..), bytes::Bytes::new(), other.block] {
        let part = Part {
            block,
            ..part.clone()
        };
        let refused = gate.admit(gate.sign(part, key));
        match refused {
            Err(Refusal::Malformed(error)) => assert!(error.is_peer_fault(), "{error}"),
            other => panic!("{other:?}"),
        }
    }
}
