//! Evidence of equivocation: two signatures of one validator over two things of which a correct
//! one signs a single one.
//!
//! A correct validator signs one prevote, one precommit and one proposal per height and round
//! (Tendermint, arXiv:1807.04938). Whoever has two that differ can convince anybody who has the
//! validator set, offline: nothing is believed but the two signatures.

use crate::bls::{self, SignaturePoint};
use crate::{
    Digest, Error, Result, Signature, ValidatorAddress, ValidatorIndex, ValidatorSet, VoteKind,
    proposal_digest, vote_digest,
};
use types::{ChainId, HeaderHash, Height, Reader, Round, SetHash, Writer};

const WHAT: &str = "equivocation";
/// The code of two proposals; two votes have their kind's.
const PROPOSALS: u8 = 3;

/// Where in the chain something was signed, and by which set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignedAt {
    /// The set whose member signed.
    pub set: SetHash,
    /// The height.
    pub height: Height,
    /// The round.
    pub round: Round,
}

/// A vote with its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedVote {
    /// The header voted for; none for a vote for nothing.
    pub header: Option<HeaderHash>,
    /// The claimed signature.
    pub signature: Signature,
}

/// A proposal with its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedProposal {
    /// The header proposed.
    pub header: HeaderHash,
    /// The round of its polka, when it is proposed again.
    pub pol_round: Option<Round>,
    /// The claimed signature.
    pub signature: Signature,
}

/// The two things that were signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// Two votes of one kind.
    Votes {
        /// Of which kind.
        kind: VoteKind,
        /// The two.
        votes: [SignedVote; 2],
    },
    /// Two proposals.
    Proposals([SignedProposal; 2]),
}

/// Evidence as it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnverifiedEquivocation {
    /// Who signed both.
    pub validator: ValidatorAddress,
    /// Where.
    pub at: SignedAt,
    /// What.
    pub contradiction: Contradiction,
}

impl Contradiction {
    /// The kind's code: that of [`VoteKind::code`], or 3 for proposals.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Votes { kind, .. } => kind.code(),
            Self::Proposals(_) => PROPOSALS,
        }
    }

    /// What was signed twice, for people.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Votes {
                kind: VoteKind::Prevote,
                ..
            } => "prevotes",
            Self::Votes {
                kind: VoteKind::Precommit,
                ..
            } => "precommits",
            Self::Proposals(_) => "proposals",
        }
    }

    /// The headers of the two; none for a vote for nothing.
    #[must_use]
    pub fn headers(&self) -> [Option<HeaderHash>; 2] {
        match self {
            Self::Votes { votes, .. } => votes.map(|vote| vote.header),
            Self::Proposals(proposals) => proposals.map(|proposal| Some(proposal.header)),
        }
    }

    fn signed(&self, chain: &ChainId, at: &SignedAt) -> [(Digest, Signature); 2] {
        let SignedAt { set, height, round } = at;
        match self {
            Self::Votes { kind, votes } => votes.map(|vote| {
                let header = vote.header.as_ref();
                let digest = vote_digest(chain, set, *height, *round, *kind, header);
                (digest, vote.signature)
            }),
            Self::Proposals(proposals) => proposals.map(|p| {
                let digest = proposal_digest(chain, set, *height, *round, p.pol_round, &p.header);
                (digest, p.signature)
            }),
        }
    }
}

impl UnverifiedEquivocation {
    /// Bytes of an encoding.
    pub const BYTES: usize = 20 + 32 + 8 + 4 + 1 + 2 * (1 + 32 + 1 + 4 + Signature::BYTES);

    /// Checks that a member of this set signed both, for this chain, and that they differ.
    ///
    /// # Errors
    /// [`Error::WrongSet`], [`Error::UnknownValidator`], [`Error::NoContradiction`],
    /// [`Error::SignaturePoint`], or [`Error::Signature`], which is also what signatures of
    /// another chain, height or round give.
    pub fn verify(self, chain: &ChainId, set: &ValidatorSet) -> Result<Equivocation> {
        set.check_hash(self.at.set)?;
        let (index, member) = set
            .find(&self.validator)
            .ok_or_else(|| Error::UnknownValidator {
                got: self.validator,
                set: set.hash(),
            })?;
        let signed = self.contradiction.signed(chain, &self.at);
        if signed[0].0 == signed[1].0 {
            return Err(Error::NoContradiction {
                validator: self.validator,
            });
        }
        for (digest, signature) in &signed {
            let point = SignaturePoint::decode(WHAT, signature.as_bytes())?;
            bls::verify_one(WHAT, self.validator, member.key(), digest, point)?;
        }
        Ok(Equivocation {
            chain_id: *chain,
            index,
            unverified: self,
        })
    }

    /// `address ‖ set hash ‖ height u64 ‖ round u32 ‖ kind u8`, then twice
    /// `flag u8 ‖ header hash ‖ flag u8 ‖ proof-of-lock round u32 ‖ signature`. The kinds are 1
    /// for prevotes, 2 for precommits, 3 for proposals; what a flag of 0 stands before is zero,
    /// and so is a vote's second flag.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let head = Writer::new()
            .raw(self.validator.as_bytes())
            .raw(self.at.set.as_bytes())
            .u64(self.at.height.get())
            .u32(self.at.round.get())
            .u8(self.contradiction.code());
        let statements = match &self.contradiction {
            Contradiction::Votes { votes, .. } => {
                votes.map(|vote| (vote.header, None, vote.signature))
            }
            Contradiction::Proposals(proposals) => {
                proposals.map(|p| (Some(p.header), p.pol_round, p.signature))
            }
        };
        let nil = HeaderHash::new([0; HeaderHash::BYTES]);
        let write =
            |w: Writer, (header, pol, signature): &(Option<_>, Option<Round>, Signature)| {
                w.u8(u8::from(header.is_some()))
                    .raw(header.as_ref().unwrap_or(&nil).as_bytes())
                    .u8(u8::from(pol.is_some()))
                    .u32(pol.unwrap_or_default().get())
                    .raw(signature.as_bytes())
            };
        statements.iter().fold(head, write).finish()
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// Bytes missing or left over, a code that names nothing, or a field that is there and must
    /// not be.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(WHAT, bytes);
        let validator = ValidatorAddress::new(reader.array()?);
        let at = SignedAt {
            set: SetHash::new(reader.array()?),
            height: Height::new(reader.u64()?),
            round: Round::new(reader.u32()?),
        };
        let contradiction = match reader.u8()? {
            PROPOSALS => {
                Contradiction::Proposals([read_proposal(&mut reader)?, read_proposal(&mut reader)?])
            }
            code => Contradiction::Votes {
                kind: kind_of(code)?,
                votes: [read_vote(&mut reader)?, read_vote(&mut reader)?],
            },
        };
        reader.finish()?;
        Ok(Self {
            validator,
            at,
            contradiction,
        })
    }
}

fn kind_of(code: u8) -> Result<VoteKind> {
    [VoteKind::Prevote, VoteKind::Precommit]
        .into_iter()
        .find(|kind| kind.code() == code)
        .ok_or_else(|| refuse("kind of an equivocation", code, PROPOSALS))
}

fn refuse(what: &'static str, got: u8, max: u8) -> Error {
    Error::Noun(types::Error::Code {
        what,
        got: got.into(),
        max: max.into(),
    })
}

/// A flag, and what it stands before: zero where it is 0, so that an encoding is the only one.
fn read_flagged<const N: usize>(
    reader: &mut Reader<'_>,
    what: &'static str,
) -> Result<Option<[u8; N]>> {
    let (flag, bytes) = (reader.u8()?, reader.array::<N>()?);
    match flag {
        0 if bytes == [0; N] => Ok(None),
        1 => Ok(Some(bytes)),
        got => Err(refuse(what, got, 1)),
    }
}

type Statement = (Option<HeaderHash>, Option<Round>, Signature);

fn read_statement(reader: &mut Reader<'_>) -> Result<Statement> {
    let header = read_flagged(reader, "flag of a header")?.map(HeaderHash::new);
    let pol_round = read_flagged(reader, "flag of a proof-of-lock round")?
        .map(|round| Round::new(u32::from_be_bytes(round)));
    Ok((header, pol_round, Signature::new(reader.array()?)))
}

fn read_vote(reader: &mut Reader<'_>) -> Result<SignedVote> {
    match read_statement(reader)? {
        (header, None, signature) => Ok(SignedVote { header, signature }),
        (_, Some(_), _) => Err(refuse("flag of a vote's proof-of-lock round", 1, 0)),
    }
}

fn read_proposal(reader: &mut Reader<'_>) -> Result<SignedProposal> {
    match read_statement(reader)? {
        (Some(header), pol_round, signature) => Ok(SignedProposal {
            header,
            pol_round,
            signature,
        }),
        (None, ..) => Err(refuse("flag of a proposal's header", 0, 1)),
    }
}

/// A validator that has contradicted itself, by its own signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Equivocation {
    chain_id: ChainId,
    index: ValidatorIndex,
    unverified: UnverifiedEquivocation,
}

impl Equivocation {
    /// The chain against which it was verified.
    #[must_use]
    pub const fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    /// Who it was.
    #[must_use]
    pub const fn validator(&self) -> ValidatorAddress {
        self.unverified.validator
    }

    /// Its place in the set.
    #[must_use]
    pub const fn index(&self) -> ValidatorIndex {
        self.index
    }

    /// Where it was.
    #[must_use]
    pub const fn at(&self) -> &SignedAt {
        &self.unverified.at
    }

    /// What it signed.
    #[must_use]
    pub const fn contradiction(&self) -> &Contradiction {
        &self.unverified.contradiction
    }

    /// The form to hand on.
    #[must_use]
    pub const fn to_unverified(&self) -> UnverifiedEquivocation {
        self.unverified
    }
}
