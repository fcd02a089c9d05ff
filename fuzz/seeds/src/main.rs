//! Writes valid encodings into the corpus of every target that reads bytes: signatures, hashes and
//! Merkle proofs are what no mutation finds. Run in `fuzz/`: `cargo run -p seeds`.

use chain::{
    ApprovalCollector, AvailabilityCertificate, ChainParams, CheckedGenesis, Checkpoint,
    FinalityCertificate, Genesis, GenesisValidator, ReceiptCollector, ReceiptTerms, Reference,
    SetChangeCertificate, SetEdit, SigningKey, TrustedSet, UnverifiedBlobProof, UnverifiedBlock,
    UnverifiedHeader, UnverifiedSetChange, VoteKind, Weight, vote_digest,
};
use prost::Message;
use proto::{p2p, v1};
use std::io::Result;
use std::path::Path;
use types::limits::{CELL_BYTES, POINT_BYTES};
use types::{
    BlobMeta, BlobMode, Cell, ColumnIndex, Commitment, Coordinates, Epoch, GridRow, Header,
    HeaderHash, Height, IndexTree, Namespace, PayloadLength, Proof, Round, RowIndex, Timestamp,
    UnverifiedCell, commitments_root,
};

fn main() -> Result<()> {
    let key = SigningKey::from_bytes(&[7; 32]).expect("below the group order");
    let chain = Chain::new(&key);
    types_bytes(&chain)?;
    chain_bytes(&chain, &key)?;
    let (asks, answers) = (chain.asks(), chain.answers());
    proto_messages(&chain, &asks, &answers)?;
    net_messages(&chain, &asks, &answers)?;
    texts(&chain)
}

/// A chain of one validator and one block, which has one blob of one row.
struct Chain {
    genesis: CheckedGenesis,
    meta: BlobMeta,
    index: IndexTree,
    certificate: AvailabilityCertificate,
    header: Header,
    finality: FinalityCertificate,
    change: SetChangeCertificate,
}

impl Chain {
    fn new(key: &SigningKey) -> Self {
        let genesis = Genesis {
            name: "fuzz".into(),
            time: Timestamp::new(0),
            validators: vec![GenesisValidator::new(key, Weight::new(1))],
            params: ChainParams::mainnet(),
        };
        let genesis = genesis.check().expect("a valid genesis");
        let (chain, set) = (genesis.chain_id(), genesis.validators().clone());

        let mut infinity = [0; POINT_BYTES];
        infinity[0] = 0xc0;
        let length = PayloadLength::new(BlobMode::Packed, 5).expect("a short payload");
        let namespace: Namespace = "fuzz".parse().expect("a short name");
        let meta = BlobMeta::new(namespace, length, vec![Commitment::new(infinity)])
            .expect("a commitment for the row");
        let index = IndexTree::place([&meta]).expect("one blob fits");

        let accepted_at = Timestamp::new(1 << 40);
        let terms = ReceiptTerms {
            chain_id: chain,
            set: set.hash(),
            blob: meta.id(),
            accepted_at,
            expires_at: accepted_at.plus_millis(genesis.params().retention_ms),
        };
        let receipt = terms
            .sign(key)
            .verify(&chain, &set, &terms)
            .expect("an own signature");
        let mut collector = ReceiptCollector::new(terms, set.clone());
        collector.add(receipt).expect("the first receipt");
        let certificate = collector.finish().expect("the whole weight");

        let header = Header {
            chain_id: chain,
            height: Height::FIRST,
            time: accepted_at,
            parent: HeaderHash::new(chain.to_bytes()),
            dimensions: index.dimensions(),
            commitments_root: commitments_root(meta.commitments()).expect("one leaf"),
            index_root: index.root(),
            validators: set.hash(),
            next_validators: set.hash(),
        };
        let (round, hash) = (Round::new(0), header.hash());
        let kind = VoteKind::Precommit;
        let digest = vote_digest(&chain, &set.hash(), header.height, round, kind, Some(&hash));
        let vote = (key.public_key().address(), key.sign_digest(&digest));
        let finality =
            FinalityCertificate::aggregate(&chain, &set, header.height, round, &hash, [vote])
                .expect("the whole weight");
        Self {
            change: change(key, &genesis),
            genesis,
            meta,
            index,
            certificate,
            header,
            finality,
        }
    }

    fn certified_header(&self) -> UnverifiedHeader {
        UnverifiedHeader {
            header: self.header,
            finality: self.finality.to_unverified(),
        }
    }

    fn block(&self) -> UnverifiedBlock {
        UnverifiedBlock {
            header: self.header,
            references: vec![Reference {
                entry: self.index.entries()[0],
                certificate: self.certificate.to_unverified(),
            }],
            set_change: None,
        }
    }

    /// The last block of the first epoch, which changes the set.
    fn changing_block(&self) -> UnverifiedBlock {
        let header = Header {
            height: Height::new(self.genesis.params().epoch_blocks - 1),
            next_validators: self.change.change().next_set().hash(),
            ..self.header
        };
        UnverifiedBlock {
            header,
            set_change: Some(self.change.to_unverified()),
            ..self.block()
        }
    }

    fn approved(&self) -> p2p::ApprovedChange {
        let key = SigningKey::from_bytes(&[7; 32]).expect("below the group order");
        let change = self.change.change();
        p2p::ApprovedChange {
            change: change.as_unverified().encode().into(),
            approvals: vec![change.approve(&key).encode().into()],
        }
    }

    fn certified(&self) -> p2p::Certified {
        p2p::Certified {
            meta: self.meta.encode().into(),
            certificate: self.certificate.encode().into(),
        }
    }

    fn asks(&self) -> Vec<Vec<u8>> {
        use p2p::request::Kind;
        let range = p2p::HeightRange { from: 1, count: 1 };
        let kinds = [
            Kind::Hello(self.hello()),
            Kind::Genesis(p2p::Empty {}),
            Kind::LatestHeader(p2p::Empty {}),
            Kind::Headers(range),
            Kind::ValidatorSet(self.header.validators.to_bytes().to_vec().into()),
            Kind::Commitments(1),
            Kind::Samples(p2p::SamplesRequest {
                height: 1,
                coordinates: vec![cell().at.into()],
            }),
            Kind::BlobMeta(self.meta.id().to_bytes().to_vec().into()),
            Kind::BlobCells(p2p::BlobCellsRequest {
                blob_id: self.meta.id().to_bytes().to_vec().into(),
                first_row: 0,
                rows: 1,
                columns: (1_u128 << 3).to_be_bytes().to_vec().into(),
            }),
            Kind::Disperse(p2p::Disperse {
                terms: self.certificate.terms().encode().into(),
                meta: self.meta.encode().into(),
                rows: rows().into(),
            }),
            Kind::Receipt(self.certificate.terms().encode().into()),
            Kind::Certificates(p2p::Empty {}),
            Kind::Blocks(range),
            Kind::Holdings(1),
            Kind::Peers(p2p::Empty {}),
            Kind::Contact(p2p::Empty {}),
            Kind::Approvals(p2p::Empty {}),
        ];
        let request = |kind| p2p::Request { kind: Some(kind) }.encode_to_vec();
        kinds.into_iter().map(request).collect()
    }

    /// Each to the question at its place.
    fn answers(&self) -> Vec<Vec<u8>> {
        use p2p::response::Kind;
        let header = self.certified_header().encode();
        // /ip4/127.0.0.1/tcp/1/p2p/Qm…
        let address = [
            &b"\x04\x7f\0\0\x01\x06\0\x01\xa5\x03\x22\x12\x20"[..],
            &[7; 32],
        ]
        .concat();
        let kinds = [
            Kind::Hello(self.hello()),
            Kind::Genesis(self.genesis.encode().into()),
            Kind::LatestHeader(header.clone().into()),
            Kind::Headers(p2p::Encodings {
                items: vec![header.into()],
            }),
            Kind::ValidatorSet(self.genesis.validators().encode().into()),
            Kind::Commitments(self.meta.commitments()[0].to_bytes().to_vec().into()),
            Kind::Samples(p2p::Samples {
                cells: vec![(&cell()).into()],
            }),
            Kind::BlobMeta(self.meta.encode().into()),
            Kind::BlobCells(rows().into()),
            Kind::Dispersed(p2p::Dispersed { receipt: None }),
            Kind::Refused("no".into()),
            Kind::Certificates(p2p::Certificates {
                items: vec![self.certified()],
            }),
            Kind::Blocks(p2p::Blocks {
                items: vec![p2p::Block {
                    block: self.block().encode().into(),
                    finality: self.finality.encode().into(),
                }],
            }),
            // Parity row 2, columns 0 and 127.
            Kind::Holdings([&[1, 2, 0x80][..], &[0; 14], &[1]].concat().into()),
            Kind::Peers(p2p::Addresses {
                items: vec![address.clone().into()],
            }),
            Kind::Contact(address.into()),
            Kind::Approvals(p2p::Approvals {
                items: vec![self.approved()],
            }),
        ];
        let response = |kind| p2p::Response { kind: Some(kind) }.encode_to_vec();
        kinds.into_iter().map(response).collect()
    }

    fn hello(&self) -> p2p::Hello {
        let validator = &self.genesis.genesis().validators[0];
        p2p::Hello {
            chain_id: self.genesis.chain_id().to_bytes().to_vec().into(),
            role: p2p::Role::Full.into(),
            binding: Some(p2p::Binding {
                public_key: validator.key.to_bytes().to_vec().into(),
                signature: validator.possession.to_bytes().to_vec().into(),
            }),
            tip: 1,
        }
    }
}

/// Another weight for the only validator, and a second one: everything that a change may hold
/// but a leave, which would leave nobody.
fn change(key: &SigningKey, genesis: &CheckedGenesis) -> SetChangeCertificate {
    let (chain, set) = (genesis.chain_id(), genesis.validators());
    let newcomer = SigningKey::from_bytes(&[8; 32]).expect("below the group order");
    let edits = vec![
        SetEdit::Reweigh {
            key: key.public_key().to_bytes(),
            weight: Weight::new(2),
        },
        SetEdit::Join {
            key: newcomer.public_key().to_bytes(),
            weight: Weight::new(1),
            possession: newcomer.prove_possession(),
        },
    ];
    let unverified = UnverifiedSetChange::new(chain, set.hash(), Epoch::new(1), edits);
    let change = unverified.clone().verify(&chain, set).expect("a change");
    let approval = change
        .approve(key)
        .verify(&unverified, &chain, set)
        .expect("an own signature");
    let mut collector = ApprovalCollector::new(change, set.clone()).expect("of this set");
    collector.add(approval).expect("the first approval");
    collector.finish().expect("the whole weight")
}

fn cell() -> UnverifiedCell {
    UnverifiedCell {
        at: Coordinates {
            row: GridRow::Data(RowIndex::FIRST),
            column: ColumnIndex::new(3).expect("below 128"),
        },
        cell: Cell::zero(),
        proof: Proof::new([0; POINT_BYTES]),
    }
}

/// One cell of one row, as nodes send it.
fn rows() -> Vec<u8> {
    let mut rows = vec![0, 0];
    rows.extend((1_u128 << 3).to_be_bytes());
    rows.resize(rows.len() + CELL_BYTES + POINT_BYTES, 0);
    rows
}

/// Writes the inputs of a target: the number of a decoder, then its bytes.
fn write(target: &str, seeds: impl IntoIterator<Item = (u8, Vec<u8>)>) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../corpus")
        .join(target);
    std::fs::create_dir_all(&folder)?;
    for (place, (which, bytes)) in seeds.into_iter().enumerate() {
        let input = [&[which], &bytes[..]].concat();
        std::fs::write(folder.join(format!("seed-{place:02}")), input)?;
    }
    Ok(())
}

fn types_bytes(chain: &Chain) -> Result<()> {
    let placement = chain
        .index
        .prove_placement(chain.meta.id())
        .expect("it has the blob");
    let listing = chain
        .index
        .prove_namespace(chain.meta.namespace())
        .expect("a whole index");
    let entry = &chain.index.entries()[0];
    write(
        "types_bytes",
        [
            (0, chain.header.encode()),
            (1, chain.meta.encode()),
            (2, entry.encode()),
            (3, placement.encode()[entry.encode().len()..].to_vec()),
            (4, placement.encode()),
            (5, listing.encode()),
            (6, vec![0; CELL_BYTES]),
            (7, vec![0x73, 1, 2, 3, 4, 5, 6, 7]),
            (8, chain.meta.namespace().as_bytes().to_vec()),
            (8, vec![9; 32]),
            (8, vec![9; POINT_BYTES]),
        ],
    )
}

fn chain_bytes(chain: &Chain, key: &SigningKey) -> Result<()> {
    let terms = chain.certificate.terms();
    let proof = UnverifiedBlobProof {
        header: chain.certified_header(),
        placement: chain
            .index
            .prove_placement(chain.meta.id())
            .expect("it has the blob"),
        meta: chain.meta.clone(),
        availability: chain.certificate.to_unverified(),
    };
    write(
        "chain_bytes",
        [
            (0, chain.block().encode()),
            (1, chain.certified_header().encode()),
            (2, chain.finality.encode()),
            (3, terms.sign(key).encode()),
            (4, terms.encode()),
            (5, chain.certificate.encode()),
            (6, chain.genesis.encode()),
            (7, chain.genesis.validators().encode()),
            (8, proof.encode()),
            (9, vec![9, 0xff, 1]),
            (10, key.public_key().to_bytes().to_bytes().to_vec()),
            (10, vec![7; 32]),
            (0, chain.changing_block().encode()),
            (11, chain.change.change().as_unverified().encode()),
            (12, chain.change.change().approve(key).encode()),
            (13, chain.change.encode()),
        ],
    )
}

fn proto_messages(chain: &Chain, asks: &[Vec<u8>], answers: &[Vec<u8>]) -> Result<()> {
    let cell = cell();
    let header = v1::SubmitBlobHeader {
        namespace: chain.meta.namespace().as_bytes().to_vec().into(),
        mode: 1,
        length: 5,
        expected_blob_id: Some(chain.meta.id().to_bytes().to_vec().into()),
        with_proofs: false,
    };
    let returned = v1::BlobHeader {
        blob_id: chain.meta.id().to_bytes().to_vec().into(),
        namespace: header.namespace.clone(),
        mode: 1,
        length: 5,
        ..Default::default()
    };
    let status = v1::BlobStatus {
        blob_id: chain.meta.id().to_bytes().to_vec().into(),
        state: Some(v1::blob_status::State::Final(v1::Final {
            height: 1,
            header_hash: chain.header.hash().to_bytes().to_vec().into(),
        })),
        ..Default::default()
    };
    let announcement = p2p::announcement::Kind::Certified(chain.certified());
    let seeds = [
        (0, v1::Coordinates::from(cell.at).encode_to_vec()),
        (1, p2p::Coordinates::from(cell.at).encode_to_vec()),
        (2, v1::Cell::from(&cell).encode_to_vec()),
        (3, p2p::Cell::from(&cell).encode_to_vec()),
        (4, header.encode_to_vec()),
        (5, returned.encode_to_vec()),
        (8, announced(announcement)),
        (12, status.encode_to_vec()),
    ];
    let small = |bytes: &&Vec<u8>| bytes.len() < 300;
    let asks = asks.iter().filter(small).map(|bytes| (6, bytes.clone()));
    let answers = answers.iter().filter(small).map(|bytes| (7, bytes.clone()));
    write(
        "proto_messages",
        seeds.into_iter().chain(asks).chain(answers),
    )
}

fn announced(kind: p2p::announcement::Kind) -> Vec<u8> {
    p2p::Announcement { kind: Some(kind) }.encode_to_vec()
}

fn net_messages(chain: &Chain, asks: &[Vec<u8>], answers: &[Vec<u8>]) -> Result<()> {
    use p2p::announcement::Kind;
    let header = announced(Kind::Header(chain.certified_header().encode().into()));
    let exchanges = asks.iter().zip(answers).filter_map(|(ask, answer)| {
        let length = u8::try_from(ask.len()).ok()?;
        Some((4, [&[length], &ask[..], answer].concat()))
    });
    let seeds = asks
        .iter()
        .map(|ask| (0, ask.clone()))
        .chain(answers.iter().map(|answer| (1, answer.clone())))
        .chain([
            (2, header),
            (2, announced(Kind::Certified(chain.certified()))),
            (2, announced(Kind::Approval(chain.approved()))),
            (3, vec![0, 0, 0, 3, 1, 2, 3, 4]),
            (3, vec![0xff; 4]),
        ])
        .chain(exchanges);
    write("net_messages", seeds)
}

/// Texts have no decoder's number in front.
fn texts(chain: &Chain) -> Result<()> {
    let trusted = TrustedSet {
        chain_id: chain.genesis.chain_id(),
        validators: chain.genesis.validators().clone(),
    };
    let point = chain.meta.commitments()[0];
    let texts = [
        "ifma".to_owned(),
        "a namespace".to_owned(),
        "raw".to_owned(),
        chain.meta.namespace().to_string(),
        format!("\"{}\"", chain.meta.id()),
        point.to_string(),
        Checkpoint::genesis(&chain.genesis.chain_id()).to_string(),
        serde_json::to_string(&trusted)?,
        serde_json::to_string(chain.genesis.genesis())?,
    ];
    let bytes = texts.map(String::into_bytes);
    write(
        "texts",
        bytes.iter().map(|text| (text[0], text[1..].to_vec())),
    )
}
