//! Finding where the validators changed, by halving.

use crate::core::Trust;
use chain::UnverifiedHeader;
use types::{Header, Height, SetHash};

/// The search for the last header of a set that is known, below a header of one that is not.
///
/// Headers are only looked at, none is verified: whoever misleads the search has it end at a
/// header that does not verify, or does and brings trust forward all the same. It takes as many
/// headers as the distance has bits, and the header that it ends at is the one whose certificate
/// is worth the verifying: it names the next set.
#[derive(Debug, Clone)]
pub struct Search {
    set: SetHash,
    /// The highest known to be by the set, or the trusted tip.
    low: Height,
    /// The lowest known not to be.
    high: Height,
    last: Option<UnverifiedHeader>,
}

impl Search {
    /// Begins between what is trusted and a header ahead of it.
    #[must_use]
    pub fn new(trust: &Trust, ahead: &Header) -> Self {
        Self {
            set: trust.next_set_hash(),
            low: trust.tip().height,
            high: ahead.height,
            last: None,
        }
    }

    /// The height to look at next; none at the end.
    #[must_use]
    pub fn probe(&self) -> Option<Height> {
        let (low, high) = (self.low.get(), self.high.get());
        (high.saturating_sub(low) > 1).then(|| Height::new(low + (high - low) / 2))
    }

    /// Takes the header of the height asked for; one of any other is not looked at.
    pub fn take(&mut self, header: UnverifiedHeader) {
        if Some(header.header.height) != self.probe() {
            return;
        }
        if header.header.validators == self.set {
            self.low = header.header.height;
            self.last = Some(header);
        } else {
            self.high = header.header.height;
        }
    }

    /// The header that it ended at; none when there was none in between, which nobody who
    /// speaks the truth can bring about.
    #[must_use]
    pub fn last(self) -> Option<UnverifiedHeader> {
        self.last
    }
}
