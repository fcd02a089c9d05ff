//! How a sum is laid out over windows, copies and buckets.

/// The layout of a sum of multiples by signed windows.
///
/// Window w of `width` bits belongs to copy w / `sets` of the points, which holds their multiples
/// by 2^(width·sets·copy), and to the set w mod `sets` of buckets. With a copy for each window one
/// set of buckets serves all of them (Brickell, Gordon, McCurley, Wilson, EUROCRYPT '92); with one
/// copy this is Pippenger's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Bits of a window.
    pub(crate) width: u32,
    /// Windows of an integer.
    pub(crate) windows: usize,
    /// Sets of buckets.
    pub(crate) sets: usize,
    /// Copies of each point.
    pub(crate) copies: usize,
}

/// Widths that are considered: a bucket's number and a sign fit 16 bits.
const WIDTHS: std::ops::RangeInclusive<u32> = 2..=15;

impl Shape {
    /// The cheapest layout of a sum of `terms` integers below 2^`bits`, with at most `max_copies`
    /// copies of each point.
    pub(crate) fn cheapest(terms: usize, bits: usize, max_copies: usize) -> Self {
        let mut best = Self::of_width(2, bits, max_copies);
        for width in WIDTHS {
            let shape = Self::of_width(width, bits, max_copies);
            if shape.additions(terms) < best.additions(terms) {
                best = shape;
            }
        }
        best
    }

    fn of_width(width: u32, bits: usize, max_copies: usize) -> Self {
        // One bit more than the integer has: the last digit must not carry.
        let windows = (bits + 1).div_ceil(width as usize);
        let sets = windows.div_ceil(max_copies.max(1));
        Self {
            width,
            windows,
            sets,
            copies: windows.div_ceil(sets),
        }
    }

    /// Additions and doublings of such a sum: into buckets, sums of rows and columns of buckets,
    /// of those by bits, and Horner's rule.
    fn additions(&self, terms: usize) -> usize {
        let (low, high) = (self.low_bits(), self.width - self.low_bits());
        let by_bits = (low as usize) << low >> 1 | (high as usize) << high >> 2;
        let buckets = self.buckets() * 3 / 2;
        terms * self.windows + self.sets * (buckets + by_bits + 2 * self.width as usize)
    }

    /// Buckets of a set: bucket k − 1 collects the digits ±k.
    pub(crate) fn buckets(&self) -> usize {
        1 << (self.width - 1)
    }

    /// Low bits of a bucket's number k when it is split in two.
    pub(crate) fn low_bits(&self) -> u32 {
        self.width / 2
    }

    /// Powers of two in Horner's rule.
    pub(crate) fn bits(&self) -> usize {
        self.sets * self.width as usize
    }
}
