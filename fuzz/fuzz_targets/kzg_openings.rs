//! EIP-4844's openings: every set-up against c-kzg, on the domain and beside it.
#![no_main]

use arbitrary::Arbitrary;
use c_kzg::{Bytes32, Bytes48};
use commitments::{CommitmentError, eip4844};
use fuzz::kzg::{self, ROWS, blob, grid, oracle, proof, row, subjects};
use fuzz::points::Point;
use fuzz::scalars::{Scalar, Sparse};
use libfuzzer_sys::fuzz_target;
use types::{Commitment, Proof};

#[derive(Arbitrary, Debug)]
enum Input {
    Prove {
        row: Sparse,
        z: Scalar,
        /// Added to the value before it is verified.
        change: Scalar,
    },
    /// A commitment, a proof and scalars of any kind.
    Verify {
        commitment: Point,
        proof: Point,
        flip: Option<u16>,
        z: Result<Scalar, [u8; 32]>,
        y: Result<Scalar, [u8; 32]>,
    },
    /// Rows with proofs, some of another row.
    Blobs(Vec<(u8, u8, u8)>),
}

fn verdict(answer: Result<bool, c_kzg::Error>) -> Result<(), CommitmentError> {
    match answer {
        Ok(true) => Ok(()),
        Ok(false) => Err(CommitmentError::WrongOpening),
        Err(_) => Err(CommitmentError::Malformed),
    }
}

fn bytes(scalar: Result<Scalar, [u8; 32]>) -> [u8; 32] {
    scalar.map_or_else(|bytes| bytes, |scalar| scalar.get().to_be_bytes())
}

fuzz_target!(init: { let _ = (kzg::prepare(), grid()); }, |input: Input| match input {
    Input::Prove {
        row: pattern,
        z,
        change,
    } => {
        let (row, z, change) = (row(&pattern), z.get().to_be_bytes(), change.get());
        let blob = blob(&row);
        let (opening, y) = oracle()
            .compute_kzg_proof(&blob, &Bytes32::from(z))
            .unwrap();
        let commitment = oracle().blob_to_kzg_commitment(&blob).unwrap();
        let commitment = Commitment::new(commitment.to_bytes().into_inner());
        let (opening, y) = (proof(&opening), *y);
        let other = (algebra::Fr::from_be_bytes(&y).unwrap() + change).to_be_bytes();
        for setup in subjects() {
            assert_eq!(eip4844::prove_point(setup, &row, &z), Ok((opening, y)));
            let got = eip4844::verify_point(setup, &commitment, &z, &other, &opening);
            assert_eq!(got.is_ok(), other == y);
        }
    }
    Input::Verify {
        commitment,
        proof,
        flip,
        z,
        y,
    } => {
        let commitment = commitment.get().to_compressed();
        let mut proof = proof.get().to_compressed();
        if let Some(bit) = flip {
            let bit = usize::from(bit) % (8 * proof.len());
            proof[bit / 8] ^= 1 << (bit % 8);
        }
        let (z, y) = (bytes(z), bytes(y));
        let expected = verdict(oracle().verify_kzg_proof(
            &Bytes48::from(commitment),
            &Bytes32::from(z),
            &Bytes32::from(y),
            &Bytes48::from(proof),
        ));
        let (commitment, proof) = (Commitment::new(commitment), Proof::new(proof));
        for setup in subjects() {
            let got = eip4844::verify_point(setup, &commitment, &z, &y, &proof);
            assert_eq!(got, expected);
        }
    }
    Input::Blobs(places) => {
        let place = |place: u8| &grid()[usize::from(place) % (2 * ROWS)];
        let places = &places[..places.len().min(3)];
        let rows: Vec<_> = places.iter().map(|p| place(p.0).row.clone()).collect();
        let commitments: Vec<_> = places.iter().map(|p| place(p.1).commitment).collect();
        let proofs: Vec<Proof> = places
            .iter()
            .map(|p| {
                let extended = place(p.2);
                let commitment = Bytes48::from(*extended.commitment.as_bytes());
                let made = oracle().compute_blob_kzg_proof(&blob(&extended.row), &commitment);
                proof(&made.unwrap())
            })
            .collect();
        let blobs: Vec<_> = rows.iter().map(blob).collect();
        let points = |all: Vec<[u8; 48]>| all.into_iter().map(Bytes48::from).collect::<Vec<_>>();
        let expected = verdict(oracle().verify_blob_kzg_proof_batch(
            &blobs,
            &points(commitments.iter().map(|c| *c.as_bytes()).collect()),
            &points(proofs.iter().map(|p| *p.as_bytes()).collect()),
        ));
        for setup in subjects() {
            let got = eip4844::verify_blobs(setup, &rows, &commitments, &proofs);
            assert_eq!(got, expected);
            if let ([row], [commitment], [proof]) = (&rows[..], &commitments[..], &proofs[..]) {
                assert_eq!(
                    eip4844::verify_blob(setup, row, commitment, proof),
                    expected
                );
            }
        }
    }
});
