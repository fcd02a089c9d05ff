//! What a circuit's contributions begin with, sent by somebody.

use super::*;

/// The file read again is the same, and holds.
fn read_parameters(bytes: &[u8]) -> crate::Result<Parameters> {
    UnverifiedParameters::decode(bytes, &circuit())?.verify(&circuit(), powers())
}

#[test]
fn any_changed_byte_of_the_parameters_is_refused() {
    let bytes = parameters().to_bytes();
    assert_eq!(read_parameters(&bytes).unwrap(), *parameters());
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(read_parameters(&changed).is_err(), "byte {at}");
        if (8..40).contains(&at) {
            continue;
        }
        let result = read_parameters(&resealed(changed));
        assert!(result.is_err(), "byte {at}, sealed again");
    }
    let longer = resealed([&bytes[..], &[0]].concat());
    assert!(matches!(
        read_parameters(&longer),
        Err(Error::Encoding { .. })
    ));
}

/// Every point by itself, replaced by another one of the group.
#[test]
fn a_wrong_point_of_the_parameters_is_noticed() {
    type Change = fn(&mut Parameters) -> Vec<&mut G1Affine>;
    let all: Change = |p| {
        let Beginning { h, l, .. } = &mut p.beginning;
        let groups = [h, l, &mut p.public, &mut p.a, &mut p.b];
        let mut points: Vec<&mut G1Affine> = groups.into_iter().flatten().collect();
        points.extend([&mut p.alpha, &mut p.beta]);
        points
    };
    let refused = |changed: Parameters, what: usize| {
        let result = read_parameters(&changed.to_bytes());
        assert!(matches!(result, Err(Error::BadParameters { .. })), "{what}");
    };
    let count = all(&mut parameters().clone()).len();
    for place in 0..count {
        let mut changed = parameters().clone();
        let point = &mut *all(&mut changed)[place];
        *point = (G1::from(*point) + G1::generator()).into();
        refused(changed, place);
    }
    for place in 0..parameters().b_g2.len() {
        let mut changed = parameters().clone();
        let point = &mut changed.b_g2[place];
        *point = (G2::from(*point) + G2::generator()).into();
        refused(changed, place);
    }
    let mut changed = parameters().clone();
    changed.beta_g2 = G2Affine::generator();
    refused(changed, 0);
    // Two that make up for one another where all count alike.
    let mut changed = parameters().clone();
    for (place, point) in [(1, G1::generator()), (2, -G1::generator())] {
        changed.a[place] = (G1::from(changed.a[place]) + point).into();
    }
    refused(changed, 0);
}

#[test]
fn parameters_are_of_one_circuit_and_one_set_of_powers() {
    let bytes = parameters().to_bytes();
    let read = |circuit: &Circuit, powers: &Powers| {
        UnverifiedParameters::decode(&bytes, circuit).and_then(|p| p.verify(circuit, powers))
    };
    assert!(read(&circuit(), powers()).is_ok());
    let factor = Circuit::named("cubic", Cubic { x: 3, factor: 6 }).unwrap();
    let name = Circuit::named("other", CUBIC).unwrap();
    let mut more = powers().clone();
    more.contribute(&mut rng(4), "").unwrap();
    for (circuit, powers) in [(&factor, powers()), (&name, powers()), (&circuit(), &more)] {
        assert!(matches!(
            read(circuit, powers),
            Err(Error::CeremonyFile { .. })
        ));
    }
}
