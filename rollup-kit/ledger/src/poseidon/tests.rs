use super::*;
use ark_ff::MontFp;

/// The permutation as the paper writes it.
fn naive(width: Width, state: &mut [Fr]) {
    let parameters = width.parameters();
    let half = FULL_ROUNDS / 2;
    for (round, constants) in parameters.constants.iter().enumerate() {
        for (element, constant) in state.iter_mut().zip(constants) {
            *element += constant;
        }
        let full = round < half || round >= half + width.partial_rounds();
        let boxes = if full { state.len() } else { 1 };
        for element in &mut state[..boxes] {
            *element = element.pow([5]);
        }
        let next: Vec<Fr> = parameters
            .matrix
            .iter()
            .map(|row| dot(row, state))
            .collect();
        state.copy_from_slice(&next);
    }
}

// `code/test_vectors.txt` of the reference repository,
// https://extgit.isec.tugraz.at/krypto/hadeshash
#[test]
fn reference_vector_of_three() {
    let mut state = [0u64, 1, 2].map(Fr::from);
    permute(Width::Three, &mut state);
    let expected = [
        MontFp!("0x28ce19420fc246a05553ad1e8c98f5c9d67166be2c18e9e4cb4b4e317dd2a78a"),
        MontFp!("0x51f3e312c95343a896cfd8945ea82ba956c1118ce9b9859b6ea56637b4b1ddc4"),
        MontFp!("0x3b2b69139b235626a0bfb56c9527ae66a7bf486ad8c11c14d1da0c69bbe0f79a"),
    ];
    assert_eq!(state, expected);
}

#[test]
fn reference_vector_of_five() {
    let mut state = [0u64, 1, 2, 3, 4].map(Fr::from);
    permute(Width::Five, &mut state);
    let expected = [
        MontFp!("0x2a918b9c9f9bd7bb509331c81e297b5707f6fc7393dcee1b13901a0b22202e18"),
        MontFp!("0x65ebf8671739eeb11fb217f2d5c5bf4a0c3f210e3f3cd3b08b5db75675d797f7"),
        MontFp!("0x2cc176fc26bc70737a696a9dfd1b636ce360ee76926d182390cdb7459cf585ce"),
        MontFp!("0x4dc4e29d283afd2a491fe6aef122b9a968e74eff05341f3cc23fda1781dcb566"),
        MontFp!("0x03ff622da276830b9451b88b85e6184fd6ae15c8ab3ee25a5667be8592cce3b1"),
    ];
    assert_eq!(state, expected);
}

#[test]
fn sparse_rounds_are_the_papers() {
    let mut drawn = (1..).map(|i| Fr::from(7u64).pow([i * 1_000_003]));
    for width in Width::ALL {
        for _ in 0..10 {
            let mut fast: Vec<Fr> = drawn.by_ref().take(width.elements()).collect();
            let mut slow = fast.clone();
            permute(width, &mut fast);
            naive(width, &mut slow);
            assert_eq!(fast, slow, "{width:?}");
        }
    }
}

#[test]
fn domains_and_inputs_separate() {
    let [one, two] = [1u64, 2].map(Fr::from);
    let hashes = [
        hash(Domain::Node, [one, two]),
        hash(Domain::Leaf, [one, two]),
        hash(Domain::Node, [two, one]),
        hash(Domain::Node, [one, two, Fr::ZERO]),
        hash(Domain::Digest(1), [one, two]),
        hash(Domain::Digest(2), [one, two]),
    ];
    for i in 0..hashes.len() {
        assert!(!hashes[..i].contains(&hashes[i]), "{i}");
    }
}

#[test]
fn the_sponge_depends_on_everything_absorbed() {
    let squeeze = |blocks: &[[u64; 5]]| {
        let mut sponge = Sponge::new(Domain::Digest(2));
        for block in blocks {
            sponge.absorb(block.map(Fr::from));
        }
        sponge.squeeze()
    };
    let base = squeeze(&[[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]);
    for changed in 0..10 {
        let mut blocks = [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]];
        blocks[changed / 5][changed % 5] += 1;
        assert_ne!(base, squeeze(&blocks), "{changed}");
    }
    assert_ne!(base, squeeze(&[[6, 7, 8, 9, 10], [1, 2, 3, 4, 5]]));
}
