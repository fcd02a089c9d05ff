use super::admit;
use crate::AlgebraError;
use crate::sums::MOST_POINTS;

#[test]
fn points_and_groups_have_bounds() {
    assert_eq!(admit(MOST_POINTS, 1), Ok(()));
    assert_eq!(admit(MOST_POINTS, MOST_POINTS), Ok(()));
    assert_eq!(admit(0, 3), Ok(()));
    let count = |what, got, expected| {
        Err(AlgebraError::Count {
            what,
            got,
            expected,
        })
    };
    let points = MOST_POINTS + 1;
    assert_eq!(admit(points, 1), count("points", points, 0..=MOST_POINTS));
    assert_eq!(admit(0, 0), count("groups", 0, 1..=MOST_POINTS));
    assert_eq!(admit(5, 0), count("groups", 0, 1..=MOST_POINTS));
}
