//! Sums of multiples of points among which equal, opposite and infinite ones abound: every engine
//! against the discrete logarithms.
#![no_main]

use algebra::{Engine, FixedBase, Fr, G1Affine, TableSize};
use arbitrary::Arbitrary;
use fuzz::points::{Point, multiple};
use fuzz::scalars::{Run, Scalar, runs};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Term {
    point: Point,
    scalar: Scalar,
    more: u8,
}

#[derive(Arbitrary, Debug)]
enum Input {
    Sum(Vec<Term>),
    Short(Vec<(Point, u128, u8)>),
    /// The shorter of the two is taken for both, but for `extra` points.
    Multiples {
        points: Vec<Point>,
        scalars: Vec<Run>,
        extra: u8,
    },
    Fixed {
        points: Vec<(Point, u8)>,
        groups: u8,
        small: bool,
        scalars: Vec<Run>,
        vectors: u8,
    },
}

/// Most terms of a sum.
const MOST: usize = 600;

fuzz_target!(|input: Input| match input {
    Input::Sum(terms) => {
        let terms = terms
            .iter()
            .flat_map(|t| std::iter::repeat_n((t.point, t.scalar.get()), usize::from(t.more) + 1))
            .take(MOST);
        let (points, scalars): (Vec<Point>, Vec<Fr>) = terms.unzip();
        let expected = multiple(points.iter().zip(&scalars).map(|(p, s)| p.log() * *s).sum());
        let points: Vec<G1Affine> = points.into_iter().map(Point::get).collect();
        for engine in Engine::all() {
            assert_eq!(engine.msm(&points, &scalars), Ok(expected), "{engine}");
            assert!(
                engine
                    .msm(&points, &scalars[scalars.len().min(1)..])
                    .is_err()
                    || points.is_empty()
            );
        }
    }
    Input::Short(terms) => {
        let terms = terms
            .iter()
            .flat_map(|(point, s, more)| std::iter::repeat_n((*point, *s), usize::from(*more) + 1))
            .take(MOST);
        let (points, scalars): (Vec<Point>, Vec<u128>) = terms.unzip();
        let products = points.iter().zip(&scalars);
        let expected = multiple(products.map(|(p, s)| p.log() * Fr::from_u128(*s)).sum());
        let points: Vec<G1Affine> = points.into_iter().map(Point::get).collect();
        for engine in Engine::all() {
            assert_eq!(
                engine.msm_short(&points, &scalars),
                Ok(expected),
                "{engine}"
            );
        }
    }
    Input::Multiples {
        points,
        scalars,
        extra,
    } => {
        let scalars = runs(&scalars, points.len().min(24));
        let extra = usize::from(extra % 4);
        let used: Vec<G1Affine> = points
            .iter()
            .take(scalars.len() + extra)
            .map(|p| p.get())
            .collect();
        let products = points.iter().zip(&scalars);
        let expected: Vec<G1Affine> = products.map(|(p, s)| multiple(p.log() * *s)).collect();
        for engine in Engine::all() {
            match engine.mul_points(&used, &scalars) {
                Ok(got) => assert_eq!(got, expected, "{engine}"),
                Err(_) => assert_ne!(used.len(), scalars.len(), "{engine}"),
            }
        }
    }
    Input::Fixed {
        points,
        groups,
        small,
        scalars,
        vectors,
    } => {
        let groups = usize::from(groups % 9);
        let points: Vec<Point> = points
            .iter()
            .flat_map(|(point, more)| std::iter::repeat_n(*point, usize::from(*more % 16) + 1))
            .take(48)
            .collect();
        let size = if small {
            TableSize::Small
        } else {
            TableSize::Standard
        };
        let whole = groups > 0 && !points.is_empty() && points.len().is_multiple_of(groups);
        let affine: Vec<G1Affine> = points.iter().map(|p| p.get()).collect();
        let mut scalars = runs(&scalars, 4 * 48);
        let few = scalars.clone();
        scalars.resize(points.len() * usize::from(vectors % 5), Fr::ONE);
        for engine in Engine::all() {
            let made = FixedBase::new(engine, &affine, groups, size);
            if !whole {
                assert!(made.is_err() || points.is_empty(), "{engine}");
                continue;
            }
            let base = made.unwrap();
            let terms = points.len() / groups;
            let expected: Vec<G1Affine> = scalars
                .chunks_exact(terms)
                .zip(points.chunks_exact(terms).cycle())
                .map(|(s, p)| multiple(s.iter().zip(p).map(|(s, p)| p.log() * *s).sum()))
                .collect();
            assert_eq!(base.sums(&scalars), Ok(expected), "{engine}");
            let fits = few.len().is_multiple_of(points.len());
            assert_eq!(base.sums(&few).is_ok(), fits, "{engine}");
        }
    }
});
