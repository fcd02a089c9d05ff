#![allow(clippy::unwrap_used)]

use super::{Shape, without};
use light_node::core::repair::is_recoverable;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use types::GridDimensions;

const SHAPES: [Shape; 5] = [
    Shape::Random,
    Shape::Rectangle,
    Shape::RectangleMinusOne,
    Shape::Row,
    Shape::Column,
];

fn grids() -> impl Iterator<Item = GridDimensions> {
    [1, 2, 3, 4, 7, 16, 64]
        .map(|rows| GridDimensions::new(rows).unwrap())
        .into_iter()
}

#[test]
fn as_many_cells_are_drawn_as_are_named() {
    for dimensions in grids() {
        for shape in SHAPES {
            let drawn = shape
                .draw(dimensions, &mut StdRng::seed_from_u64(3))
                .unwrap();
            assert_eq!(
                drawn.len() as u64,
                shape.withheld(dimensions),
                "{shape:?} {dimensions}"
            );
        }
    }
}

#[test]
fn recovery_flips_exactly_at_the_last_cell_of_a_rectangle() {
    for dimensions in grids() {
        for seed in 0..10 {
            for shape in SHAPES {
                let drawn = shape
                    .draw(dimensions, &mut StdRng::seed_from_u64(seed))
                    .unwrap();
                let left = without(&drawn).unwrap();
                assert_eq!(
                    is_recoverable(&left),
                    shape.is_recoverable(),
                    "{shape:?} {dimensions} seed {seed}"
                );
            }
            let rng = || StdRng::seed_from_u64(seed);
            let mut left =
                without(&Shape::Rectangle.draw(dimensions, &mut rng()).unwrap()).unwrap();
            let less = without(
                &Shape::RectangleMinusOne
                    .draw(dimensions, &mut rng())
                    .unwrap(),
            );
            let added = less.unwrap().iter().find(|at| !left.contains(*at)).unwrap();
            left.insert(added).unwrap();
            assert!(is_recoverable(&left), "{dimensions} seed {seed}");
        }
    }
}

#[test]
fn every_line_of_a_rectangle_is_one_cell_short() {
    for dimensions in grids() {
        let drawn = Shape::Rectangle
            .draw(dimensions, &mut StdRng::seed_from_u64(5))
            .unwrap();
        let (mut rows, mut columns) = (BTreeMap::new(), BTreeMap::new());
        for at in drawn.iter() {
            *rows.entry(at.row).or_insert(0) += 1;
            *columns.entry(at.column).or_insert(0) += 1;
        }
        assert!(rows.values().all(|missing| *missing == 65));
        let short = u64::from(dimensions.rows()) + 1;
        assert!(columns.values().all(|missing| *missing == short));
    }
}

#[test]
fn the_same_seed_draws_the_same() {
    let dimensions = GridDimensions::new(8).unwrap();
    for shape in SHAPES {
        let drawn = |seed| {
            shape
                .draw(dimensions, &mut StdRng::seed_from_u64(seed))
                .unwrap()
        };
        assert_eq!(drawn(1), drawn(1));
        assert!((2..20).any(|seed| drawn(seed) != drawn(1)), "{shape:?}");
    }
}
