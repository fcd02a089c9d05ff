//! Validator sets on L1, from header to header.

use crate::world::{World, genesis, keys, possessions, who};
use alloy::primitives::B256;
use chain::{FinalityCertificate, SigningKey, ValidatorSet, VoteKind, vote_digest};
use settlement::L1Time;
use settlement::contracts::abi;
use settlement::relay::{Advance, CONFIRM_AFTER, Trusted, judge, trusted};
use settlement::validators::introduce;
use types::{
    ChainId, CommitmentsRoot, GridDimensions, Header, HeaderHash, Height, IndexRoot, Round,
    SetHash, Timestamp,
};

fn header(chain_id: ChainId, height: u64, set: SetHash, next: SetHash, time: u64) -> Header {
    Header {
        chain_id,
        height: Height::new(height),
        time: Timestamp::new(time * 1000),
        parent: HeaderHash::new([1; 32]),
        dimensions: GridDimensions::new(0).unwrap(),
        commitments_root: CommitmentsRoot::new([2; 32]),
        index_root: IndexRoot::new([3; 32]),
        validators: set,
        next_validators: next,
    }
}

fn finalise(header: &Header, keys: &[SigningKey], set: &ValidatorSet) -> FinalityCertificate {
    let (round, hash) = (Round::new(0), header.hash());
    let kind = VoteKind::Precommit;
    let chain = header.chain_id;
    let digest = vote_digest(&chain, &set.hash(), header.height, round, kind, Some(&hash));
    let votes = keys
        .iter()
        .map(|key| (key.public_key().address(), key.sign_digest(&digest)));
    FinalityCertificate::aggregate(&chain, set, header.height, round, &hash, votes).unwrap()
}

#[test]
fn headers_are_judged_by_what_l1_trusts() {
    let [ours, other] = [1, 2].map(|byte| SetHash::new([byte; 32]));
    let trusted = Trusted {
        set: ours,
        height: Height::new(5),
        confirmed_at: L1Time::new(1_000),
    };
    let soon = L1Time::new(1_000 + CONFIRM_AFTER - 1);
    let late = L1Time::new(1_000 + CONFIRM_AFTER);
    let chain = ChainId::new([3; 32]);
    let judged = |height, by, next, now| judge(&trusted, &header(chain, height, by, next, 1), now);
    assert_eq!(judged(5, ours, other, late), Advance::Nothing);
    assert_eq!(judged(6, other, ours, late), Advance::Earlier);
    assert_eq!(judged(6, ours, other, soon), Advance::Change);
    assert_eq!(judged(6, ours, ours, soon), Advance::Nothing);
    assert_eq!(judged(6, ours, ours, late), Advance::Confirm);
}

/// The next set is introduced and taken over by a final header of the current one.
#[tokio::test]
async fn l1_follows_a_change_of_the_set() {
    let world = World::new().await;
    let wider = genesis(&keys(5), &[1; 5]);
    let next = wider.validators();
    let account = world.account(who::OTHER);
    let registry = world.deployment.registry;
    let sent = introduce(&account, registry, next, &possessions(&wider))
        .await
        .unwrap();
    // The four that are known already are not proven again.
    assert_eq!(sent.len(), 3);
    let again = introduce(&account, registry, next, &possessions(&wider))
        .await
        .unwrap();
    assert!(again.is_empty());

    let now = world.client.head().await.unwrap().time.get();
    let chain = world.genesis.chain_id();
    let change = header(chain, 9, world.set.hash(), next.hash(), now);
    let certificate = finalise(&change, &world.keys, &world.set).to_unverified();
    let finality = abi::Finality::of(&change, &certificate).unwrap();
    account
        .call(registry, &abi::Registry::advanceSetCall { finality })
        .await
        .unwrap();
    let now_trusted = trusted(&world.client, registry).await.unwrap();
    assert_eq!(now_trusted.set, next.hash());
    assert_eq!(now_trusted.height, Height::new(9));
    let previous = world
        .client
        .view(registry, &abi::Registry::previousSetCall {})
        .await
        .unwrap();
    assert_eq!(previous, B256::from(world.set.hash().to_bytes()));
}
