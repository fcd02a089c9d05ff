//! What is said of a block, by what came back.

use crate::fixture::{Grid, grid};
use light_node::core::{
    Answer, Goal, Plan, Reason, SampleCount, Sampling, UnverifiedCommitments, Verdict,
    miss_probability,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use types::GridDimensions;

fn sampling(grid: &Grid, samples: u32) -> Sampling<u32> {
    let goal = Goal::Samples(SampleCount::new(samples).unwrap());
    let mut rng = StdRng::seed_from_u64(5);
    let plan = Plan::draw(grid.dimensions(), goal, &mut rng).unwrap();
    Sampling::new(plan, grid.root())
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(6)
}

#[test]
fn all_samples_verified_is_available() {
    let grid = grid();
    let mut sampling = sampling(grid, 32);
    for ask in sampling.ask(&[1, 2, 3, 4], &mut rng()) {
        let cells = grid.cells(ask.coordinates());
        sampling.answer(ask, Answer::Cells(cells)).unwrap();
    }
    assert_eq!(
        sampling.judge().figures.verified,
        0,
        "claims count for nothing"
    );
    assert!(
        sampling
            .verify(grid.setup(), grid.commitments())
            .unwrap()
            .is_empty()
    );
    let judgement = sampling.judge();
    assert_eq!(judgement.verdict, Verdict::Available);
    assert_eq!(judgement.reason, Reason::AllVerified);
    let figures = judgement.figures;
    assert_eq!((figures.samples, figures.asked), (32, 32));
    assert_eq!((figures.answered, figures.verified), (32, 32));
    assert_eq!((figures.peers, figures.largest_share), (4, 8));
    let expected = miss_probability(grid.dimensions(), 32);
    assert!((judgement.miss_probability - expected).abs() < f64::EPSILON);
    assert!(judgement.assumption().contains("195 of the 512 cells"));
}

#[test]
fn with_few_peers_it_says_so() {
    let grid = grid();
    let mut sampling = sampling(grid, 24);
    for ask in sampling.ask(&[1, 2], &mut rng()) {
        let cells = grid.cells(ask.coordinates());
        sampling.answer(ask, Answer::Cells(cells)).unwrap();
    }
    sampling.verify(grid.setup(), grid.commitments()).unwrap();
    let judgement = sampling.judge();
    assert_eq!(judgement.verdict, Verdict::Available);
    assert!(!judgement.is_well_spread());
    assert!(judgement.assumption().contains("few peers"));
}

#[test]
fn one_sample_that_nobody_gives_is_unavailable() {
    let grid = grid();
    let mut sampling = sampling(grid, 16);
    let withheld = sampling.ask(&[1], &mut rng()).remove(0);
    let hidden = withheld.coordinates()[3];
    let mut asks = vec![withheld];
    for round in 0..4 {
        for ask in asks {
            let mut cells = grid.cells(ask.coordinates());
            cells.retain(|cell| cell.at != hidden);
            sampling.answer(ask, Answer::Cells(cells)).unwrap();
        }
        assert_eq!(sampling.wanted(), 1, "round {round}");
        asks = sampling.ask(&[1, 2, 3], &mut rng());
    }
    sampling.verify(grid.setup(), grid.commitments()).unwrap();
    let judgement = sampling.judge();
    assert_eq!(judgement.verdict, Verdict::Unavailable);
    assert_eq!(judgement.reason, Reason::Withheld { samples: 1 });
    assert_eq!(judgement.figures.verified, 15);
    // The 15 are those that the withholder chose to give.
    assert!((judgement.miss_probability - 1.0).abs() < f64::EPSILON);
    assert!(judgement.assumption().contains("nothing is claimed"));
}

#[test]
fn a_sample_that_comes_from_another_peer_is_no_alarm() {
    let grid = grid();
    let mut sampling = sampling(grid, 16);
    for ask in sampling.ask(&[1, 2], &mut rng()) {
        let answer = match ask.peer() {
            1 => Answer::Refused,
            _ => Answer::Cells(grid.cells(ask.coordinates())),
        };
        sampling.answer(ask, answer).unwrap();
    }
    assert_eq!(sampling.wanted(), 8);
    for ask in sampling.ask(&[1, 2], &mut rng()) {
        assert_eq!(ask.peer(), 2);
        let cells = grid.cells(ask.coordinates());
        sampling.answer(ask, Answer::Cells(cells)).unwrap();
    }
    sampling.verify(grid.setup(), grid.commitments()).unwrap();
    assert_eq!(sampling.judge().verdict, Verdict::Available);
}

#[test]
fn an_open_question_at_the_deadline_is_met_with_silence() {
    let grid = grid();
    let mut sampling = sampling(grid, 8);
    let mut asks = sampling.ask(&[1, 2], &mut rng());
    let heard = asks.remove(0);
    let cells = grid.cells(heard.coordinates());
    sampling.answer(heard, Answer::Cells(cells)).unwrap();
    sampling.verify(grid.setup(), grid.commitments()).unwrap();
    let judgement = sampling.judge();
    assert_eq!(judgement.verdict, Verdict::Unavailable);
    assert_eq!(judgement.reason, Reason::Withheld { samples: 4 });
}

#[test]
fn without_peers_nothing_is_decided() {
    let mut sampling = sampling(grid(), 8);
    assert!(sampling.ask(&[], &mut rng()).is_empty());
    let judgement = sampling.judge();
    assert_eq!(judgement.verdict, Verdict::Undecided);
    assert_eq!(judgement.reason, Reason::NoPeers);
    assert!((judgement.miss_probability - 1.0).abs() < f64::EPSILON);
}

#[test]
fn silence_on_all_sides_decides_nothing() {
    for silence in [Answer::Silent, Answer::Unreachable, Answer::Busy] {
        let mut sampling = sampling(grid(), 8);
        for ask in sampling.ask(&[1, 2], &mut rng()) {
            sampling.answer(ask, silence.clone()).unwrap();
        }
        let judgement = sampling.judge();
        assert_eq!(judgement.verdict, Verdict::Undecided);
        assert_eq!(judgement.reason, Reason::NoAnswers);
    }
}

#[test]
fn a_busy_peer_is_no_withholding_one() {
    let grid = grid();
    let mut sampling = sampling(grid, 8);
    for ask in sampling.ask(&[1, 2], &mut rng()) {
        let answer = match ask.peer() {
            1 => Answer::Busy,
            _ => Answer::Cells(grid.cells(ask.coordinates())),
        };
        sampling.answer(ask, answer).unwrap();
    }
    sampling.verify(grid.setup(), grid.commitments()).unwrap();
    let judgement = sampling.judge();
    assert_eq!(judgement.verdict, Verdict::Undecided);
    assert_eq!(judgement.reason, Reason::PeersOverloaded { samples: 4 });
    assert!((judgement.miss_probability - 1.0).abs() < f64::EPSILON);
}

#[test]
fn a_refusal_is_heard_and_alarms() {
    let mut sampling = sampling(grid(), 8);
    for ask in sampling.ask(&[1, 2], &mut rng()) {
        sampling.answer(ask, Answer::Refused).unwrap();
    }
    let judgement = sampling.judge();
    assert_eq!(judgement.verdict, Verdict::Unavailable);
    assert_eq!(judgement.reason, Reason::Withheld { samples: 8 });
}

#[test]
fn a_block_without_rows_is_available() {
    let mut rng = rng();
    let plan = Plan::draw(GridDimensions::default(), Goal::default(), &mut rng).unwrap();
    let judgement = Sampling::<u32>::new(plan, grid().root()).judge();
    assert_eq!(judgement.verdict, Verdict::Available);
    assert_eq!(judgement.reason, Reason::NoGrid);
    assert!(judgement.miss_probability.abs() < f64::MIN_POSITIVE);
}

#[test]
fn commitments_that_match_the_header_become_its_grid() {
    let grid = grid();
    let claimed = UnverifiedCommitments::new(grid.commitments().commitments().to_vec());
    let verified = claimed.verify(&grid.header()).unwrap();
    assert_eq!(verified.commitments_root(), Some(grid.root()));
}
