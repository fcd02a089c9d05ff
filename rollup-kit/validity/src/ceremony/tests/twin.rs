//! The parameters as arkworks computes them, one variable at a time: the twin of
//! [`Parameters::new`].

use super::*;
use crate::Shape;
use crate::ceremony::points::{ark_all_g1, ark_g2};
use ark_bls12_381::{G1Projective, G2Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use ledger::ExitsSize;
use std::time::Instant;

type Ark<G> = <G as CurveGroup>::Affine;

fn lagrange<G: CurveGroup<ScalarField = Fr>>(powers: &[Ark<G>]) -> Vec<Ark<G>> {
    let points: Vec<G> = powers.iter().map(|point| (*point).into()).collect();
    let domain = Radix2EvaluationDomain::<Fr>::new(points.len()).unwrap();
    G::normalize_batch(&domain.ifft(&points))
}

/// Per variable of a matrix, the sum of its column.
fn sums<G>(circuit: &Circuit, variables: usize, matrix: usize, points: &[Ark<G>]) -> Vec<G>
where
    G: CurveGroup<ScalarField = Fr> + VariableBaseMSM<MulBase = Ark<G>>,
{
    let mut columns = vec![(Vec::new(), Vec::new()); variables];
    for (place, row) in circuit.rows(matrix).enumerate() {
        for (coefficient, variable) in row.terms() {
            columns[variable].0.push(points[place]);
            columns[variable].1.push(coefficient);
        }
    }
    let columns = columns.iter();
    columns
        .map(|(points, scalars)| G::msm(points, scalars).unwrap())
        .collect()
}

fn compare(circuit: &Circuit, powers: &Powers) {
    let begun = Instant::now();
    let parameters = Parameters::new(circuit, powers).unwrap();
    let own = begun.elapsed();

    let begun = Instant::now();
    let (domain, variables) = (circuit.domain(), parameters.a.len());
    let [tau, alpha, beta] = [&powers.tau, &powers.alpha, &powers.beta]
        .map(|powers| lagrange::<G1Projective>(&ark_all_g1(&powers[..domain]).unwrap()));
    let tau_g2: Vec<_> = powers.tau_g2[..domain]
        .iter()
        .map(|point| ark_g2(point).unwrap())
        .collect();
    let tau_g2 = lagrange::<G2Projective>(&tau_g2);
    let of = |matrix, points: &[_]| sums::<G1Projective>(circuit, variables, matrix, points);
    let (a, b) = (of(0, &tau), of(1, &tau));
    let b_g2 = sums::<G2Projective>(circuit, variables, 1, &tau_g2);
    let mixed: Vec<G1Projective> = of(0, &beta)
        .into_iter()
        .zip(of(1, &alpha))
        .zip(of(2, &tau))
        .map(|((of_a, of_b), of_c)| of_a + of_b + of_c)
        .collect();
    println!(
        "2^{}: {own:?}, arkworks {:?}",
        domain.ilog2(),
        begun.elapsed()
    );

    let same = |points: &[G1Affine], expected: &[G1Projective]| {
        let expected = G1Projective::normalize_batch(expected);
        assert_eq!(ark_all_g1(points).unwrap(), expected);
    };
    same(&parameters.a, &a);
    same(&parameters.b, &b);
    let of_variables = [&parameters.public[..], &parameters.beginning.l].concat();
    same(&of_variables, &mixed);
    for (point, expected) in parameters.b_g2.iter().zip(&b_g2) {
        assert_eq!(ark_g2(point).unwrap(), expected.into_affine());
    }
}

#[test]
fn parameters_are_those_that_arkworks_computes() {
    compare(&circuit(), powers());
}

#[test]
#[ignore = "minutes of computing: arkworks over a real circuit"]
fn parameters_of_a_real_circuit_are_those_that_arkworks_computes() {
    let circuit = Circuit::of(Shape::from(ExitsSize::new(1).unwrap())).unwrap();
    let mut powers = Powers::begin(Power::new(13).unwrap());
    powers.contribute(&mut rng(1), "").unwrap();
    compare(&circuit, &powers);
}
