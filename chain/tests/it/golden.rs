//! What is signed and hashed is frozen: what is recomputed must equal the files in `golden/`,
//! which Solidity reads too. `ASSAY_REGENERATE_GOLDEN=1` writes them anew, which is a new
//! protocol version.

use crate::samples::{NOW, Network, network, seeded_network};
use chain::{
    Custody, Digest, L1Address, L1ChainId, UnverifiedAvailability, VoteKind, peer_binding_digest,
    proposal_digest, proposal_part_digest, receipt_digest, registration_digest, vote_digest,
};
use serde_json::{Value, json};
use std::path::Path;
use types::{BlobId, ChainId, Epoch, HeaderHash, Height, Round, SetHash};

const CHAIN: ChainId = ChainId::new([1; 32]);
const SET: SetHash = SetHash::new([2; 32]);
const BLOB: BlobId = BlobId::new([3; 32]);
const BLOCK: &[u8] = b"a block's bytes";
const HEADER: HeaderHash = HeaderHash::new([4; 32]);

fn check(name: &str, recomputed: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name);
    if std::env::var_os("ASSAY_REGENERATE_GOLDEN").is_some_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(recomputed).unwrap() + "\n";
        std::fs::write(&path, text).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let frozen: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(&frozen, recomputed, "{name}");
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn digest(digest: Digest) -> String {
    hex(digest.as_bytes())
}

#[test]
fn digests() {
    let expires_at = NOW.plus_millis(14 * 24 * 3_600_000);
    let (height, round) = (Height::new(7), Round::new(2));
    let vote = |kind: VoteKind, header: Option<&HeaderHash>| {
        json!({
            "kind": kind.code(),
            "header": header.map_or(Value::Null, |header| json!(hex(header.as_bytes()))),
            "digest": digest(vote_digest(&CHAIN, &SET, height, round, kind, header)),
        })
    };
    let proposal = |pol_round: Option<Round>| {
        json!({
            "proofOfLockRound": pol_round.map_or(Value::Null, |round| json!(round.get())),
            "digest": digest(proposal_digest(&CHAIN, &SET, height, round, pol_round, &HEADER)),
        })
    };
    let part = |pol_round: Option<Round>| {
        let digest = digest(proposal_part_digest(
            &CHAIN, &SET, height, round, pol_round, BLOCK,
        ));
        json!({
            "proofOfLockRound": pol_round.map_or(Value::Null, |round| json!(round.get())),
            "block": hex(BLOCK),
            "digest": digest,
        })
    };
    let value = json!({
        "chainId": hex(CHAIN.as_bytes()),
        "setHash": hex(SET.as_bytes()),
        "height": height.get(),
        "round": round.get(),
        "header": hex(HEADER.as_bytes()),
        "receipt": {
            "blobId": hex(BLOB.as_bytes()),
            "acceptedAt": NOW.get(),
            "expiresAt": expires_at.get(),
            "digest": digest(receipt_digest(&CHAIN, &SET, &BLOB, NOW, expires_at)),
        },
        "votes": [
            vote(VoteKind::Prevote, Some(&HEADER)),
            vote(VoteKind::Prevote, None),
            vote(VoteKind::Precommit, Some(&HEADER)),
            vote(VoteKind::Precommit, None),
        ],
        "proposals": [
            proposal(None),
            proposal(Some(Round::new(0))),
            proposal(Some(Round::new(1))),
        ],
        "proposalParts": [part(None), part(Some(Round::new(0)))],
        "peerBinding": {
            "peerId": hex(b"a peer's id"),
            "digest": digest(peer_binding_digest(&CHAIN, b"a peer's id")),
        },
    });
    check("digests.json", &value);
}

#[test]
fn sets_and_geneses() {
    let network = network(&[5, 6, 7, 8]);
    let validators: Vec<Value> = network
        .genesis
        .genesis()
        .validators
        .iter()
        .zip(network.set.iter())
        .map(|(validator, (_, member))| {
            json!({
                "key": hex(validator.key.as_bytes()),
                "weight": validator.weight.get(),
                "possession": hex(validator.possession.as_bytes()),
                "address": hex(member.address().as_bytes()),
            })
        })
        .collect();
    let value = json!({
        "name": network.genesis.name(),
        "time": network.genesis.time().get(),
        "params": network.params,
        "validators": validators,
        "setEncoding": hex(network.set.encode()),
        "setHash": hex(network.set.hash().as_bytes()),
        "genesisEncoding": hex(network.genesis.encode()),
        "chainId": hex(network.chain_id.as_bytes()),
    });
    check("genesis.json", &value);
}

#[test]
fn certificates() {
    let network = network(&[5, 6, 7, 8]);
    let terms = network.terms(BLOB);
    let availability = network.certify_by(&terms, &[1, 2, 3]);
    let certified = availability
        .clone()
        .verify(&network.chain_id, &network.set)
        .unwrap();
    let header = network.first_header();
    let finality = network.finality_by(&header, &[0, 2, 3]);
    assert!(
        finality
            .clone()
            .verify(&network.chain_id, &network.set)
            .is_ok()
    );
    let value = json!({
        "availability": {
            "digest": digest(terms.digest()),
            "signers": hex(&availability.signers),
            "signedWeight": certified.signed_weight().get(),
            "signature": hex(availability.signature.as_bytes()),
            "encoding": hex(availability.encode()),
        },
        "finality": {
            "header": hex(header.encode()),
            "round": finality.round.get(),
            "signers": hex(&finality.signers),
            "signature": hex(finality.signature.as_bytes()),
            "encoding": hex(finality.encode()),
        },
    });
    check("certificates.json", &value);
}

/// A set in the forms that contracts take.
fn evm_set(network: &Network) -> Value {
    let validators = network.genesis.genesis().validators.iter();
    let members = network.set.iter().zip(validators);
    let members: Vec<Value> = members
        .map(|((_, member), validator)| {
            json!({
                "key": hex(member.key().to_eip2537()),
                "compressed": hex(member.key().to_bytes().as_bytes()),
                "possession": hex(validator.possession.to_eip2537().unwrap()),
                "weight": member.weight().get(),
            })
        })
        .collect();
    json!({ "hash": hex(network.set.hash().as_bytes()), "members": members })
}

fn evm_certificate(certificate: &UnverifiedAvailability) -> Value {
    json!({
        "blob": hex(certificate.terms.blob.as_bytes()),
        "acceptedAt": certificate.terms.accepted_at.get(),
        "expiresAt": certificate.terms.expires_at.get(),
        "digest": digest(certificate.terms.digest()),
        "signers": hex(&certificate.signers),
        "signature": hex(certificate.signature.to_eip2537().unwrap()),
    })
}

/// One chain that moves from a set of 4 to one of 17, as the registry on L1 sees it.
#[test]
fn evm() {
    let network = network(&[5, 6, 7, 8]);
    let next = Network {
        chain_id: network.chain_id,
        ..seeded_network(&(1..=17).collect::<Vec<u64>>(), 2)
    };
    let certificate = network.certify_by(&network.terms(BLOB), &[1, 2, 3]);
    let next_certificate = next.certify_by(&next.terms(BLOB), &(3..17).collect::<Vec<usize>>());
    let parent = chain::Parent::genesis(&network.genesis);
    let header = network.header(1, &parent, next.set.hash());
    let finality = network.finality_by(&header, &[0, 2, 3]);
    let (l1_chain, registry, owner) = (
        L1ChainId::new(31_337),
        L1Address::new([0xa5; 20]),
        L1Address::new([0x0e; 20]),
    );
    let registration = registration_digest(&network.chain_id, l1_chain, &registry, &owner);
    let value = json!({
        "chainId": hex(network.chain_id.as_bytes()),
        "retentionMs": network.params.retention_ms,
        "now": NOW.get(),
        "set": evm_set(&network),
        "next": evm_set(&next),
        "certificate": evm_certificate(&certificate),
        "nextCertificate": evm_certificate(&next_certificate),
        "finality": {
            "header": hex(header.encode()),
            "headerHash": hex(header.hash().as_bytes()),
            "round": finality.round.get(),
            "signers": hex(&finality.signers),
            "signature": hex(finality.signature.to_eip2537().unwrap()),
        },
        "registration": {
            "l1ChainId": l1_chain.get(),
            "registry": hex(registry.as_bytes()),
            "owner": hex(owner.as_bytes()),
            "digest": digest(registration),
            "signature": hex(network.keys[0].sign_digest(&registration).to_eip2537().unwrap()),
        },
    });
    check("evm.json", &value);
}

#[test]
fn set_changes() {
    let network = network(&[5, 6, 7, 8]);
    let change = network.change(3, network.every_kind_of_edit());
    let certificate = network.approve_by(&change, &[1, 2, 3]);
    let certified = certificate
        .clone()
        .verify(&network.chain_id, &network.set)
        .unwrap();
    let value = json!({
        "chainId": hex(network.chain_id.as_bytes()),
        "setHash": hex(network.set.hash().as_bytes()),
        "epoch": change.epoch.get(),
        "encoding": hex(change.encode()),
        "digest": digest(change.digest()),
        "signers": hex(&certificate.signers),
        "signature": hex(certificate.signature.as_bytes()),
        "certificate": hex(certificate.encode()),
        "nextSetEncoding": hex(certified.change().next_set().encode()),
        "nextSetHash": hex(certified.change().next_set().hash().as_bytes()),
    });
    check("set_changes.json", &value);
}

#[test]
fn custody() {
    let network = network(&[1; 20]);
    let custody = Custody::assign(&network.set, &network.chain_id, Epoch::new(3)).unwrap();
    let columns: Vec<String> = network
        .set
        .iter()
        .map(|(index, _)| hex(custody.columns(index).to_bits().to_be_bytes()))
        .collect();
    let value = json!({
        "chainId": hex(network.chain_id.as_bytes()),
        "setHash": hex(network.set.hash().as_bytes()),
        "epoch": 3,
        "columns": columns,
    });
    check("custody.json", &value);
}
