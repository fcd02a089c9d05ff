//! Fixed layouts of `types`: headers, descriptions, index entries, Merkle proofs, elements.
#![no_main]

use fuzz::codec::exact;
use libfuzzer_sys::fuzz_target;
use types::{
    BlobMeta, Cell, Commitment, CommitmentsRoot, Header, HeaderHash, IndexEntry, IndexRoot,
    MerkleProof, Namespace, NamespaceProof, PlacementProof, Proof, Row, first_noncanonical,
};

fuzz_target!(|input: &[u8]| {
    let Some((which, bytes)) = input.split_first() else {
        return;
    };
    match which {
        0 => {
            if let Some(header) = exact(bytes, Header::decode, Header::encode) {
                let _ = header.hash();
            }
        }
        1 => {
            if let Some(meta) = exact(bytes, BlobMeta::decode, BlobMeta::encode) {
                assert_eq!(usize::from(meta.rows()), meta.length().rows());
                let _ = meta.id();
            }
        }
        2 => {
            if let Some(entry) = exact(bytes, IndexEntry::decode, IndexEntry::encode) {
                let place = entry.placement();
                assert_eq!(
                    place.row_in_blob(place.first()).map(|row| row.get()),
                    Some(0)
                );
            }
        }
        3 => {
            if let Some(proof) = exact(bytes, MerkleProof::decode, MerkleProof::encode) {
                assert!(proof.index() < proof.count());
                let _ = proof.verify("leaf", b"leaf", &[0; 32]);
            }
        }
        4 => {
            if let Some(proof) = exact(bytes, PlacementProof::decode, PlacementProof::encode) {
                let _ = proof.verify(&IndexRoot::new([0; 32]));
            }
        }
        5 => {
            if let Some(proof) = exact(bytes, NamespaceProof::decode, NamespaceProof::encode) {
                let _ = proof.verify(Namespace::new([7; 29]).unwrap(), &IndexRoot::new([0; 32]));
            }
        }
        6 => {
            exact(bytes, Cell::from_slice, |cell| cell.as_bytes().to_vec());
        }
        7 => {
            // A whole row of one piece: its length would take too much input.
            let row: Vec<u8> = bytes.iter().copied().cycle().take(Row::BYTES).collect();
            if let Some(row) = exact(&row, Row::from_slice, |row| row.as_bytes().to_vec()) {
                assert_eq!(first_noncanonical(row.as_bytes()), None);
            }
        }
        _ => {
            exact(bytes, Namespace::from_slice, |n| n.as_bytes().to_vec());
            exact(bytes, Commitment::from_slice, |c| c.as_bytes().to_vec());
            exact(bytes, Proof::from_slice, |p| p.as_bytes().to_vec());
            exact(bytes, HeaderHash::from_slice, |h| h.as_bytes().to_vec());
            exact(bytes, CommitmentsRoot::from_slice, |r| {
                r.as_bytes().to_vec()
            });
        }
    }
});
