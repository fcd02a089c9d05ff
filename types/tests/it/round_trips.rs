//! Encodings are read back unchanged; nothing else panics.

use crate::samples::{any_header, any_index, any_meta, namespace};
use proptest::prelude::*;
use types::{
    BlobId, BlobMeta, Commitment, Header, IndexEntry, MerkleProof, Namespace, NamespaceProof,
    PlacementProof, Reader, Writer,
};

/// Whatever can be decoded from these bytes must encode to them again.
fn decodes_to_itself_if_at_all(bytes: &[u8]) {
    if let Ok(meta) = BlobMeta::decode(bytes) {
        assert_eq!(meta.encode(), bytes);
    }
    if let Ok(header) = Header::decode(bytes) {
        assert_eq!(header.encode(), bytes);
    }
    if let Ok(entry) = IndexEntry::decode(bytes) {
        assert_eq!(entry.encode(), bytes);
    }
    if let Ok(proof) = MerkleProof::decode(bytes) {
        assert_eq!(proof.encode(), bytes);
    }
    if let Ok(proof) = PlacementProof::decode(bytes) {
        assert_eq!(proof.encode(), bytes);
    }
    if let Ok(proof) = NamespaceProof::decode(bytes) {
        assert_eq!(proof.encode(), bytes);
    }
}

/// Every truncation and every extension of an encoding is refused.
fn has_one_end<T>(bytes: &[u8], decode: impl Fn(&[u8]) -> types::Result<T>) {
    for cut in 0..bytes.len() {
        assert!(decode(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    assert!(decode(&[bytes, &[0]].concat()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn blob_descriptions(meta in any_meta()) {
        let bytes = meta.encode();
        prop_assert!(bytes.len() <= BlobMeta::MAX_BYTES);
        let again = BlobMeta::decode(&bytes).unwrap();
        prop_assert_eq!(again.id(), meta.id());
        prop_assert_eq!(again, meta);
        has_one_end(&bytes, BlobMeta::decode);
    }

    #[test]
    fn headers(header in any_header()) {
        let again = Header::decode(&header.encode()).unwrap();
        prop_assert_eq!(again.hash(), header.hash());
        prop_assert_eq!(again, header);
    }

    #[test]
    fn index_entries_and_proofs(index in any_index(), wanted in 0..=9_u8) {
        for entry in index.entries() {
            let bytes = entry.encode();
            prop_assert_eq!(bytes.len(), IndexEntry::BYTES);
            prop_assert_eq!(&IndexEntry::decode(&bytes).unwrap(), entry);
            has_one_end(&bytes, IndexEntry::decode);
            let proof = index.prove_placement(entry.id()).unwrap().encode();
            has_one_end(&proof, PlacementProof::decode);
        }
        let proof = index.prove_namespace(namespace(wanted)).unwrap();
        let bytes = proof.encode();
        prop_assert_eq!(&NamespaceProof::decode(&bytes).unwrap(), &proof);
        has_one_end(&bytes, NamespaceProof::decode);
    }

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        decodes_to_itself_if_at_all(&bytes);
    }

    #[test]
    fn bytes_that_differ_a_little_from_encodings(
        meta in any_meta(),
        header in any_header(),
        index in any_index(),
        place in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let namespace_proof = index.prove_namespace(namespace(3)).unwrap();
        for mut bytes in [meta.encode(), header.encode(), namespace_proof.encode()] {
            let place = place.index(bytes.len());
            bytes[place] = byte;
            decodes_to_itself_if_at_all(&bytes);
        }
    }

    #[test]
    fn fields(a in any::<u8>(), b in any::<u16>(), c in any::<u32>(), d in any::<u64>()) {
        let bytes = Writer::new().u8(a).u16(b).u32(c).u64(d).raw(b"end").finish();
        prop_assert_eq!(bytes.len(), 18);
        let mut reader = Reader::new("fields", &bytes);
        prop_assert_eq!(reader.u8().unwrap(), a);
        prop_assert_eq!(reader.u16().unwrap(), b);
        prop_assert_eq!(reader.u32().unwrap(), c);
        prop_assert_eq!(reader.u64().unwrap(), d);
        prop_assert_eq!(reader.remaining(), 3);
        prop_assert!(reader.clone().finish().is_err());
        prop_assert!(reader.raw(4).is_err());
        prop_assert_eq!(reader.raw(3).unwrap(), b"end");
        prop_assert!(reader.finish().is_ok());
    }

    #[test]
    fn text_forms(text in any::<String>(), bytes in any::<[u8; 32]>(), point in any::<[u8; 48]>()) {
        let id = BlobId::new(bytes);
        prop_assert_eq!(id.to_string().parse::<BlobId>().unwrap(), id);
        prop_assert_eq!(format!("0x{id}").parse::<BlobId>().unwrap(), id);
        let json = serde_json::to_string(&Commitment::new(point)).unwrap();
        prop_assert_eq!(serde_json::from_str::<Commitment>(&json).unwrap().to_bytes(), point);
        prop_assert_eq!(text.parse::<BlobId>().is_ok(), false);
        if let Ok(namespace) = text.parse::<Namespace>() {
            prop_assert_eq!(namespace.to_string().parse::<Namespace>().unwrap(), namespace);
        }
    }
}
