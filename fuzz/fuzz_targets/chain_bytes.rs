//! Fixed layouts of `chain`: what is believed of them is checked against a set of one validator.
#![no_main]

use chain::{
    Bitmap, ChainParams, Genesis, GenesisValidator, PublicKey, ReceiptTerms, SigningKey, Tenure,
    UnverifiedApproval, UnverifiedAvailability, UnverifiedBlobProof, UnverifiedBlock,
    UnverifiedEquivocation, UnverifiedFinality, UnverifiedHeader, UnverifiedReceipt,
    UnverifiedSetChange, UnverifiedSetChangeCertificate, ValidatorSet, Weight,
};
use fuzz::codec::exact;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use types::Timestamp;

static GENESIS: LazyLock<chain::CheckedGenesis> = LazyLock::new(|| {
    let key = SigningKey::from_bytes(&[7; 32]).unwrap();
    Genesis {
        name: "fuzz".into(),
        time: Timestamp::new(0),
        validators: vec![GenesisValidator::new(&key, Weight::new(1))],
        params: ChainParams::mainnet(),
    }
    .check()
    .unwrap()
});

fuzz_target!(|input: &[u8]| {
    let Some((which, bytes)) = input.split_first() else {
        return;
    };
    let (chain, set) = (GENESIS.chain_id(), GENESIS.validators());
    match which {
        0 => {
            let block = exact(bytes, UnverifiedBlock::decode, UnverifiedBlock::encode);
            if let Some(block) = block {
                let _ = block.id();
                let tenure = Tenure::genesis(&GENESIS);
                let _ = block.next_tenure(&tenure, &chain, GENESIS.params());
            }
        }
        1 => {
            let header = exact(bytes, UnverifiedHeader::decode, UnverifiedHeader::encode);
            if let Some(header) = header {
                assert!(bytes.len() <= UnverifiedHeader::MAX_BYTES);
                let _ = header.verify(&chain, set);
            }
        }
        2 => {
            let finality = exact(
                bytes,
                UnverifiedFinality::decode,
                UnverifiedFinality::encode,
            );
            if let Some(finality) = finality {
                assert!(bytes.len() <= UnverifiedFinality::MAX_BYTES);
                let _ = finality.verify(&chain, set);
            }
        }
        3 => {
            let receipt = exact(bytes, UnverifiedReceipt::decode, UnverifiedReceipt::encode);
            if let Some(receipt) = receipt {
                let terms = receipt.terms;
                let _ = receipt.verify(&chain, set, &terms);
            }
        }
        4 => {
            if let Some(terms) = exact(bytes, ReceiptTerms::decode, ReceiptTerms::encode) {
                let _ = terms.check_times(GENESIS.params(), Timestamp::new(1 << 40));
            }
        }
        5 => {
            let certificate = exact(
                bytes,
                UnverifiedAvailability::decode,
                UnverifiedAvailability::encode,
            );
            if let Some(certificate) = certificate {
                assert!(bytes.len() <= UnverifiedAvailability::MAX_BYTES);
                let _ = certificate.verify(&chain, set);
            }
        }
        6 => {
            if let Ok(genesis) = Genesis::decode(bytes)
                && let Ok(checked) = genesis.check()
            {
                assert_eq!(checked.encode(), bytes);
            }
        }
        7 => {
            if let Some(set) = exact(bytes, ValidatorSet::decode, ValidatorSet::encode) {
                let _ = set.proposer(types::Height::new(u64::MAX), types::Round::new(9));
            }
        }
        8 => {
            let proof = exact(
                bytes,
                UnverifiedBlobProof::decode,
                UnverifiedBlobProof::encode,
            );
            if let Some(proof) = proof {
                let _ = proof.verify(&chain, set);
            }
        }
        9 => {
            if let Some((members, bytes)) = bytes.split_first() {
                let members = usize::from(*members);
                let bitmap = exact(bytes, |b| Bitmap::decode(members, b), Bitmap::encode);
                if let Some(bitmap) = bitmap {
                    assert!(bitmap.iter().all(|index| index.as_usize() < members));
                }
            }
        }
        10 => {
            let evidence = exact(
                bytes,
                UnverifiedEquivocation::decode,
                UnverifiedEquivocation::encode,
            );
            if let Some(evidence) = evidence {
                assert_eq!(bytes.len(), UnverifiedEquivocation::BYTES);
                let _ = evidence.verify(&chain, set);
            }
        }
        11 => {
            let change = exact(
                bytes,
                UnverifiedSetChange::decode,
                UnverifiedSetChange::encode,
            );
            if let Some(change) = change {
                assert!(bytes.len() <= UnverifiedSetChange::MAX_BYTES);
                if let Ok(verified) = change.verify(&chain, set) {
                    assert!(verified.next_set() != set);
                }
            }
        }
        12 => {
            exact(
                bytes,
                UnverifiedApproval::decode,
                UnverifiedApproval::encode,
            );
        }
        13 => {
            let certificate = exact(
                bytes,
                UnverifiedSetChangeCertificate::decode,
                UnverifiedSetChangeCertificate::encode,
            );
            if let Some(certificate) = certificate {
                assert!(bytes.len() <= UnverifiedSetChangeCertificate::MAX_BYTES);
                let _ = certificate.verify(&chain, set);
            }
        }
        _ => {
            if let Some(bytes) = bytes.first_chunk() {
                exact(
                    bytes,
                    |_| PublicKey::from_bytes(bytes),
                    |key| key.to_bytes().as_bytes().to_vec(),
                );
            }
            if let Some(bytes) = bytes.first_chunk()
                && let Ok(key) = SigningKey::from_bytes(bytes)
            {
                assert_eq!(*key.to_bytes(), *bytes);
            }
        }
    }
});
