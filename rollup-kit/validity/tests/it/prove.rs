//! `prove` and `verify`.

use crate::common::*;
use ledger::{AccountIndex, BatchSize, TokenId, Tree};
use rand::SeedableRng;
use rand::rngs::StdRng;
use types::Commitment;
use validity::{
    BatchNumber, Checkpoint, CheckpointSize, CheckpointStatement, CheckpointTerms, Error,
    ExitStatement, ExitTerms, Keys, Proof, Statement, SumEngine, prove, prove_checkpoint,
    prove_exits, solidity, verify,
};

fn refused(statement: &Statement, proof: &Proof) {
    let result = verify(keys().verifying(), statement, proof);
    assert!(matches!(result, Err(Error::ProofRefused)));
}

#[test]
fn proofs_hold_for_their_statement_alone() {
    let [two, one] = proofs();
    let (off_batch, off) = two_rows();
    let (on_batch, on) = one_row();
    verify(keys().verifying(), &off, two).unwrap();
    verify(keys().verifying(), &on, one).unwrap();
    refused(&off, one);
    refused(&on, two);
    // Another batch, contract, chain, or data: the points differ, and so do the values.
    let good = terms(Some(Commitment::new([0xc0; 48])));
    let mut others = vec![good.clone(); 4];
    others[0].number = BatchNumber::new(4);
    others[1].contract = owner();
    others[2].chain_id = 1;
    others[3].off_row = Some(Commitment::new([0xc1; 48]));
    for terms in others {
        refused(&Statement::new(&off_batch, &terms).unwrap(), two);
    }
    assert!(Statement::new(&on_batch, &good).is_ok());
}

#[test]
fn what_is_false_is_not_proved() {
    let (batch, _) = two_rows();
    let (_, other) = one_row();
    let mut rng = StdRng::seed_from_u64(1);
    let result = prove(keys(), &batch, &other, &mut rng, &mut |_| ());
    assert!(matches!(result, Err(Error::ProofRefused)));
}

#[test]
fn exits_hold_for_their_statement_alone() {
    let (batch, statement) = exits(Tree::OffL1);
    let key = exit_keys().verifying();
    verify(key, &statement, exit_proof()).unwrap();
    let (_, other) = exits(Tree::OnL1);
    let elsewhere = ExitTerms {
        newest: BatchNumber::new(10),
        ..exit_terms()
    };
    for other in [other, ExitStatement::new(&batch, &elsewhere)] {
        let result = verify(key, &other, exit_proof());
        assert!(matches!(result, Err(Error::ProofRefused)));
    }
    let mut rng = StdRng::seed_from_u64(1);
    // The other tree holds the same; the same holdings in another order are other ones.
    let (state, tree) = leaving();
    let turned = [1, 2].map(|who| (AccountIndex::new(who).unwrap(), TokenId::ETH));
    let turned = state.exits(tree, exits_size(), &turned).unwrap();
    let result = prove_exits(exit_keys(), &turned, &statement, &mut rng, &mut |_| ());
    assert!(matches!(result, Err(Error::ProofRefused)), "{result:?}");
    let result = prove_exits(keys(), &batch, &statement, &mut rng, &mut |_| ());
    assert!(matches!(result, Err(Error::WrongCircuit { .. })));
    // Another circuit's statement has other inputs.
    let (_, of_batch) = two_rows();
    assert!(verify(key, &of_batch, exit_proof()).is_err());
}

#[test]
fn a_full_state_is_proved_to_be_in_its_row() {
    let size = CheckpointSize::new(3).unwrap();
    let (state, _) = leaving();
    let made = |number| Checkpoint::new(&state, BatchNumber::new(number), size).unwrap();
    let terms = CheckpointTerms {
        chain_id: CHAIN,
        contract: contract(),
        row: Commitment::new([0xc0; 48]),
    };
    let checkpoint = made(4);
    let statement = CheckpointStatement::new(&checkpoint, &terms).unwrap();
    let keys = Keys::development(size, own_sums()).unwrap();
    let mut rng = StdRng::seed_from_u64(1);
    let proof = prove_checkpoint(&keys, &checkpoint, &statement, &mut rng, &mut |_| ()).unwrap();
    verify(keys.verifying(), &statement, &proof).unwrap();
    // Another number, row, chain or contract.
    let elsewhere = [
        CheckpointTerms {
            row: Commitment::new([0xc1; 48]),
            ..terms
        },
        CheckpointTerms {
            chain_id: 1,
            ..terms
        },
        CheckpointTerms {
            contract: owner(),
            ..terms
        },
    ];
    let others = elsewhere.map(|terms| CheckpointStatement::new(&checkpoint, &terms).unwrap());
    let later = CheckpointStatement::new(&made(5), &terms).unwrap();
    for other in others.into_iter().chain([later]) {
        let result = verify(keys.verifying(), &other, &proof);
        assert!(matches!(result, Err(Error::ProofRefused)));
    }
    let result = prove_checkpoint(&keys, &made(5), &statement, &mut rng, &mut |_| ());
    assert!(matches!(result, Err(Error::ProofRefused)), "{result:?}");
    let result = prove_checkpoint(exit_keys(), &checkpoint, &statement, &mut rng, &mut |_| ());
    assert!(matches!(result, Err(Error::WrongCircuit { .. })));
    let source = solidity::contract("Checkpoints", "", &[(keys.shape(), keys.verifying())]);
    assert!(source.unwrap().contains("3 places of each tree at most."));
}

#[test]
fn both_engines_prove() {
    let keys = Keys::development(size(), SumEngine::Arkworks).unwrap();
    let (batch, statement) = two_rows();
    let proof = proved(&keys, &batch, &statement);
    // The same randomness gives the same proof, whoever summed.
    assert_eq!(proof, proofs()[0]);
}

#[test]
fn proofs_are_decoded_strictly() {
    let [proof, _] = proofs();
    let bytes = proof.to_bytes();
    assert_eq!(Proof::from_bytes(&bytes).unwrap(), *proof);
    assert!(Proof::from_bytes(&[0; 192]).is_err());
    assert!(Proof::from_bytes(&[0xff; 192]).is_err());
    let (_, statement) = two_rows();
    for at in [0, 47, 48, 143, 144, 191] {
        let mut changed = bytes;
        changed[at] ^= 1;
        if let Ok(changed) = Proof::from_bytes(&changed) {
            refused(&statement, &changed);
        }
    }
}

#[test]
fn keys_of_another_size_are_refused() {
    let (mut batch, statement) = two_rows();
    batch.size = BatchSize::EIGHT;
    let mut rng = StdRng::seed_from_u64(1);
    let result = prove(keys(), &batch, &statement, &mut rng, &mut |_| ());
    let expected = matches!(
        result,
        Err(Error::WrongCircuit { got, expected })
            if got == size().into() && expected == BatchSize::EIGHT.into()
    );
    assert!(expected);
}
