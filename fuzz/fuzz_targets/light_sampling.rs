//! The sampling of a block under answers of any kind: what was not verified is not available, and
//! the figures add up.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use light_node::core::{Answer, Goal, MAX_ASK, Plan, SampleCount, Sampling, Verdict};
use rand::SeedableRng;
use rand::rngs::StdRng;
use types::{Cell, CommitmentsRoot, Coordinates, GridDimensions, Proof, UnverifiedCell};

#[derive(Arbitrary, Debug)]
enum Reply {
    /// Cells: of the places asked for as the bits say, and of these others.
    Cells(u64, Vec<u16>),
    Refused,
    Silent,
    Busy,
    Unreachable,
    /// Never any: the question stays open.
    Nothing,
}

#[derive(Arbitrary, Debug)]
struct Input {
    rows: u16,
    samples: u16,
    seed: u64,
    rounds: Vec<(u8, Vec<Reply>)>,
}

fn cell(at: Coordinates) -> UnverifiedCell {
    let (cell, proof) = (Cell::zero(), Proof::new([0; 48]));
    UnverifiedCell { at, cell, proof }
}

fuzz_target!(|input: Input| {
    let dimensions = GridDimensions::new(u64::from(input.rows % 257)).unwrap();
    let goal = SampleCount::new(u32::from(input.samples)).map_or(Goal::default(), Goal::Samples);
    let mut rng = StdRng::seed_from_u64(input.seed);
    let plan = Plan::draw(dimensions, goal, &mut rng).unwrap();
    let mut sampling = Sampling::new(plan.clone(), CommitmentsRoot::new([0; 32]));
    for (peers, replies) in input.rounds.iter().take(6) {
        let peers: Vec<u8> = (0..8).filter(|peer| peers >> peer & 1 == 1).collect();
        let mut replies = replies.iter();
        for ask in sampling.ask(&peers, &mut rng) {
            assert!(peers.contains(&ask.peer()) && ask.coordinates().len() <= MAX_ASK);
            let answer = match replies.next() {
                Some(Reply::Cells(places, others)) => {
                    let asked = ask.coordinates().iter().enumerate();
                    let given = asked.filter(|(k, _)| places >> (k % 64) & 1 == 1);
                    let mut cells: Vec<_> = given.map(|(_, at)| cell(*at)).collect();
                    for other in others.iter().take(8) {
                        cells.extend(dimensions.cell(u64::from(*other)).ok().map(cell));
                    }
                    Answer::Cells(cells)
                }
                Some(Reply::Refused) => Answer::Refused,
                Some(Reply::Silent) => Answer::Silent,
                Some(Reply::Busy) => Answer::Busy,
                Some(Reply::Unreachable) => Answer::Unreachable,
                Some(Reply::Nothing) | None => continue,
            };
            let _ = sampling.answer(ask, answer);
        }
        let figures = sampling.figures();
        assert_eq!(figures.samples, plan.coordinates().len());
        assert!(sampling.wanted() + sampling.claimed() + sampling.verified() <= figures.samples);
        assert!(figures.answered <= figures.asked && figures.asked <= figures.samples);
    }
    let is_available = sampling.judge().verdict == Verdict::Available;
    assert_eq!(is_available, dimensions.is_empty());
});
