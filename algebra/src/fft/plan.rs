//! The factors of a transform's butterflies, in the order in which it meets them.

use crate::{AlgebraError, Domain, Fr, bit_reverse};

/// What a transform of `size` values multiplies by.
///
/// The transform divides polynomials: m blocks are the remainders modulo xⁿᐟᵐ − z² for one z each,
/// and a layer takes each of them modulo xⁿᐟ²ᵐ − z and modulo xⁿᐟ²ᵐ + z. A block needs the one
/// factor z for all its butterflies, the blocks come out in bit-reversed order by themselves, and
/// a coset differs from the domain in its factors alone.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    size: usize,
    /// The factors z of every layer.
    pub(crate) forward: Layers<Fr>,
    /// Their inverses.
    pub(crate) inverse: Layers<Fr>,
    /// 1 / size.
    pub(crate) size_inverse: Fr,
}

/// A factor for each block of each layer.
#[derive(Clone, Debug)]
pub(crate) enum Layers<T> {
    /// Of a domain. Since the factors' powers are bit-reversed, each layer's begin as the layer
    /// before: one table holds all. The first factor is one.
    Plain(Vec<T>),
    /// Of a coset: each layer has its own, one layer after the other.
    Shifted(Vec<T>),
}

impl<T> Layers<T> {
    /// The factors of the layer of so many blocks.
    #[inline]
    pub(crate) fn of(&self, blocks: usize) -> &[T] {
        match self {
            Self::Plain(table) => &table[..blocks],
            Self::Shifted(table) => &table[blocks - 1..2 * blocks - 1],
        }
    }

    /// Whether the first factor of each layer is one.
    #[inline]
    pub(crate) fn begins_with_one(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// The same layers in another form.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn map<U>(&self, f: impl FnMut(&T) -> U) -> Layers<U> {
        match self {
            Self::Plain(table) => Layers::Plain(table.iter().map(f).collect()),
            Self::Shifted(table) => Layers::Shifted(table.iter().map(f).collect()),
        }
    }
}

impl Plan {
    /// Transforms over the domain.
    pub(crate) fn plain(domain: &Domain) -> Self {
        let size = domain.size();
        let half = size / 2;
        let power = |block| bit_reverse(block, half.max(1).trailing_zeros());
        Self {
            size,
            forward: Layers::Plain((0..half).map(|b| domain.point(power(b))).collect()),
            inverse: Layers::Plain((0..half).map(|b| domain.point(size - power(b))).collect()),
            size_inverse: domain.size_inverse(),
        }
    }

    /// Transforms over the domain times `shift`.
    pub(crate) fn shifted(domain: &Domain, shift: Fr) -> Result<Self, AlgebraError> {
        let plain = Self::plain(domain);
        Ok(Self {
            forward: plain.forward.shifted(domain.size(), shift),
            inverse: plain.inverse.shifted(domain.size(), shift.inverse()?),
            ..plain
        })
    }

    /// How many values a transform takes.
    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

impl Layers<Fr> {
    /// The layers of a coset from those of its domain: a block that is a remainder modulo
    /// x²ʰ − z² needs the shift's power h beside z.
    fn shifted(&self, size: usize, shift: Fr) -> Self {
        let mut out = Vec::with_capacity(size.saturating_sub(1));
        let mut blocks = 1;
        while blocks < size {
            let power = shift.pow((size / (2 * blocks)) as u64);
            out.extend(self.of(blocks).iter().map(|factor| *factor * power));
            blocks *= 2;
        }
        Self::Shifted(out)
    }
}
