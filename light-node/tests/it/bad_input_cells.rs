//! Cells and commitments that are not what was asked for: never verified, and whoever sent
//! them is not asked again.

use crate::fixture::{Grid, grid, other_grid};
use commitments::CommitmentError;
use light_node::Error;
use light_node::core::{
    Answer, Fault, Goal, Plan, SampleCount, Sampling, UnverifiedCommitments, Verdict,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use types::{ColumnIndex, Commitment, Coordinates, UnverifiedCell};

const HONEST: u32 = 1;
const LIAR: u32 = 2;

fn rng() -> StdRng {
    StdRng::seed_from_u64(8)
}

fn sampling(grid: &Grid) -> Sampling<u32> {
    let goal = Goal::Samples(SampleCount::new(12).unwrap());
    let plan = Plan::draw(grid.dimensions(), goal, &mut rng()).unwrap();
    Sampling::new(plan, grid.root())
}

/// One peer answers honestly, the other's cells go through `falsify`; then everything is
/// asked again of both.
fn sample_with_a_liar(falsify: impl Fn(&mut UnverifiedCell)) -> (usize, Sampling<u32>) {
    let grid = grid();
    let mut sampling = sampling(grid);
    let mut false_cells = 0;
    for ask in sampling.ask(&[HONEST, LIAR], &mut rng()) {
        let mut cells = grid.cells(ask.coordinates());
        if ask.peer() == LIAR {
            cells.iter_mut().for_each(&falsify);
            false_cells = cells.len();
        }
        sampling.answer(ask, Answer::Cells(cells)).unwrap();
    }
    let lies = sampling.verify(grid.setup(), grid.commitments()).unwrap();
    assert_eq!(lies.len(), false_cells);
    assert!(
        lies.iter()
            .all(|lie| lie.peer == LIAR && lie.fault.is_peer_fault())
    );
    assert_eq!(sampling.figures().liars, 1);
    assert_ne!(sampling.judge().verdict, Verdict::Available);
    (false_cells, sampling)
}

/// After the lie everything goes to the honest peer, and the block is available.
fn recover(mut sampling: Sampling<u32>) {
    let grid = grid();
    for ask in sampling.ask(&[HONEST, LIAR], &mut rng()) {
        assert_eq!(ask.peer(), HONEST);
        let cells = grid.cells(ask.coordinates());
        sampling.answer(ask, Answer::Cells(cells)).unwrap();
    }
    assert!(
        sampling
            .verify(grid.setup(), grid.commitments())
            .unwrap()
            .is_empty()
    );
    assert_eq!(sampling.judge().verdict, Verdict::Available);
}

/// Another cell of the same grid, claimed to stand where `at` does.
fn in_place_of(at: Coordinates) -> UnverifiedCell {
    let column = ColumnIndex::new((u64::from(at.column.get()) + 1) % 128).unwrap();
    let mut cells = grid().cells(&[Coordinates { column, ..at }]);
    let mut cell = cells.remove(0);
    cell.at = at;
    cell
}

#[test]
fn a_cell_of_another_column_in_its_place() {
    let (missing, sampling) = sample_with_a_liar(|cell| *cell = in_place_of(cell.at));
    assert_eq!(sampling.wanted(), missing);
    recover(sampling);
}

#[test]
fn a_cell_with_the_proof_of_another() {
    let (_, sampling) = sample_with_a_liar(|cell| cell.proof = in_place_of(cell.at).proof);
    recover(sampling);
}

#[test]
fn a_proof_that_is_no_point() {
    let (_, sampling) = sample_with_a_liar(|cell| cell.proof = types::Proof::new([0x11; 48]));
    recover(sampling);
}

#[test]
fn changed_data_under_the_right_proof() {
    let (_, sampling) = sample_with_a_liar(|cell| cell.cell = types::Cell::zero());
    recover(sampling);
}

#[test]
fn a_cell_of_another_block() {
    let other = other_grid();
    let (_, sampling) = sample_with_a_liar(|cell| *cell = other.cells(&[cell.at]).remove(0));
    recover(sampling);
}

#[test]
fn when_everybody_lies_nothing_is_available() {
    let grid = grid();
    let mut sampling = sampling(grid);
    for ask in sampling.ask(&[3, 4, 5], &mut rng()) {
        let cells = ask
            .coordinates()
            .iter()
            .map(|&at| in_place_of(at))
            .collect();
        sampling.answer(ask, Answer::Cells(cells)).unwrap();
    }
    let lies = sampling.verify(grid.setup(), grid.commitments()).unwrap();
    assert_eq!(lies.len(), 12);
    assert!(sampling.ask(&[3, 4, 5], &mut rng()).is_empty());
    let judgement = sampling.judge();
    assert_eq!(judgement.verdict, Verdict::Unavailable);
    assert_eq!(
        (judgement.figures.answered, judgement.figures.verified),
        (0, 0)
    );
    assert!((judgement.miss_probability - 1.0).abs() < f64::EPSILON);
}

#[test]
fn a_cell_that_was_not_asked_for_spoils_the_answer() {
    let grid = grid();
    let mut sampling = sampling(grid);
    let ask = sampling.ask(&[LIAR], &mut rng()).remove(0);
    let mut cells = grid.cells(ask.coordinates());
    let asked = ask.coordinates().to_vec();
    let other = (0..grid.dimensions().cells())
        .map(|number| grid.dimensions().cell(number).unwrap())
        .find(|at| !asked.contains(at))
        .unwrap();
    cells[5].at = other;
    let fault = sampling.answer(ask, Answer::Cells(cells)).unwrap_err();
    assert_eq!(fault, Fault::NotAsked { at: other });
    assert_eq!((sampling.wanted(), sampling.claimed()), (12, 0));
    assert!(sampling.ask(&[LIAR], &mut rng()).is_empty());
    recover(sampling);
}

#[test]
fn a_cell_that_comes_twice_spoils_the_answer() {
    let grid = grid();
    let mut sampling = sampling(grid);
    let ask = sampling.ask(&[LIAR], &mut rng()).remove(0);
    let mut cells = grid.cells(ask.coordinates());
    cells.push(cells[0].clone());
    let at = cells[0].at;
    let fault = sampling.answer(ask, Answer::Cells(cells)).unwrap_err();
    assert_eq!(fault, Fault::Twice { at });
    assert_eq!(sampling.claimed(), 0);
}

#[test]
fn cells_are_not_verified_against_another_block() {
    let grid = grid();
    let mut sampling = sampling(grid);
    for ask in sampling.ask(&[HONEST], &mut rng()) {
        let cells = grid.cells(ask.coordinates());
        sampling.answer(ask, Answer::Cells(cells)).unwrap();
    }
    let error = sampling
        .verify(grid.setup(), other_grid().commitments())
        .unwrap_err();
    assert!(
        matches!(error, Error::OtherBlock { got: Some(got), expected }
        if got == other_grid().root() && expected == grid.root())
    );
    assert_eq!(sampling.verified(), 0);
}

#[test]
fn commitments_of_another_block() {
    let claimed = UnverifiedCommitments::new(other_grid().commitments().commitments().to_vec());
    let error = claimed.verify(&grid().header()).unwrap_err();
    assert!(matches!(
        error,
        Error::Commitments(CommitmentError::WrongRoot { got, expected })
            if got == other_grid().root() && expected == grid().root()
    ));
    assert!(error.is_peer_fault());
}

#[test]
fn a_commitment_too_few_or_too_many() {
    let all = grid().commitments().commitments().to_vec();
    for count in [0, 1, 3] {
        let some: Vec<Commitment> = all.iter().copied().cycle().take(count).collect();
        let error = UnverifiedCommitments::new(some).verify(&grid().header());
        assert!(matches!(
            error,
            Err(Error::CommitmentCount { got, expected: 2 }) if got == count
        ));
    }
}
