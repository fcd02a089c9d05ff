//! Chances: of noticing, and of recovering from what signers owe.

use types::limits::{COLUMNS, DATA_COLUMNS};

/// The chance that a row of which no more than 63 cells are served fails a round of `samples`
/// distinct cells.
#[must_use]
pub fn row_detection(samples: u32) -> f64 {
    let served = DATA_COLUMNS - 1;
    let passes: f64 = (0..samples as usize)
        .map(|i| served.saturating_sub(i) as f64 / COLUMNS.saturating_sub(i).max(1) as f64)
        .product();
    1.0 - passes
}

/// Chance below which a failure does not count: one in a hundred million.
const NEGLIGIBLE: f64 = 1e-8;

/// The least number of cells that each of `signers` owes, drawn at random and apart from the
/// others', so that together they recover a row but for a negligible chance; all 64 that a single
/// one may be asked for where nothing less does.
#[must_use]
pub fn duty_cells(signers: usize) -> u8 {
    let most = DATA_COLUMNS;
    let least = (1..=most).find(|&cells| too_few(signers, cells) < NEGLIGIBLE);
    u8::try_from(least.unwrap_or(most)).unwrap_or(u8::MAX)
}

/// The chance that so many draws of `cells` of 128 columns name 63 or fewer.
fn too_few(signers: usize, cells: usize) -> f64 {
    // known[k]: the chance that k columns are named so far.
    let mut known = vec![0.0; COLUMNS + 1];
    known[0] = 1.0;
    for _ in 0..signers {
        let mut next = vec![0.0; COLUMNS + 1];
        for (k, chance) in known
            .iter()
            .enumerate()
            .filter(|(_, chance)| **chance > 0.0)
        {
            // Of the draw, j are new: hypergeometric, one column after the other.
            let mut new = vec![0.0; cells + 1];
            new[0] = 1.0;
            for drawn in 0..cells {
                let left = (COLUMNS - drawn) as f64;
                for j in (0..=drawn).rev() {
                    let fresh = (COLUMNS - k).saturating_sub(j) as f64 / left;
                    let moved = new[j] * fresh;
                    new[j + 1] += moved;
                    new[j] -= moved;
                }
            }
            for (j, part) in new.into_iter().enumerate() {
                if let Some(slot) = next.get_mut(k + j) {
                    *slot += chance * part;
                }
            }
        }
        known = next;
    }
    known[..DATA_COLUMNS].iter().sum()
}
