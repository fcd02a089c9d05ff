//! Changes, approvals and certificates that are refused, and blocks that carry such.

use crate::samples::{
    NOW, Network, join, keys, leave, network, reweigh, seeded_network, signature_at_infinity,
    signature_outside_subgroup,
};
use chain::{
    ApprovalCollector, BlockContext, BlockError, ChainParams, Error, PossessionProof,
    PublicKeyBytes, SetEdit, UnverifiedBlock, UnverifiedSetChange, Weight, propose,
};
use types::{ChainId, Epoch, Height, SetHash};

#[track_caller]
fn refused(network: &Network, change: UnverifiedSetChange) -> Error {
    let error = change.verify(&network.chain_id, &network.set).unwrap_err();
    assert!(error.is_peer_fault());
    error
}

#[test]
fn a_change_of_another_chain_or_set() {
    let network = network(&[1; 4]);
    let good = network.change(1, vec![leave(&network.keys[0])]);
    let elsewhere = ChainId::new([9; 32]);
    let change = UnverifiedSetChange {
        chain_id: elsewhere,
        ..good.clone()
    };
    assert_eq!(
        refused(&network, change),
        Error::WrongChain {
            got: elsewhere,
            expected: network.chain_id
        }
    );
    let other = SetHash::new([9; 32]);
    let change = UnverifiedSetChange { set: other, ..good };
    assert_eq!(
        refused(&network, change),
        Error::WrongSet {
            got: other,
            expected: network.set.hash()
        }
    );
}

#[test]
fn no_edits_or_too_many() {
    let network = network(&[1; 4]);
    let max = UnverifiedSetChange::MAX_EDITS;
    for got in [0, max + 1, usize::from(u16::MAX)] {
        let change = network.change(1, vec![leave(&network.keys[0]); got]);
        let expected = Error::OutOfRange {
            what: "edits of a set change",
            got: got as u64,
            min: 1,
            max: max as u64,
        };
        let bytes = change.encode();
        assert_eq!(refused(&network, change), expected);
        assert_eq!(UnverifiedSetChange::decode(&bytes), Err(expected));
    }
}

#[test]
fn a_count_that_promises_more_than_there_is() {
    let network = network(&[1; 4]);
    let mut bytes = network.change(1, vec![leave(&network.keys[0])]).encode();
    let count = 2 * 32 + 8..2 * 32 + 10;
    bytes[count].copy_from_slice(&512_u16.to_be_bytes());
    assert!(matches!(
        UnverifiedSetChange::decode(&bytes),
        Err(Error::Noun(_))
    ));
}

#[test]
fn an_edit_of_an_unknown_kind() {
    let network = network(&[1; 4]);
    for got in [0, 4, u8::MAX] {
        let mut bytes = network.change(1, vec![leave(&network.keys[0])]).encode();
        bytes[2 * 32 + 10] = got;
        assert_eq!(
            UnverifiedSetChange::decode(&bytes),
            Err(Error::OutOfRange {
                what: "kind of a set edit",
                got: got.into(),
                min: 1,
                max: 3
            })
        );
    }
}

#[test]
fn edits_out_of_order_or_twice() {
    let network = network(&[1; 4]);
    let (low, high) = (leave(&network.keys[0]), leave(&network.keys[1]));
    let again = reweigh(&network.keys[1], 3);
    for (edits, got) in [
        (vec![high, low], network.keys[0].public_key().to_bytes()),
        (vec![high, again], network.keys[1].public_key().to_bytes()),
    ] {
        let change = UnverifiedSetChange {
            edits,
            ..network.change(1, Vec::new())
        };
        let expected = Error::EditOrder { place: 1, got };
        let bytes = change.encode();
        assert_eq!(refused(&network, change), expected);
        assert_eq!(UnverifiedSetChange::decode(&bytes), Err(expected));
    }
}

#[test]
fn edits_of_strangers_and_joining_twice() {
    let network = network(&[1; 4]);
    let stranger = &keys(1, 77)[0];
    let set = network.set.hash();
    let key = stranger.public_key().to_bytes();
    for edit in [leave(stranger), reweigh(stranger, 2)] {
        assert_eq!(
            refused(&network, network.change(1, vec![edit])),
            Error::NotAMember { key, set }
        );
    }
    let member = &network.keys[2];
    let key = member.public_key().to_bytes();
    assert_eq!(
        refused(&network, network.change(1, vec![join(member, 2)])),
        Error::AlreadyAMember { key, set }
    );
}

#[test]
fn an_edit_that_changes_nothing() {
    let network = network(&[1; 4]);
    let key = network.keys[2].public_key().to_bytes();
    assert_eq!(
        refused(
            &network,
            network.change(1, vec![reweigh(&network.keys[2], 1)])
        ),
        Error::SameWeight {
            key,
            weight: Weight::new(1)
        }
    );
}

#[test]
fn a_set_that_cannot_be() {
    let network = network(&[1; 4]);
    let everyone: Vec<SetEdit> = network.keys.iter().map(leave).collect();
    let out_of_range = |change| match refused(&network, change) {
        Error::OutOfRange { what, got, .. } => (what, got),
        other => panic!("{other}"),
    };
    assert_eq!(
        out_of_range(network.change(1, everyone)),
        ("validators of a set", 0)
    );
    for edit in [join(&keys(1, 77)[0], 0), reweigh(&network.keys[0], 0)] {
        assert_eq!(
            out_of_range(network.change(1, vec![edit])),
            ("weight of a validator", 0)
        );
    }
    let too_much = u64::MAX / 4 + 1;
    assert_eq!(
        out_of_range(network.change(1, vec![join(&keys(1, 77)[0], too_much)])).0,
        "weight of a validator set"
    );
}

#[test]
fn keys_that_nobody_has_proven_to_hold() {
    let network = network(&[1; 4]);
    let [newcomer, other] = &keys(2, 77)[..] else {
        panic!("two keys");
    };
    let key = newcomer.public_key().to_bytes();
    let with = |key, possession| {
        let weight = Weight::new(1);
        network.change(
            1,
            vec![SetEdit::Join {
                key,
                weight,
                possession,
            }],
        )
    };
    assert_eq!(
        refused(&network, with(key, other.prove_possession())),
        Error::Possession { key }
    );
    // A signature over something else, under the domain of digests.
    let digest = network.terms(types::BlobId::new([1; 32])).digest();
    let signed = PossessionProof::new(newcomer.sign_digest(&digest).to_bytes());
    assert_eq!(
        refused(&network, with(key, signed)),
        Error::Possession { key }
    );
    for bad in [signature_outside_subgroup(), signature_at_infinity()] {
        assert!(matches!(
            refused(&network, with(key, PossessionProof::new(bad.to_bytes()))),
            Error::SignaturePoint { .. }
        ));
    }
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    for bytes in [infinity, [0; 48], [0xff; 48]] {
        let key = PublicKeyBytes::new(bytes);
        assert!(matches!(
            refused(&network, with(key, newcomer.prove_possession())),
            Error::PublicKey { .. }
        ));
    }
}

#[test]
fn approvals_that_are_not_a_members_over_this_change() {
    let network = network(&[1; 4]);
    let change = network.change(1, vec![leave(&network.keys[0])]);
    let verified = change
        .clone()
        .verify(&network.chain_id, &network.set)
        .unwrap();
    let stranger = &keys(1, 77)[0];
    let approve = |key| verified.approve(key);
    let verify = |approval: chain::UnverifiedApproval, change: &UnverifiedSetChange| {
        approval.verify(change, &network.chain_id, &network.set)
    };
    assert_eq!(
        verify(approve(stranger), &change),
        Err(Error::UnknownValidator {
            got: stranger.public_key().address(),
            set: network.set.hash()
        })
    );
    let mut forged = approve(&network.keys[1]);
    forged.signer = network.keys[2].public_key().address();
    let wrong = Error::Signature {
        what: "approval",
        signer: forged.signer,
    };
    assert_eq!(verify(forged, &change), Err(wrong));
    // The same edits for another epoch, or of another set, are another change.
    let later = UnverifiedSetChange {
        epoch: Epoch::new(2),
        ..change.clone()
    };
    assert!(matches!(
        verify(approve(&network.keys[1]), &later),
        Err(Error::Signature { .. })
    ));
    let elsewhere = UnverifiedSetChange {
        set: SetHash::new([9; 32]),
        ..change.clone()
    };
    assert!(matches!(
        verify(approve(&network.keys[1]), &elsewhere),
        Err(Error::WrongSet { .. })
    ));
    let mut off = approve(&network.keys[1]);
    off.signature = signature_outside_subgroup();
    assert!(matches!(
        verify(off, &change),
        Err(Error::SignaturePoint {
            what: "approval",
            ..
        })
    ));
}

#[test]
fn approvals_are_gathered_once_each_and_for_one_change() {
    let network = network(&[1; 4]);
    let verified = |place: usize| {
        network
            .change(1, vec![leave(&network.keys[place])])
            .verify(&network.chain_id, &network.set)
            .unwrap()
    };
    let (change, other) = (verified(0), verified(1));
    let approval = |change: &chain::SetChange, signer: usize| {
        change
            .approve(&network.keys[signer])
            .verify(change.as_unverified(), &network.chain_id, &network.set)
            .unwrap()
    };
    let mut collector = ApprovalCollector::new(change.clone(), network.set.clone()).unwrap();
    collector.add(approval(&change, 1)).unwrap();
    let twice = collector.add(approval(&change, 1)).unwrap_err();
    assert!(!twice.is_peer_fault());
    assert_eq!(
        twice,
        Error::DuplicateApproval {
            signer: network.keys[1].public_key().address()
        }
    );
    let foreign = collector.add(approval(&other, 2)).unwrap_err();
    assert!(!foreign.is_peer_fault());
    assert_eq!(
        foreign,
        Error::WrongChange {
            got: other.digest(),
            expected: change.digest()
        }
    );
    assert_eq!(collector.signed_weight(), Weight::new(1));
    let elsewhere = seeded_network(&[1; 4], 2);
    assert!(matches!(
        ApprovalCollector::new(change, elsewhere.set),
        Err(Error::WrongSet { .. })
    ));
}

#[test]
fn certificates_without_a_quorum_or_with_another_aggregate() {
    let network = network(&[1; 4]);
    let change = network.change(1, vec![leave(&network.keys[0])]);
    let verify = |certificate: chain::UnverifiedSetChangeCertificate| {
        certificate
            .verify(&network.chain_id, &network.set)
            .unwrap_err()
    };
    assert_eq!(
        verify(network.approve_by(&change, &[0, 1])),
        Error::Quorum {
            what: "set-change certificate",
            got: Weight::new(2),
            total: Weight::new(4)
        }
    );
    let mut claims_more = network.approve_by(&change, &[0, 1]);
    claims_more.signers = vec![0b1111];
    assert_eq!(
        verify(claims_more),
        Error::Aggregate {
            what: "set-change certificate",
            signers: 4
        }
    );
    let mut long = network.approve_by(&change, &[0, 1, 2]);
    long.signers.push(0);
    assert!(matches!(verify(long), Error::BitmapLength { .. }));
    let mut stray = network.approve_by(&change, &[0, 1, 2]);
    stray.signers[0] |= 0x80;
    assert!(matches!(verify(stray), Error::StrayBits { .. }));
    // Approved by everyone, and still nothing that a set can undergo.
    let idle = network.change(1, vec![reweigh(&network.keys[0], 1)]);
    assert!(matches!(
        verify(network.approve_by(&idle, &[0, 1, 2, 3])),
        Error::SameWeight { .. }
    ));
}

/// The second height of epochs of two: the last of epoch 0 is height 1.
struct Case {
    network: Network,
    params: ChainParams,
}

fn case() -> Case {
    let network = network(&[1; 4]);
    let params = network.short_epochs(2);
    Case { network, params }
}

impl Case {
    fn block(&self, change: &UnverifiedSetChange, signers: &[usize]) -> UnverifiedBlock {
        let certificate = self.network.approve_by(change, signers);
        let mut block = self.plain();
        let next = change
            .clone()
            .verify(&self.network.chain_id, &self.network.set);
        block.header.next_validators = next.unwrap().next_set().hash();
        block.set_change = Some(certificate);
        block
    }

    fn plain(&self) -> UnverifiedBlock {
        let block = propose(&self.network.context(), Vec::new(), None, NOW).unwrap();
        block.to_unverified()
    }

    fn change(&self, epoch: u64) -> UnverifiedSetChange {
        self.network
            .change(epoch, vec![leave(&self.network.keys[3])])
    }

    #[track_caller]
    fn invalid_in(&self, block: UnverifiedBlock, params: &ChainParams) -> Error {
        let next = block.next_tenure(&self.network.tenure, &self.network.chain_id, params);
        let context = BlockContext {
            params,
            ..self.network.context()
        };
        match block.verify(&context, &|_| None).unwrap_err() {
            BlockError::Invalid(error) => {
                assert!(error.is_peer_fault());
                // Who takes a decided block over refuses it for the same reason.
                assert_eq!(next, Err(error.clone()));
                error
            }
            missing @ BlockError::MissingMeta(_) => panic!("{missing}"),
        }
    }

    #[track_caller]
    fn invalid(&self, block: UnverifiedBlock) -> Error {
        self.invalid_in(block, &self.params)
    }
}

#[test]
fn the_case_itself_is_good() {
    let case = case();
    let block = case.block(&case.change(1), &[0, 1, 2]);
    let context = BlockContext {
        params: &case.params,
        ..case.network.context()
    };
    assert!(block.verify(&context, &|_| None).is_ok());
}

#[test]
fn a_change_before_the_epoch_ends() {
    let case = case();
    let block = case.block(&case.change(1), &[0, 1, 2]);
    assert_eq!(
        case.invalid_in(block, &case.network.short_epochs(3)),
        Error::EarlyChange {
            height: Height::new(1),
            epoch: Epoch::new(0)
        }
    );
}

#[test]
fn a_change_for_another_epoch() {
    let case = case();
    for got in [0, 2, u64::MAX] {
        let block = case.block(&case.change(got), &[0, 1, 2]);
        assert_eq!(
            case.invalid(block),
            Error::WrongEpoch {
                got: Epoch::new(got),
                expected: Epoch::new(1)
            }
        );
    }
}

#[test]
fn a_change_by_another_set() {
    let case = case();
    let other = case
        .network
        .changed(&seeded_network(&[1; 4], 2).set, &keys(4, 2));
    let change = other.change(1, vec![leave(&other.keys[0])]);
    let mut block = case.block(&case.change(1), &[0, 1, 2]);
    block.set_change = Some(other.approve_by(&change, &[0, 1, 2, 3]));
    assert_eq!(
        case.invalid(block),
        Error::WrongSet {
            got: other.set.hash(),
            expected: case.network.set.hash()
        }
    );
}

#[test]
fn a_change_without_a_quorum() {
    let case = case();
    let block = case.block(&case.change(1), &[0, 1]);
    assert!(matches!(case.invalid(block), Error::Quorum { .. }));
}

#[test]
fn a_change_that_makes_another_set_than_the_header_names() {
    let case = case();
    let mut block = case.block(&case.change(1), &[0, 1, 2]);
    let expected = block.header.next_validators;
    for got in [SetHash::new([9; 32]), case.network.set.hash()] {
        block.header.next_validators = got;
        assert_eq!(
            case.invalid(block.clone()),
            Error::WrongSet { got, expected }
        );
    }
}

#[test]
fn another_next_set_without_a_change() {
    let case = case();
    let mut block = case.plain();
    let got = SetHash::new([9; 32]);
    block.header.next_validators = got;
    let bytes = block.encode();
    assert_eq!(
        case.invalid(block),
        Error::WrongSet {
            got,
            expected: case.network.set.hash()
        }
    );
    // Nor can it be written down: the header says that a change follows.
    assert!(UnverifiedBlock::decode(&bytes).is_err());
}
