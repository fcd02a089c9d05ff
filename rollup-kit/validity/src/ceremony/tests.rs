//! Both phases over a circuit of a few constraints, whose set-up takes milliseconds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::points::own;
use super::*;
use crate::{Error, Fr};
use algebra::{G1, G1Affine, G2, G2Affine};
use ark_bls12_381::Bls12_381;
use ark_ff::{AdditiveGroup, Field};
use ark_groth16::Groth16;
use ark_groth16::r1cs_to_qap::LibsnarkReduction;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError, Variable,
};
use ark_snark::SNARK;
use ark_std::rand::SeedableRng as _;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::sync::OnceLock;

mod parameters;
mod twin;

/// Knows x with x³ + factor·x = y.
#[derive(Clone, Copy)]
struct Cubic {
    x: u64,
    factor: u64,
}

impl Cubic {
    fn y(self) -> Fr {
        let x = Fr::from(self.x);
        x * x * x + Fr::from(self.factor) * x
    }
}

impl ConstraintSynthesizer<Fr> for Cubic {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let value = Fr::from(self.x);
        let y = cs.new_input_variable(|| Ok(self.y()))?;
        let x = cs.new_witness_variable(|| Ok(value))?;
        let xx = cs.new_witness_variable(|| Ok(value * value))?;
        let of = |terms: Vec<(Fr, Variable)>| LinearCombination(terms);
        cs.enforce_r1cs_constraint(
            || of(vec![(Fr::ONE, x)]),
            || of(vec![(Fr::ONE, x)]),
            || of(vec![(Fr::ONE, xx)]),
        )?;
        cs.enforce_r1cs_constraint(
            || of(vec![(Fr::ONE, x)]),
            || of(vec![(Fr::ONE, xx), (Fr::from(self.factor), Variable::One)]),
            || of(vec![(Fr::ONE, y)]),
        )
    }
}

const CUBIC: Cubic = Cubic { x: 3, factor: 5 };

fn rng(seed: u8) -> StdRng {
    StdRng::from_seed([seed; 32])
}

fn circuit() -> Circuit {
    Circuit::named("cubic", CUBIC).unwrap()
}

fn powers() -> &'static Powers {
    static POWERS: OnceLock<Powers> = OnceLock::new();
    POWERS.get_or_init(|| {
        let mut powers = Powers::begin(Power::new(2).unwrap());
        powers.contribute(&mut rng(1), "first").unwrap();
        powers.contribute(&mut rng(2), "second").unwrap();
        powers
    })
}

fn parameters() -> &'static Parameters {
    static PARAMETERS: OnceLock<Parameters> = OnceLock::new();
    PARAMETERS.get_or_init(|| Parameters::new(&circuit(), powers()).unwrap())
}

/// After so many contributions.
fn contributed(count: u8) -> Ceremony<'static> {
    let mut ceremony = Ceremony::begin(parameters().beginning());
    for seed in 0..count {
        ceremony.contribute(&mut rng(10 + seed), "").unwrap();
    }
    ceremony
}

fn read(bytes: &[u8]) -> crate::Result<Ceremony<'static>> {
    UnverifiedCeremony::decode(bytes, parameters().beginning())?.verify()
}

/// The checksum made right again, as who tampers on purpose would.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum: [u8; 32] = Sha256::digest(&bytes[40..]).into();
    bytes[8..40].copy_from_slice(&checksum);
    bytes
}

#[test]
fn powers_are_verified() {
    let bytes = powers().to_bytes();
    let read = UnverifiedPowers::decode(&bytes).unwrap().verify().unwrap();
    assert_eq!(read, *powers());
    assert_eq!(read.transcript().len(), 3);
    // Before any contribution, τ is 1.
    let begun = Powers::begin(Power::new(2).unwrap());
    UnverifiedPowers::decode(&begun.to_bytes())
        .unwrap()
        .verify()
        .unwrap();
    let refused = Parameters::new(&circuit(), &begun);
    assert!(matches!(refused, Err(Error::NoContributions)));
    let mut few = Powers::begin(Power::new(1).unwrap());
    few.contribute(&mut rng(1), "").unwrap();
    let refused = Parameters::new(&circuit(), &few);
    assert!(matches!(refused, Err(Error::CeremonyFile { .. })));
    for power in [0, 23, u32::MAX] {
        assert!(Power::new(power).is_err());
    }
}

#[test]
fn any_changed_byte_of_the_powers_is_refused() {
    let bytes = powers().to_bytes();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(UnverifiedPowers::decode(&changed).is_err(), "byte {at}");
        if (8..40).contains(&at) {
            continue;
        }
        let result = UnverifiedPowers::decode(&resealed(changed));
        assert!(
            result.and_then(UnverifiedPowers::verify).is_err(),
            "byte {at}"
        );
    }
}

#[test]
fn any_changed_byte_of_a_ceremony_is_refused() {
    let bytes = contributed(2).to_bytes();
    read(&bytes).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(read(&changed).is_err(), "byte {at}");
        if (8..40).contains(&at) {
            continue;
        }
        assert!(read(&resealed(changed)).is_err(), "byte {at}, sealed again");
    }
    for length in [0, 7, 40, 140, bytes.len() - 1] {
        assert!(read(&bytes[..length]).is_err());
    }
    let longer = resealed([&bytes[..], &[0]].concat());
    assert!(matches!(read(&longer), Err(Error::Encoding { .. })));
}

#[test]
fn proofs_hold_under_the_final_key_alone() {
    let ceremony = contributed(2);
    let key = ceremony.proving(parameters()).unwrap();
    let mut rng = ark_std::rand::rngs::StdRng::from_seed([7; 32]);
    let proof = Groth16::<Bls12_381, LibsnarkReduction>::prove(&key, CUBIC, &mut rng).unwrap();
    let holds = |key, y| Groth16::<Bls12_381>::verify(key, &[y], &proof).unwrap();
    assert!(holds(&key.vk, CUBIC.y()));
    assert!(!holds(&key.vk, CUBIC.y() + Fr::ONE));
    let earlier = contributed(1).verifying(parameters()).unwrap();
    assert!(!holds(&earlier, CUBIC.y()));
    let nobodys = Ceremony::begin(parameters().beginning()).verifying(parameters());
    assert!(matches!(nobodys, Err(Error::NoContributions)));
}

/// The parameters against arkworks' generator, which knows the secrets.
#[test]
fn parameters_are_those_of_the_polynomials() {
    let mut powers = Powers::begin(Power::new(2).unwrap());
    powers.contribute(&mut rng(3), "naive").unwrap();
    let [tau, alpha, beta] = *secret::secrets::<3>(&mut rng(3), "naive").unwrap();
    let parameters = Parameters::new(&circuit(), &powers).unwrap();

    use ark_groth16::r1cs_to_qap::R1CSToQAP;
    use ark_poly::GeneralEvaluationDomain;
    let cs = ark_relations::gr1cs::ConstraintSystem::new_ref();
    CUBIC.generate_constraints(cs.clone()).unwrap();
    cs.finalize();
    type Domain = GeneralEvaluationDomain<Fr>;
    let qap = LibsnarkReduction::instance_map_with_evaluation::<Fr, Domain>(cs, &tau);
    let (a, b, c, vanishing, _, size) = qap.unwrap();
    let times = |scalar: Fr| -> G1Affine { (G1::generator() * own(&scalar)).into() };
    let inputs = parameters.public.len();
    for variable in 0..a.len() {
        assert_eq!(parameters.a[variable], times(a[variable]));
        assert_eq!(parameters.b[variable], times(b[variable]));
        let b_g2: G2Affine = (G2::generator() * own(&b[variable])).into();
        assert_eq!(parameters.b_g2[variable], b_g2);
        let mixed = beta * a[variable] + alpha * b[variable] + c[variable];
        let got = match variable.checked_sub(inputs) {
            Some(witness) => parameters.beginning.l[witness],
            None => parameters.public[variable],
        };
        assert_eq!(got, times(mixed));
    }
    assert_eq!(parameters.beginning.h.len(), size - 1);
    let mut power = vanishing;
    for point in &parameters.beginning.h {
        assert_eq!(*point, times(power));
        power *= tau;
    }
}

const CONTRIBUTIONS: usize = 40 + 96 + 4;
const SHARE: usize = 192;

/// Replaces the contributions of a file.
fn with(bytes: &[u8], shares: &[&[u8]]) -> Vec<u8> {
    let count = bytes[CONTRIBUTIONS - 1] as usize;
    let rest = &bytes[CONTRIBUTIONS + count * SHARE..];
    let mut changed = bytes[..CONTRIBUTIONS].to_vec();
    changed[CONTRIBUTIONS - 1] = u8::try_from(shares.len()).unwrap();
    changed.extend(shares.concat());
    changed.extend(rest);
    resealed(changed)
}

fn shares(bytes: &[u8]) -> Vec<&[u8]> {
    let count = bytes[CONTRIBUTIONS - 1] as usize;
    bytes[CONTRIBUTIONS..].chunks(SHARE).take(count).collect()
}

#[test]
fn a_contribution_of_the_same_secret_stands_at_its_own_place_alone() {
    let mut twice = contributed(1);
    twice.contribute(&mut rng(10), "").unwrap();
    let bytes = twice.to_bytes();
    read(&bytes).unwrap();
    let [first, second] = shares(&bytes)[..] else {
        panic!("two contributions")
    };
    assert_ne!(first, second);
    for wrong in [[second, first], [first, first], [second, second]] {
        let result = read(&with(&bytes, &wrong));
        assert!(matches!(result, Err(Error::BadContribution { .. })));
    }
}

#[test]
fn the_wrong_contribution_is_named() {
    let bytes = contributed(3).to_bytes();
    let [a, b, c] = shares(&bytes)[..] else {
        panic!("three contributions")
    };
    let blamed = |shares: &[&[u8]], expected| match read(&with(&bytes, shares)) {
        Err(Error::BadContribution { place, .. }) => assert_eq!(place, expected),
        other => panic!("{:?}", other.map(|c| c.transcript().len())),
    };
    read(&with(&bytes, &[a, b, c])).unwrap();
    blamed(&[b, c], 0);
    blamed(&[a, c], 1);
    blamed(&[a, a, b, c], 1);
    blamed(&[a, b, b, c], 2);
    blamed(&[b, a, c], 0);
    blamed(&[a, c, b], 1);
    // Somebody replaces the second by its own, and keeps the third.
    let mut other = contributed(1);
    other.contribute(&mut rng(99), "mine").unwrap();
    let other = other.to_bytes();
    blamed(&[a, shares(&other)[1], c], 2);
    // What is cut off at the end leaves points that nobody contributed.
    let cut = read(&with(&bytes, &[a, b]));
    assert!(matches!(cut, Err(Error::BadParameters { .. })));
    let none = read(&with(&bytes, &[]));
    assert!(matches!(none, Err(Error::BadParameters { .. })));
    // A whole earlier state is right in itself: its receipts are not there.
    let earlier = read(&contributed(2).to_bytes()).unwrap();
    let receipt = *contributed(3).transcript().last().unwrap();
    assert!(!earlier.transcript().contains(&receipt));
    assert!(read(&bytes).unwrap().transcript().contains(&receipt));
}

#[test]
fn points_are_divided_by_delta() {
    let ceremony = contributed(2);
    let mut other = ceremony.clone();
    other.contribute(&mut rng(50), "").unwrap();
    let (bytes, later) = (ceremony.to_bytes(), other.to_bytes());
    // The points of the second contribution, and the δ of the third.
    let after = CONTRIBUTIONS + 2 * SHARE;
    let mut mixed = bytes.clone();
    mixed[after..].copy_from_slice(&later[after + SHARE..]);
    assert!(matches!(
        read(&resealed(mixed)),
        Err(Error::BadParameters { .. })
    ));
    for point in 0..parameters().beginning.h.len() + parameters().beginning.l.len() {
        let at = after + 96 + point * 48;
        let mut changed = bytes.clone();
        changed[at..at + 48].copy_from_slice(&later[at + SHARE..at + SHARE + 48]);
        let result = read(&resealed(changed));
        assert!(
            matches!(result, Err(Error::BadParameters { .. })),
            "{point}"
        );
    }
}

#[test]
fn other_circuits_and_powers_are_refused() {
    let bytes = contributed(1).to_bytes();
    let refused = |circuit: Circuit, powers: &Powers| {
        let parameters = Parameters::new(&circuit, powers).unwrap();
        let result = UnverifiedCeremony::decode(&bytes, parameters.beginning()).map(|_| ());
        assert!(matches!(result, Err(Error::CeremonyFile { .. })));
    };
    refused(Circuit::named("other", CUBIC).unwrap(), powers());
    let other = Cubic { x: 3, factor: 6 };
    refused(Circuit::named("cubic", other).unwrap(), powers());
    let mut more = powers().clone();
    more.contribute(&mut rng(4), "").unwrap();
    refused(circuit(), &more);
    // The circuit does not depend on what is proved with it.
    let same = Cubic { x: 4, ..CUBIC };
    assert_eq!(
        Circuit::named("cubic", same).unwrap().hash(),
        circuit().hash()
    );
}

/// Keys are written for the circuit that the ceremony was of, whatever it is called.
#[test]
fn a_ceremony_ends_in_keys_of_its_own_circuit_alone() {
    let shape = crate::Shape::from(ledger::ExitsSize::new(1).unwrap());
    let file = std::env::temp_dir().join("assay-no-keys-are-written-here");
    let engine = crate::SumEngine::Own(crate::Engine::of_process().unwrap());
    for (name, expected) in [("cubic", "the circuit"), ("exits-1", "the circuit's hash")] {
        let circuit = Circuit::named(name, CUBIC).unwrap();
        let parameters = Parameters::new(&circuit, powers()).unwrap();
        let mut ceremony = Ceremony::begin(parameters.beginning());
        ceremony.contribute(&mut rng(1), "").unwrap();
        match ceremony.finish(&parameters, shape, &file, engine) {
            Err(Error::CeremonyFile { what, .. }) => assert_eq!(what, expected),
            other => panic!("{:?}", other.map(|keys| keys.shape())),
        }
    }
    assert!(!file.exists());
}

#[test]
fn either_source_of_randomness_is_enough() {
    let made = |seed, text| *secret::secrets::<2>(&mut rng(seed), text).unwrap();
    let all = [made(1, "a"), made(2, "a"), made(1, "b")].concat();
    for (i, secret) in all.iter().enumerate() {
        assert!(!all[..i].contains(secret) && *secret != Fr::ZERO);
    }
    let long = "x".repeat(MAX_TEXT + 1);
    assert!(secret::secrets::<1>(&mut rng(1), &long).is_err());
}

#[test]
fn contributions_are_bounded() {
    let bytes = contributed(1).to_bytes();
    let mut many = bytes.clone();
    many[CONTRIBUTIONS - 4..CONTRIBUTIONS].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(matches!(
        read(&resealed(many)),
        Err(Error::CeremonyFile { .. })
    ));
}
