//! The bytes are frozen: what is recomputed must equal the files in `golden/`, which Solidity
//! reads too. `ASSAY_REGENERATE_GOLDEN=1` writes them anew, which is a new protocol version.

use crate::samples::{header, index, meta, namespace};
use serde_json::{Value, json};
use std::path::Path;
use types::{
    BlobMeta, BlobMode, Commitment, IndexEntry, IndexTree, MerkleTree, Namespace, PayloadLength,
    Tag, commitments_root,
};

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

#[test]
fn tags() {
    let tags = [
        ("blobId", Tag::BlobId),
        ("header", Tag::Header),
        ("validatorSet", Tag::ValidatorSet),
        ("validatorAddress", Tag::ValidatorAddress),
        ("genesis", Tag::Genesis),
        ("merkleLeaf", Tag::MerkleLeaf),
        ("merkleNode", Tag::MerkleNode),
        ("merkleRoot", Tag::MerkleRoot),
        ("receipt", Tag::Receipt),
        ("vote", Tag::Vote),
        ("proposal", Tag::Proposal),
        ("blockValue", Tag::BlockValue),
        ("custody", Tag::Custody),
        ("peerBinding", Tag::PeerBinding),
        ("proposalPart", Tag::ProposalPart),
        ("registration", Tag::Registration),
        ("setChange", Tag::SetChange),
    ];
    let tags: serde_json::Map<String, Value> = tags
        .into_iter()
        .map(|(name, tag)| (name.to_owned(), json!(hex(tag.bytes()))))
        .collect();
    check("tags.json", &Value::Object(tags));
}

#[test]
fn namespaces() {
    let texts = [
        "a",
        "rollup",
        "a name of twenty-eight bytes",
        "ünïcödé",
        "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d",
        "0x00000000000000000000000000000000000000000000000000000000ff",
    ];
    let cases: Vec<Value> = texts
        .into_iter()
        .map(|text| {
            let namespace: Namespace = text.parse().unwrap();
            json!({ "text": text, "namespace": hex(namespace.as_bytes()) })
        })
        .collect();
    check("namespaces.json", &json!({ "cases": cases }));
}

#[test]
fn blob_ids() {
    let raw = {
        let length = PayloadLength::new(BlobMode::Raw, 2 * 131_072).unwrap();
        let commitments = vec![Commitment::new([0xc0; 48]), Commitment::new([0xc1; 48])];
        BlobMeta::new(namespace(200), length, commitments).unwrap()
    };
    let one_byte = {
        let length = PayloadLength::new(BlobMode::Packed, 1).unwrap();
        let rollup = "rollup".parse().unwrap();
        BlobMeta::new(rollup, length, vec![Commitment::new([7; 48])]).unwrap()
    };
    let cases: Vec<Value> = [one_byte, meta(3, 2, 0x10), meta(255, 5, 0x20), raw]
        .iter()
        .map(|meta| {
            let commitments: Vec<String> = meta
                .commitments()
                .iter()
                .map(|c| hex(c.as_bytes()))
                .collect();
            json!({
                "namespace": hex(meta.namespace().as_bytes()),
                "mode": meta.length().mode().code(),
                "length": meta.length().bytes(),
                "rows": meta.rows(),
                "commitments": commitments,
                "encoding": hex(meta.encode()),
                "id": hex(meta.id().as_bytes()),
            })
        })
        .collect();
    check("blob_ids.json", &json!({ "cases": cases }));
}

#[test]
fn headers() {
    let header = header();
    let case = json!({
        "chainId": hex(header.chain_id.as_bytes()),
        "height": header.height.get(),
        "time": header.time.get(),
        "parent": hex(header.parent.as_bytes()),
        "rows": header.dimensions.rows(),
        "commitmentsRoot": hex(header.commitments_root.as_bytes()),
        "indexRoot": hex(header.index_root.as_bytes()),
        "validators": hex(header.validators.as_bytes()),
        "nextValidators": hex(header.next_validators.as_bytes()),
        "encoding": hex(header.encode()),
        "hash": hex(header.hash().as_bytes()),
    });
    check("headers.json", &json!({ "cases": [case] }));
}

#[test]
fn merkle_roots() {
    let cases: Vec<Value> = [0, 1, 2, 3, 5]
        .into_iter()
        .map(|count| {
            let commitments: Vec<Commitment> =
                (1..=count).map(|i| Commitment::new([i; 48])).collect();
            let leaves = || commitments.iter().map(|c| &c.as_bytes()[..]);
            let tree = MerkleTree::new(leaves()).unwrap();
            assert_eq!(
                commitments_root(&commitments).unwrap().to_bytes(),
                tree.root()
            );
            let proofs: Vec<String> = (0..u32::from(count))
                .map(|leaf| hex(tree.prove(leaf).unwrap().encode()))
                .collect();
            json!({
                "leaves": leaves().map(hex).collect::<Vec<_>>(),
                "proofs": proofs,
                "root": hex(tree.root()),
            })
        })
        .collect();
    check("merkle_roots.json", &json!({ "cases": cases }));
}

#[test]
fn index_roots() {
    let cases: Vec<Value> = [IndexTree::new(Vec::new()).unwrap(), index()]
        .iter()
        .map(|index| {
            let entries: Vec<String> = index.entries().iter().map(|e| hex(e.encode())).collect();
            let listing = index.prove_namespace(namespace(3)).unwrap();
            json!({
                "lowerSentinel": hex([0; IndexEntry::BYTES]),
                "upperSentinel": hex([0xff; IndexEntry::BYTES]),
                "entries": entries,
                "rows": index.dimensions().rows(),
                "root": hex(index.root().as_bytes()),
                "namespace": hex(namespace(3).as_bytes()),
                "namespaceProof": hex(listing.encode()),
            })
        })
        .collect();
    check("index_roots.json", &json!({ "cases": cases }));
}
