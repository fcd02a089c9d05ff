#![allow(clippy::unwrap_used)]

use super::*;
use ark_relations::gr1cs::ConstraintSystem;
use ledger::poseidon::hash;

#[test]
fn hashes_as_the_ledger_does() {
    let numbers = [3u64, 1, 4, 1, 5, 9, 2, 6, 5].map(Fr::from);
    let [a, b, c, d, e, ..] = numbers;
    let cases = [
        (Domain::Identity, 2, 240, hash(Domain::Identity, [a, b])),
        (Domain::Node, 4, 297, hash(Domain::Node, [a, b, c, d])),
        (Domain::Leaf, 5, 321, hash(Domain::Leaf, [a, b, c, d, e])),
        (Domain::Challenge, 9, 417, hash(Domain::Challenge, numbers)),
    ];
    for (domain, count, constraints, expected) in cases {
        let cs = ConstraintSystem::new_ref();
        let synthesis = Synthesis::new(cs.clone());
        let inputs = numbers[..count].iter();
        let inputs: Vec<Num> = inputs.map(|n| synthesis.witness(*n).unwrap()).collect();
        let got = synthesis.hash(domain, &inputs).unwrap();
        assert_eq!(got.value, expected);
        assert_eq!(cs.num_constraints(), constraints);
        let claimed = synthesis.witness(got.value).unwrap();
        synthesis.equal(&got, &claimed).unwrap();
        assert!(cs.is_satisfied().unwrap());
    }
}
