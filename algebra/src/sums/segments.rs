//! Sums of many lists of points by rounds of pairwise additions.

use super::{Adder, Pair, Term};

/// Terms that are summed at a time: bounds the memory, and keeps it in the processor's cache.
const BLOCK: usize = 1 << 13;

/// The sum of every segment of `terms`: segment s ends before `ends[s]` and starts where the one
/// before it ends. Segments may be empty.
///
/// However the terms are spread over the segments, the rounds are few: a list of l terms takes
/// log₂ l of them.
pub(crate) fn sum_segments<A: Adder>(
    adder: &mut A,
    source: &[A::Point],
    terms: &[Term],
    ends: &[u32],
) -> Vec<A::Point> {
    let mut sums = vec![A::INFINITY; ends.len()];
    let mut rounds = Rounds::new(adder, terms.len().min(BLOCK));
    // Sums of the pieces of segments that do not end in the block they start in.
    let mut cut: Vec<(usize, A::Point)> = Vec::new();
    let mut segment = 0;
    for (block, terms) in terms.chunks(BLOCK).enumerate() {
        let start = block * BLOCK;
        let end = start + terms.len();
        let first = segment;
        rounds.lengths.clear();
        let mut piece_start = start;
        while piece_start < end {
            let piece_end = (ends[segment] as usize).min(end);
            rounds.lengths.push(piece_end - piece_start);
            piece_start = piece_end;
            if ends[segment] as usize <= end {
                segment += 1;
            } else {
                break;
            }
        }
        rounds.run(adder, source, terms);
        let pieces = rounds.lengths.len();
        for (i, sum) in rounds.sums().enumerate() {
            let Some(sum) = sum else { continue };
            let starts_before = i == 0 && first > 0 && (ends[first - 1] as usize) < start
                || i == 0 && first == 0 && start > 0;
            let ends_after = i + 1 == pieces && ends[first + i] as usize > end;
            if starts_before || ends_after {
                cut.push((first + i, *sum));
            } else {
                sums[first + i] = *sum;
            }
        }
    }
    *adder.arena() = rounds.arena;
    if !cut.is_empty() {
        join(adder, &cut, &mut sums);
    }
    sums
}

/// Sums the pieces of each segment that was cut.
fn join<A: Adder>(adder: &mut A, cut: &[(usize, A::Point)], sums: &mut [A::Point]) {
    let points: Vec<A::Point> = cut.iter().map(|(_, point)| *point).collect();
    let mut terms = Vec::with_capacity(cut.len());
    let mut segments: Vec<usize> = Vec::new();
    let mut ends: Vec<u32> = Vec::new();
    for (i, (segment, _)) in (0u32..).zip(cut) {
        terms.push(Term::new(i, false));
        if segments.last() == Some(segment) {
            ends.pop();
        } else {
            segments.push(*segment);
        }
        ends.push(i + 1);
    }
    let joined = sum_segments(adder, &points, &terms, &ends);
    for (segment, sum) in segments.into_iter().zip(joined) {
        sums[segment] = sum;
    }
}

/// The working memory of the rounds over a block.
struct Rounds<P> {
    /// Terms left in each piece of a segment.
    lengths: Vec<usize>,
    /// Results of the rounds, one round behind the other.
    arena: Vec<P>,
    /// How much of the arena is in use.
    used: usize,
    /// Where in the arena the terms left are, piece after piece.
    left: Vec<Term>,
    pairs: Vec<Pair>,
    /// Terms of the source without a partner.
    singles: Vec<Term>,
}

impl<P: Copy> Rounds<P> {
    fn new<A: Adder<Point = P>>(adder: &mut A, terms: usize) -> Self {
        // Fresh memory would cost as much as many an addition: the system clears it.
        let mut arena = std::mem::take(adder.arena());
        // Each addition, and each copy, makes a term less or reads one of the source.
        if arena.len() < terms {
            arena.resize(terms, A::INFINITY);
        }
        Self {
            lengths: Vec::new(),
            arena,
            used: 0,
            left: Vec::with_capacity(terms),
            pairs: Vec::with_capacity(terms / 2),
            singles: Vec::new(),
        }
    }

    /// Adds up the pieces, whose lengths are those of `terms` together.
    fn run<A: Adder<Point = P>>(&mut self, adder: &mut A, source: &[P], terms: &[Term]) {
        self.first(adder, source, terms);
        while self.lengths.iter().any(|length| *length > 1) {
            self.next(adder);
        }
    }

    /// The round that reads the source. A term that finds no partner is copied.
    fn first<A: Adder<Point = P>>(&mut self, adder: &mut A, source: &[P], terms: &[Term]) {
        let pairs: usize = self.lengths.iter().map(|length| length / 2).sum();
        self.left.clear();
        self.pairs.clear();
        self.singles.clear();
        let mut rest = terms;
        for length in &mut self.lengths {
            let (piece, behind) = rest.split_at(*length);
            rest = behind;
            let (couples, single) = piece.as_chunks::<2>();
            for couple in couples {
                self.left.push(position(self.pairs.len()));
                self.pairs.push(*couple);
            }
            if let [term] = single {
                self.left.push(position(pairs + self.singles.len()));
                self.singles.push(*term);
            }
            *length = length.div_ceil(2);
        }
        self.used = pairs + self.singles.len();
        let (sums, copies) = self.arena[..self.used].split_at_mut(pairs);
        adder.add(source, &self.pairs, sums);
        adder.copy(source, &self.singles, copies);
    }

    /// A round within the arena.
    fn next<A: Adder<Point = P>>(&mut self, adder: &mut A) {
        let used = self.used;
        self.pairs.clear();
        let (mut read, mut write) = (0, 0);
        for length in &mut self.lengths {
            for _ in 0..*length / 2 {
                let pair = [self.left[read], self.left[read + 1]];
                self.left[write] = position(used + self.pairs.len());
                self.pairs.push(pair);
                read += 2;
                write += 1;
            }
            if *length % 2 == 1 {
                self.left[write] = self.left[read];
                read += 1;
                write += 1;
            }
            *length = length.div_ceil(2);
        }
        self.left.truncate(write);
        let (source, free) = self.arena.split_at_mut(used);
        adder.add(source, &self.pairs, &mut free[..self.pairs.len()]);
        self.used += self.pairs.len();
    }

    /// The sum of each piece; none for one without terms.
    fn sums(&self) -> impl Iterator<Item = Option<&P>> {
        let mut left = self.left.iter();
        self.lengths.iter().map(move |length| {
            (*length > 0)
                .then(|| left.next())
                .flatten()
                .map(|term| &self.arena[term.index()])
        })
    }
}

/// The arena holds at most as many points as a block has terms.
#[expect(clippy::cast_possible_truncation, reason = "far below 2^31")]
fn position(index: usize) -> Term {
    Term::new(index as u32, false)
}
