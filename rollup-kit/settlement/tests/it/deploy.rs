//! Deployment: read back, resumed, refused.

use crate::world::{World, genesis, keys, l1, roots, setup, terms, who};
use alloy::eips::BlockId;
use alloy::primitives::{Bytes, U256};
use l1::accounts::{TEST_PHRASE, derive};
use settlement::batch::{carrier, draft};
use settlement::client::Account;
use settlement::contracts::abi;
use settlement::deploy::{Proofs, Terms, Verifier, check, deploy, plan};
use settlement::{Error, Wei};
use std::time::Duration;

/// What a signer owes follows from how few can certify, the retention from the chain.
#[test]
fn terms_are_the_networks() {
    let signers = derive(TEST_PHRASE, 1).unwrap();
    for (weights, duty) in [
        (vec![1; 4], 36),
        (vec![1; 16], 12),
        (vec![1], 64),
        // One of four has more than two thirds.
        (vec![10, 1, 1, 1], 64),
        (vec![10, 1, 1, 1, 4, 4], 36),
    ] {
        let genesis = genesis(&keys(weights.len()), &weights);
        let terms = terms(&genesis, &signers);
        assert_eq!(terms.settings.duty_cells, duty, "{weights:?}");
        assert_eq!(terms.chain, genesis.chain_id());
        assert_eq!(terms.genesis_set, genesis.validators().hash());
        assert_eq!(terms.registry_parameters.retention, 14 * 24 * 3600);
    }
}

#[tokio::test]
async fn a_second_run_finds_what_stands() {
    let (_l1, client, signers) = l1().await;
    let genesis = genesis(&keys(4), &[1; 4]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deployment.json");
    let terms = terms(&genesis, &signers);
    let deployer = Account::new(client, signers[who::DEPLOYER].clone());
    let first = deploy(&deployer, &terms, &file).await.unwrap();
    assert_eq!(first.sent.len(), 19);
    let second = deploy(&deployer, &terms, &file).await.unwrap();
    assert!(second.sent.is_empty());
    assert_eq!(second.deployment, first.deployment);
    // Other terms are another deployment, which this file is not.
    let mut other = terms;
    other.settings.min_bond = Wei::ether(1);
    let refused = deploy(&deployer, &other, &file).await;
    assert!(
        matches!(refused, Err(Error::Deployed { .. })),
        "{refused:?}"
    );
}

/// Keys of so many inputs. They need not be points for contracts to keep them.
fn key(seed: u8, inputs: usize) -> Bytes {
    (0..(8 + inputs) * 128)
        .map(|i| (i as u8).wrapping_mul(31).wrapping_add(seed))
        .collect()
}

/// Each kind of statement in its own way: a contract under keys, one that stands, attestors.
#[tokio::test]
async fn verifiers_are_made_under_keys() {
    let (_l1, client, signers) = l1().await;
    let genesis = genesis(&keys(4), &[1; 4]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deployment.json");
    let deployer = Account::new(client.clone(), signers[who::DEPLOYER].clone());
    let stands = signers[who::OTHER].address();
    // As many as fit into a contract.
    let batches: Vec<Bytes> = (0..10).map(|seed| key(seed, 11)).collect();
    let with = |batches: &[Bytes], exits| Terms {
        proofs: Proofs::Each {
            batches: Verifier::Keys(batches.to_vec()),
            checkpoints: Verifier::Stands(stands),
            exits,
        },
        ..terms(&genesis, &signers)
    };
    let attested = |threshold| Verifier::Attested {
        attestors: vec![stands],
        threshold,
    };
    let terms = with(&batches, Verifier::Keys(vec![key(77, 5)]));
    let planned = plan(&deployer, &terms, &file).await.unwrap();
    let deployed = deploy(&deployer, &terms, &file).await.unwrap();
    let d = deployed.deployment;
    assert_eq!(d, *planned.deployment());
    assert_eq!(d.verifiers.checkpoints, stands);
    let held = client.view(d.verifiers.batches, &abi::BatchVerifier::keysCall {});
    assert_eq!(held.await.unwrap(), batches.concat());
    let held = client.view(d.verifiers.exits, &abi::StatementVerifier::keysCall {});
    assert_eq!(held.await.unwrap(), key(77, 5));

    // Under other keys, in another order, by attestors: another deployment.
    let mut turned = batches.clone();
    turned.swap(0, 1);
    for other in [
        with(&turned, Verifier::Keys(vec![key(77, 5)])),
        with(&batches[..9], Verifier::Keys(vec![key(77, 5)])),
        with(&batches, Verifier::Keys(vec![key(78, 5)])),
        with(&batches, attested(1)),
    ] {
        let wrong = deploy(&deployer, &other, &file).await;
        assert!(wrong.is_err(), "{wrong:?}");
    }
    // What no contract would be made with is refused before anything is sent.
    let none = folder.path().join("none.json");
    let eleven: Vec<Bytes> = (0..11).map(|seed| key(seed, 11)).collect();
    for batches in [
        &[][..],
        &eleven,
        &[key(1, 0)],
        &[key(1, 11).slice(1..)],
        &[key(1, 11), key(2, 12)],
    ] {
        let wrong = deploy(&deployer, &with(batches, attested(1)), &none).await;
        assert!(matches!(wrong, Err(Error::Config { .. })), "{wrong:?}");
    }
    let wrong = deploy(&deployer, &with(&batches, attested(2)), &none).await;
    assert!(matches!(wrong, Err(Error::Config { .. })), "{wrong:?}");
    assert!(!none.exists());
}

/// A run that is dropped in the middle is gone on with, at the addresses that were planned.
#[tokio::test]
async fn a_deployment_that_broke_off_goes_on_where_it_was() {
    let (_l1, client, signers) = l1().await;
    let genesis = genesis(&keys(4), &[1; 4]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deployment.json");
    let terms = terms(&genesis, &signers);
    let deployer = Account::new(client.clone(), signers[who::DEPLOYER].clone());
    let third = async {
        while client
            .nonce(deployer.address(), BlockId::latest())
            .await
            .unwrap()
            < 3
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        done = deploy(&deployer, &terms, &file) => panic!("too fast to break off: {done:?}"),
        () = third => {}
    }
    // What was on the line when it broke off arrives.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let begun = settlement::deploy::read(&file).unwrap().unwrap();
    let second = deploy(&deployer, &terms, &file).await.unwrap();
    assert!(
        (1..=16).contains(&second.sent.len()),
        "{}",
        second.sent.len()
    );
    assert_eq!(second.deployment, begun);
}

/// A place that another transaction took is never reached again.
#[tokio::test]
async fn a_place_that_is_taken_is_named() {
    let (_l1, client, signers) = l1().await;
    let genesis = genesis(&keys(4), &[1; 4]);
    let folder = tempfile::tempdir().unwrap();
    let terms = terms(&genesis, &signers);
    let other = Account::new(client.clone(), signers[who::OTHER].clone());
    let planned = folder.path().join("planned.json");
    let deployed = deploy(&other, &terms, &planned).await.unwrap();
    let mut late = deployed.deployment;
    late.deployer = signers[who::USER].address();
    let file = folder.path().join("late.json");
    std::fs::write(&file, serde_json::to_vec(&late).unwrap()).unwrap();
    let user = Account::new(client, signers[who::USER].clone());
    // The file's addresses are another account's.
    let refused = deploy(&user, &terms, &file).await;
    assert!(
        matches!(refused, Err(Error::Deployed { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_differs_is_named() {
    let world = World::new().await;
    check(&world.client, &world.deployment, &world.terms)
        .await
        .unwrap();
    let mut terms = world.terms.clone();
    terms.settings.challenge_window += 1;
    let wrong = check(&world.client, &world.deployment, &terms).await;
    let Err(Error::Deployed { what, .. }) = wrong else {
        panic!("{wrong:?}")
    };
    assert!(what.contains("get(uint32)"), "{what}");
}

/// The row off L1 would pass for the one on L1.
#[tokio::test]
async fn a_batch_without_a_row_on_l1_is_refused() {
    let world = World::new().await;
    let da = world.certified(1, 1).await;
    for carrier in [carrier::NOWHERE, carrier::BLOBS] {
        let mut submission = draft(roots(1), U256::from(1));
        submission.carrier = carrier;
        let refused = world.submit_filled(submission, &da).await;
        let Err(Error::Reverted { reason, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert!(reason.starts_with("NoRowOnL1"), "{reason}");
    }
}

/// A certificate of three of four validators, rows opened at their points, attested inputs: the
/// contract takes the batch, and remembers what its certificate says.
#[tokio::test]
async fn a_batch_with_two_rows_is_taken() {
    let world = World::new().await;
    let da = world.certified(1, 2).await;
    let mined = world.submit(1, &da).await;
    let event: abi::Rollup::BatchSubmitted = mined.event(world.deployment.rollup).unwrap();
    assert_eq!(event.number, 1);
    assert_eq!(event.batch.rows, 2);
    assert_eq!(event.batch.blob.0, da.meta.id().to_bytes());
    let reader = settlement::state::Reader::new(
        world.client.clone(),
        world.deployment.clone(),
        world.account(who::WATCHER).address(),
    )
    .unwrap();
    let view = reader.rollup(Default::default(), 0).await.unwrap();
    let batch = &view.batches[0];
    assert_eq!(batch.operator, world.account(who::OPERATOR).address());
    let submitted = reader.submitted(batch).await.unwrap().unwrap();
    assert_eq!(submitted.meta, da.meta);
    let signers = settlement::signers::CertificateSigners::new(
        &world.deployment.chain,
        &submitted,
        world.set.clone(),
        batch.certificate,
    )
    .unwrap();
    assert_eq!(signers.iter().count(), 3);
    assert!(setup().commit(&da.rows[0]).unwrap() == da.meta.commitments()[0]);
}
