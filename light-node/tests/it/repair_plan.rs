//! What can be rebuilt, against peeling one line at a time.

use light_node::core::repair::{CellSet, Line, Lines, RebuildPlan, is_recoverable};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use types::{ColumnIndex, Coordinates, GridDimensions, GridRow, RowIndex};

fn dimensions(rows: u64) -> GridDimensions {
    GridDimensions::new(rows).unwrap()
}

fn column(index: u64) -> ColumnIndex {
    ColumnIndex::new(index).unwrap()
}

/// The 2N rows of a grid.
fn rows(dimensions: GridDimensions) -> Vec<GridRow> {
    let indices = || (0..u64::from(dimensions.rows())).map(|i| RowIndex::new(i).unwrap());
    let data = indices().map(GridRow::Data);
    data.chain(indices().map(GridRow::Parity)).collect()
}

/// Everything but a rectangle of so many rows by so many columns, at chance places.
fn without_rectangle(
    dimensions: GridDimensions,
    height: usize,
    width: usize,
    rng: &mut StdRng,
) -> CellSet {
    let mut set = CellSet::all(dimensions);
    let mut rows = rows(dimensions);
    let mut columns: Vec<_> = ColumnIndex::all().collect();
    rows.shuffle(rng);
    columns.shuffle(rng);
    for row in &rows[..height] {
        for column in &columns[..width] {
            let at = Coordinates {
                row: *row,
                column: *column,
            };
            set.remove(at).unwrap();
        }
    }
    set
}

fn random_set(dimensions: GridDimensions, part: f64, rng: &mut StdRng) -> CellSet {
    let mut set = CellSet::none(dimensions);
    for at in CellSet::all(dimensions).iter() {
        if rng.random_bool(part) {
            set.insert(at).unwrap();
        }
    }
    set
}

fn cells_of(line: Line, dimensions: GridDimensions) -> Vec<Coordinates> {
    match line {
        Line::Row(row) => ColumnIndex::all()
            .map(|column| Coordinates { row, column })
            .collect(),
        Line::Column(column) => rows(dimensions)
            .into_iter()
            .map(|row| Coordinates { row, column })
            .collect(),
    }
}

/// Whether the line has what rebuilds it; and rebuilds it.
fn rebuild(set: &mut CellSet, line: Line) -> bool {
    let dimensions = set.dimensions();
    let needed = match line {
        Line::Row(_) => 64,
        Line::Column(_) => usize::from(dimensions.rows()),
    };
    let cells = cells_of(line, dimensions);
    let has = cells.iter().filter(|at| set.contains(**at)).count();
    if has < needed || has == cells.len() {
        return false;
    }
    for at in cells {
        set.insert(at).unwrap();
    }
    true
}

/// The naive twin: lines in chance order, one at a time, until none can be rebuilt.
fn peel(held: &CellSet, mode: Lines, rng: &mut StdRng) -> CellSet {
    let mut set = held.clone();
    let mut lines: Vec<Line> = ColumnIndex::all().map(Line::Column).collect();
    if mode == Lines::Both {
        lines.extend(rows(held.dimensions()).into_iter().map(Line::Row));
    }
    loop {
        lines.shuffle(rng);
        let mut progress = false;
        for line in &lines {
            progress |= rebuild(&mut set, *line);
        }
        if !progress {
            return set;
        }
    }
}

#[test]
fn the_plan_reaches_what_peeling_in_any_order_reaches() {
    let mut rng = StdRng::seed_from_u64(1);
    let (mut whole, mut stuck) = (0, 0);
    for n in [1, 2, 3, 5, 8, 16] {
        for part in [0.2, 0.35, 0.38, 0.4, 0.42, 0.45, 0.5, 0.6] {
            let held = random_set(dimensions(n), part, &mut rng);
            for mode in [Lines::Columns, Lines::Both] {
                let plan = RebuildPlan::new(&held, mode);
                assert_eq!(*plan.reached(), peel(&held, mode, &mut rng), "{n} {part}");
                // Each line is possible in its turn, and adds something.
                let mut set = held.clone();
                for line in plan.lines() {
                    assert!(rebuild(&mut set, *line), "{line:?}");
                }
                assert_eq!(set, *plan.reached());
                let is_column = |line: &Line| matches!(line, Line::Column(_));
                assert!(mode == Lines::Both || plan.lines().iter().all(is_column));
            }
            match is_recoverable(&held) {
                true => whole += 1,
                false => stuck += 1,
            }
        }
    }
    assert!(whole > 5 && stuck > 5, "{whole} {stuck}");
}

#[test]
fn recovery_flips_exactly_at_the_smallest_rectangle() {
    let mut rng = StdRng::seed_from_u64(2);
    for n in [1, 2, 3, 64, 200, 256] {
        let dimensions = dimensions(n);
        let height = usize::from(dimensions.rows()) + 1;
        let stops = without_rectangle(dimensions, height, 65, &mut rng);
        let withheld = dimensions.cells() - stops.len() as u64;
        assert_eq!(withheld, dimensions.min_withheld());
        assert!(!is_recoverable(&stops), "N = {n}");
        // Nothing at all follows.
        assert_eq!(*RebuildPlan::new(&stops, Lines::Both).reached(), stops);
        let mut one_more = stops.clone();
        let missing = CellSet::all(dimensions)
            .iter()
            .find(|at| !stops.contains(*at));
        one_more.insert(missing.unwrap()).unwrap();
        assert!(is_recoverable(&one_more), "N = {n}");
        for (height, width) in [(height - 1, 128), (2 * height - 2, 64)] {
            let set = without_rectangle(dimensions, height, width, &mut rng);
            assert!(is_recoverable(&set), "N = {n}: {height} by {width}");
        }
    }
}

#[test]
fn fewer_than_the_smallest_rectangle_never_stop_it() {
    let mut rng = StdRng::seed_from_u64(3);
    for n in [1, 4, 9] {
        let dimensions = dimensions(n);
        for _ in 0..20 {
            let mut cells: Vec<_> = CellSet::all(dimensions).iter().collect();
            cells.shuffle(&mut rng);
            let mut set = CellSet::all(dimensions);
            for at in &cells[..dimensions.min_withheld() as usize - 1] {
                set.remove(*at).unwrap();
            }
            assert!(is_recoverable(&set));
        }
    }
}

#[test]
fn a_grid_without_rows_needs_nothing() {
    let none = CellSet::none(dimensions(0));
    assert!(none.is_empty() && none.is_full() && is_recoverable(&none));
    assert!(RebuildPlan::new(&none, Lines::Both).lines().is_empty());
}

#[test]
fn a_set_is_what_was_put_in() {
    let mut rng = StdRng::seed_from_u64(4);
    for n in [1, 3, 256] {
        let dimensions = dimensions(n);
        let set = random_set(dimensions, 0.3, &mut rng);
        let cells: Vec<_> = set.iter().collect();
        assert_eq!(set.len(), cells.len());
        assert!(cells.iter().all(|at| set.contains(*at)));
        let mut numbers = (0..dimensions.cells()).map(|i| dimensions.cell(i).unwrap());
        assert!(
            cells.iter().all(|at| numbers.any(|other| other == *at)),
            "in order"
        );
        let mut by_row = CellSet::none(dimensions);
        for (row, bits) in set.by_row() {
            assert_eq!(bits.count_ones() as usize, set.in_row(row));
            by_row.insert_row(row, bits).unwrap();
        }
        assert_eq!(by_row, set);
        let columns: usize = ColumnIndex::all().map(|column| set.in_column(column)).sum();
        assert_eq!(columns, set.len());
        let mut union = random_set(dimensions, 0.3, &mut rng);
        let other = union.clone();
        union.extend(&set);
        let both = |at: &Coordinates| set.contains(*at) || other.contains(*at);
        assert!(
            CellSet::all(dimensions)
                .iter()
                .all(|at| union.contains(at) == both(&at))
        );
    }
}

#[test]
fn bad_input_cells_outside_the_grid() {
    let mut set = CellSet::none(dimensions(3));
    let row = GridRow::Parity(RowIndex::new(3).unwrap());
    let at = Coordinates {
        row,
        column: column(0),
    };
    assert!(matches!(
        set.insert(at),
        Err(types::Error::OutsideGrid { .. })
    ));
    assert!(matches!(
        set.remove(at),
        Err(types::Error::OutsideGrid { .. })
    ));
    assert!(set.insert_row(row, 1).is_err());
    assert!(!set.contains(at) && set.in_row(row) == 0);
    let before = set.clone();
    set.extend(&CellSet::all(dimensions(4)));
    assert_eq!(set, before);
}
