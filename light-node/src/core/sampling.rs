//! The sampling of one block, as a state machine: who is asked for what, what came back, what
//! it proved to be. `P` names a peer.

use crate::core::judge::{Figures, Judgement, Reason, Verdict};
use crate::core::plan::Plan;
use crate::{Error, Result};
use commitments::{CommitmentError, CommitmentGrid, VerifiedCell, Verifier};
use rand::{Rng, RngExt};
use std::collections::{BTreeMap, BTreeSet};
use types::{CommitmentsRoot, Coordinates, UnverifiedCell};

/// Most coordinates of one request.
pub const MAX_ASK: usize = 64;

/// A question to one peer. It is consumed by the answer, so that none is counted twice.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a question that is never answered stays open until the block is judged"]
pub struct Ask<P> {
    peer: P,
    /// Places in the plan.
    places: Vec<usize>,
    coordinates: Vec<Coordinates>,
}

impl<P: Copy> Ask<P> {
    /// Whom to ask.
    pub const fn peer(&self) -> P {
        self.peer
    }

    /// For which cells: distinct, 1 to [`MAX_ASK`].
    pub fn coordinates(&self) -> &[Coordinates] {
        &self.coordinates
    }
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Cells, possibly fewer than asked. Those not among them count as refused.
    Cells(Vec<UnverifiedCell>),
    /// The peer said that it does not have them or does not give them.
    Refused,
    /// Nothing came in time.
    Silent,
    /// The peer was too busy: it neither gave nor refused.
    Busy,
    /// The question never reached the peer.
    Unreachable,
}

/// An answer that does not fit its question; nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A cell that was not asked for.
    #[error("cell {at} was not asked for")]
    NotAsked {
        /// Where it claims to stand.
        at: Coordinates,
    },
    /// A cell that came twice.
    #[error("cell {at} came twice")]
    Twice {
        /// Where it claims to stand.
        at: Coordinates,
    },
}

/// A cell that was proved false.
#[derive(Debug)]
pub struct Lie<P> {
    /// Who gave it.
    pub peer: P,
    /// For which question.
    pub at: Coordinates,
    /// What is wrong with it.
    pub fault: CommitmentError,
}

#[derive(Debug, Clone)]
enum State<P> {
    Wanted,
    Asked,
    Claimed(P, Box<UnverifiedCell>),
    Verified(Box<VerifiedCell>),
}

#[derive(Debug, Clone)]
struct Planned<P> {
    at: Coordinates,
    state: State<P>,
    /// How often each peer was asked for it.
    tries: BTreeMap<P, u32>,
    /// Whether some peer had its chance to give it, and did not.
    refused: bool,
}

/// The sampling of one block.
#[derive(Debug, Clone)]
pub struct Sampling<P> {
    plan: Plan,
    root: CommitmentsRoot,
    cells: Vec<Planned<P>>,
    /// Distinct cells that each peer was asked for.
    shown: BTreeMap<P, usize>,
    liars: BTreeSet<P>,
    heard: bool,
}

impl<P: Copy + Ord> Sampling<P> {
    /// Begins with everything yet to be asked. `root` is that of the header: cells verified
    /// against another do not count.
    #[must_use]
    pub fn new(plan: Plan, root: CommitmentsRoot) -> Self {
        let cells = plan
            .coordinates()
            .iter()
            .map(|&at| Planned {
                at,
                state: State::Wanted,
                tries: BTreeMap::new(),
                refused: false,
            })
            .collect();
        Self {
            plan,
            root,
            cells,
            shown: BTreeMap::new(),
            liars: BTreeSet::new(),
            heard: false,
        }
    }

    /// Spreads what is wanted over the peers. For each cell the peer that was asked for it
    /// least often; among those one that has seen less than a quarter of the samples; among
    /// those the one that has seen least; then chance decides. Liars are never asked.
    pub fn ask(&mut self, peers: &[P], rng: &mut impl Rng) -> Vec<Ask<P>> {
        let peers: BTreeSet<P> = peers
            .iter()
            .copied()
            .filter(|peer| !self.liars.contains(peer))
            .collect();
        let quota = self.plan.quota();
        let mut shares: BTreeMap<P, Vec<usize>> = BTreeMap::new();
        for (place, cell) in self.cells.iter_mut().enumerate() {
            if !matches!(cell.state, State::Wanted) {
                continue;
            }
            let choice = peers.iter().copied().min_by_key(|peer| {
                let seen = self.shown.get(peer).copied().unwrap_or(0);
                let tries = cell.tries.get(peer).copied().unwrap_or(0);
                (
                    tries,
                    tries == 0 && seen >= quota,
                    seen,
                    rng.random::<u32>(),
                )
            });
            let Some(peer) = choice else { break };
            let tries = cell.tries.entry(peer).or_insert(0);
            if *tries == 0 {
                *self.shown.entry(peer).or_insert(0) += 1;
            }
            *tries += 1;
            cell.state = State::Asked;
            shares.entry(peer).or_default().push(place);
        }
        shares
            .into_iter()
            .flat_map(|(peer, places)| {
                places
                    .chunks(MAX_ASK)
                    .map(|places| (peer, places.to_vec()))
                    .collect::<Vec<_>>()
            })
            .map(|(peer, places)| Ask {
                peer,
                coordinates: places.iter().map(|&place| self.cells[place].at).collect(),
                places,
            })
            .collect()
    }

    /// Takes what came of a question. Cells are matched with what was asked, never with what
    /// the answer claims to be about; they stay claims until [`Self::verify`].
    ///
    /// # Errors
    /// A [`Fault`] when the answer does not fit the question; then nothing of it is kept and
    /// the peer is not asked again.
    pub fn answer(&mut self, ask: Ask<P>, answer: Answer) -> Result<(), Fault> {
        let Ask { peer, places, .. } = ask;
        let gave_a_chance = matches!(answer, Answer::Cells(_) | Answer::Refused | Answer::Silent);
        self.heard |= matches!(answer, Answer::Cells(_) | Answer::Refused);
        let matched = match answer {
            Answer::Cells(cells) => self.match_cells(&places, cells),
            _ => Ok(BTreeMap::new()),
        };
        let (mut claims, fault) = match matched {
            Ok(claims) => (claims, Ok(())),
            Err(fault) => {
                self.liars.insert(peer);
                (BTreeMap::new(), Err(fault))
            }
        };
        for place in places {
            let cell = &mut self.cells[place];
            if let Some(claim) = claims.remove(&place) {
                cell.state = State::Claimed(peer, Box::new(claim));
            } else {
                cell.state = State::Wanted;
                cell.refused |= gave_a_chance;
            }
        }
        fault
    }

    fn match_cells(
        &self,
        places: &[usize],
        cells: Vec<UnverifiedCell>,
    ) -> Result<BTreeMap<usize, UnverifiedCell>, Fault> {
        let asked: BTreeMap<Coordinates, usize> = places
            .iter()
            .map(|&place| (self.cells[place].at, place))
            .collect();
        let mut claims = BTreeMap::new();
        for cell in cells {
            let at = cell.at;
            let place = *asked.get(&at).ok_or(Fault::NotAsked { at })?;
            if claims.insert(place, cell).is_some() {
                return Err(Fault::Twice { at });
            }
        }
        Ok(claims)
    }

    /// Verifies all claims in one batch. False ones are wanted again, and whoever gave one is
    /// not asked again; its other claims are judged by their own proofs.
    ///
    /// # Errors
    /// [`Error::OtherBlock`] for the commitments of another block, and faults of our own
    /// set-up; a false cell is no error but a [`Lie`].
    pub fn verify(&mut self, verifier: &Verifier, grid: &CommitmentGrid) -> Result<Vec<Lie<P>>> {
        if grid.commitments_root() != Some(self.root) {
            return Err(Error::OtherBlock {
                got: grid.commitments_root(),
                expected: self.root,
            });
        }
        let mut givers = BTreeMap::new();
        let mut claims = Vec::new();
        for (place, planned) in self.cells.iter_mut().enumerate() {
            if let State::Claimed(peer, cell) = &planned.state {
                givers.insert(planned.at, (place, *peer));
                claims.push(cell.as_ref().clone());
            }
        }
        if claims.is_empty() {
            return Ok(Vec::new());
        }
        let judged = verifier.verify_or_blame(grid, claims)?;
        for cell in judged.verified {
            if let Some(&(place, _)) = givers.get(&cell.coordinates()) {
                self.cells[place].state = State::Verified(Box::new(cell));
            }
        }
        let mut lies = Vec::new();
        for culprit in judged.culprits {
            if let Some(&(place, peer)) = givers.get(&culprit.cell.at) {
                self.cells[place].state = State::Wanted;
                self.cells[place].refused = true;
                self.liars.insert(peer);
                lies.push(Lie {
                    peer,
                    at: culprit.cell.at,
                    fault: culprit.fault,
                });
            }
        }
        Ok(lies)
    }

    /// Cells that somebody must still be asked for.
    #[must_use]
    pub fn wanted(&self) -> usize {
        self.count(|state| matches!(state, State::Wanted))
    }

    /// Cells that came and wait for [`Self::verify`].
    #[must_use]
    pub fn claimed(&self) -> usize {
        self.count(|state| matches!(state, State::Claimed(..)))
    }

    /// Cells that were verified.
    #[must_use]
    pub fn verified(&self) -> usize {
        self.count(|state| matches!(state, State::Verified(_)))
    }

    /// The cells that were verified, in the order of the plan.
    #[must_use]
    pub fn into_verified(self) -> Vec<VerifiedCell> {
        let cells = self.cells.into_iter();
        cells
            .filter_map(|planned| match planned.state {
                State::Verified(cell) => Some(*cell),
                _ => None,
            })
            .collect()
    }

    /// Whether every planned cell was verified.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.verified() == self.cells.len()
    }

    fn count(&self, is: impl Fn(&State<P>) -> bool) -> usize {
        self.cells.iter().filter(|cell| is(&cell.state)).count()
    }

    /// What was counted so far.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let verified = self.verified();
        Figures {
            samples: self.cells.len(),
            asked: self.cells.iter().filter(|c| !c.tries.is_empty()).count(),
            answered: self.claimed() + verified,
            verified,
            peers: self.shown.len(),
            largest_share: self.shown.values().copied().max().unwrap_or(0),
            quota: self.plan.quota(),
            liars: self.liars.len(),
        }
    }

    /// Judges by what is there. A question still open counts as one met with silence.
    #[must_use]
    pub fn judge(&self) -> Judgement {
        let figures = self.figures();
        let missing = || {
            self.cells
                .iter()
                .filter(|cell| !matches!(cell.state, State::Verified(_)))
        };
        let samples = missing().count();
        let withheld = missing().any(|cell| cell.refused || matches!(cell.state, State::Asked));
        let (verdict, reason) = if self.cells.is_empty() {
            (Verdict::Available, Reason::NoGrid)
        } else if samples == 0 {
            (Verdict::Available, Reason::AllVerified)
        } else if figures.peers == 0 {
            (Verdict::Undecided, Reason::NoPeers)
        } else if !self.heard {
            (Verdict::Undecided, Reason::NoAnswers)
        } else if withheld {
            (Verdict::Unavailable, Reason::Withheld { samples })
        } else {
            (Verdict::Undecided, Reason::PeersOverloaded { samples })
        };
        Judgement::new(verdict, reason, self.plan.dimensions(), figures)
    }
}
