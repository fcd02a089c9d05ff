use blst::{blst_fp, blst_fp_add, blst_fp_cneg, blst_fp_sub};

use super::{ABOVE, ONE, ZERO, add, half, is_zero, negate_if, square, sub};

/// What breaks carries: 0, 1, R mod p, p − 1, words of ones and of zeros; and a chain of products.
fn elements() -> Vec<blst_fp> {
    let [_, p] = &ABOVE;
    let with = |i: usize, word: u64| {
        let mut out = ZERO;
        out.l[i] = word;
        out
    };
    let mut out = vec![ZERO, ONE, sub(&ZERO, &ONE), sub(&ZERO, &with(0, 1))];
    out.extend((0..6).map(|i| with(i, 1)));
    out.extend((0..5).map(|i| with(i, u64::MAX)));
    out.push(blst_fp {
        l: [u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, p[5] - 1],
    });
    let mut element = with(3, 0x1234_5678_9abc_def0);
    for _ in 0..20 {
        let mut squared = ZERO;
        square(&mut squared, &element);
        element = add(&squared, &ONE);
        out.push(element);
    }
    out
}

#[test]
fn sums_and_differences_are_those_of_blst() {
    for a in &elements() {
        for b in &elements() {
            let (mut sum, mut difference) = (ZERO, ZERO);
            // SAFETY: all pointers are to live elements.
            unsafe {
                blst_fp_add(&raw mut sum, a, b);
                blst_fp_sub(&raw mut difference, a, b);
            }
            assert_eq!(add(a, b), sum, "{a:?} + {b:?}");
            assert_eq!(sub(a, b), difference, "{a:?} - {b:?}");
        }
        let halved = half(a);
        assert!(halved.l.iter().rev().lt(ABOVE[1].iter().rev()), "{a:?} / 2");
        assert_eq!(add(&halved, &halved), *a, "{a:?} / 2");
        let mut opposite = ZERO;
        // SAFETY: both pointers are to live elements.
        unsafe { blst_fp_cneg(&raw mut opposite, a, true) };
        assert_eq!(negate_if(a, false), *a);
        let negated = negate_if(a, true);
        let expected = if is_zero(a) { ABOVE[1] } else { opposite.l };
        assert_eq!(negated.l, expected, "-{a:?}");
    }
}
