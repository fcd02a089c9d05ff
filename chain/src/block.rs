//! Blocks: the value under consensus.

use crate::{
    AvailabilityCertificate, BlockContext, ChainParams, Error, Result, SetChangeCertificate,
    Tenure, UnverifiedAvailability, UnverifiedSetChangeCertificate, ValidatorSet,
};
use types::limits::MAX_BLOCK_BLOBS;
use types::{
    BlobId, BlobMeta, ChainId, Commitment, Epoch, Header, HeaderHash, Height, IndexEntry,
    IndexTree, Reader, Timestamp, Writer, commitments_root,
};

/// A blob in a block, as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where it lies.
    pub entry: IndexEntry,
    /// The claimed certificate.
    pub certificate: UnverifiedAvailability,
}

/// A blob in a block: its place and the certificate that let it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertifiedReference {
    pub(crate) entry: IndexEntry,
    pub(crate) certificate: AvailabilityCertificate,
}

impl CertifiedReference {
    /// Where it lies.
    #[must_use]
    pub const fn entry(&self) -> &IndexEntry {
        &self.entry
    }

    /// What let it in.
    #[must_use]
    pub const fn certificate(&self) -> &AvailabilityCertificate {
        &self.certificate
    }
}

/// Why a block was not verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The block breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Error),
    /// Not yet: the block is right so far, but these blobs' descriptions are not known here.
    #[error("block references {} blobs without a known description", .0.len())]
    MissingMeta(Vec<BlobId>),
}

impl BlockError {
    /// Whether whoever sent the block is to blame.
    #[must_use]
    pub const fn is_peer_fault(&self) -> bool {
        match self {
            Self::Invalid(error) => error.is_peer_fault(),
            Self::MissingMeta(_) => false,
        }
    }
}

/// A block as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedBlock {
    /// Its header.
    pub header: Header,
    /// Its blobs.
    pub references: Vec<Reference>,
    /// What makes the next height's set another one than this height's.
    pub set_change: Option<UnverifiedSetChangeCertificate>,
}

impl UnverifiedBlock {
    /// Most bytes of an encoding: 256 KiB.
    pub const MAX_BYTES: usize = 256 << 10;

    /// Its header's hash, by which consensus names it. It commits to the order and the
    /// commitments of the blobs and to the next set, hence to the change that makes it; which
    /// of the possible certificates stand beside them it leaves open.
    #[must_use]
    pub fn id(&self) -> HeaderHash {
        self.header.hash()
    }

    /// Checks the block against its context; `metas` looks up a blob's description.
    ///
    /// # Errors
    /// [`BlockError::Invalid`] when it breaks a rule, [`BlockError::MissingMeta`] when it
    /// breaks none as far as can be told without these descriptions.
    pub fn verify(
        self,
        context: &BlockContext<'_>,
        metas: &dyn Fn(&BlobId) -> Option<BlobMeta>,
    ) -> Result<Block, BlockError> {
        check_header(&self.header, context)?;
        check_references(&self.references, context, self.header.time)?;

        let Self {
            header,
            references,
            set_change,
        } = self;
        let BlockContext {
            chain_id: chain,
            tenure,
            params,
            ..
        } = context;
        let set_change = verify_set_change(set_change, &header, tenure, chain, params)?;
        let (entries, certificates): (Vec<_>, Vec<_>) = references
            .into_iter()
            .map(|reference| (reference.entry, reference.certificate))
            .unzip();
        let index = IndexTree::new(entries).map_err(Error::from)?;
        check_content("rows", header.dimensions.rows(), index.dimensions().rows())?;
        check_content("index root", header.index_root, index.root())?;

        let certificates = UnverifiedAvailability::verify_all(certificates, chain, |terms| {
            tenure.certifier(terms, params)
        })?;
        let commitments = gather_commitments(&index, metas)?;
        let root = commitments_root(&commitments).map_err(Error::from)?;
        check_content("commitments root", header.commitments_root, root)?;

        let references = index
            .entries()
            .iter()
            .zip(certificates)
            .map(|(entry, certificate)| CertifiedReference {
                entry: *entry,
                certificate,
            })
            .collect();
        Ok(Block {
            id: header.hash(),
            header,
            references,
            set_change,
            index,
            commitments,
        })
    }

    /// The sets of the height after this one's, given those of this one's. All that concerns
    /// the change of a set is checked; the rest of the block is not looked at.
    ///
    /// # Errors
    /// Whatever [`Self::verify`] would refuse of the change.
    pub fn next_tenure(
        &self,
        tenure: &Tenure,
        chain: &ChainId,
        params: &ChainParams,
    ) -> Result<Tenure> {
        let header = &self.header;
        let change = verify_set_change(self.set_change.clone(), header, tenure, chain, params)?;
        match change {
            Some(certificate) => tenure.after(header, certificate.change().next_set(), params),
            None => tenure.after(header, tenure.set(), params),
        }
    }

    /// `header ‖ count u16`, then per blob `index entry ‖ availability certificate`, then, when
    /// the header names another set as the next one, a set-change certificate.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // More references cannot be decoded; a cut count makes them malformed, not misread.
        let count = u16::try_from(self.references.len()).unwrap_or(u16::MAX);
        let head = Writer::new().raw(&self.header.encode()).u16(count);
        let body = self.references.iter().fold(head, |w, reference| {
            w.raw(&reference.entry.encode())
                .raw(&reference.certificate.encode())
        });
        match &self.set_change {
            Some(change) => body.raw(&change.encode()).finish(),
            None => body.finish(),
        }
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above [`Self::MAX_BYTES`], [`Error::OutOfRange`] for more than
    /// [`MAX_BLOCK_BLOBS`] blobs, whatever is wrong with a field, bytes missing or left over.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(Error::TooLarge {
                what: "block",
                got: bytes.len(),
                max: Self::MAX_BYTES,
            });
        }
        let mut reader = Reader::new("block", bytes);
        let header = Header::decode(reader.raw(Header::BYTES)?)?;
        let count = reader.u16()?;
        check_count(usize::from(count))?;
        let references = (0..count)
            .map(|_| {
                Ok(Reference {
                    entry: IndexEntry::decode(reader.raw(IndexEntry::BYTES)?)?,
                    certificate: UnverifiedAvailability::read(&mut reader)?,
                })
            })
            .collect::<Result<_>>()?;
        let set_change = (header.next_validators != header.validators)
            .then(|| UnverifiedSetChangeCertificate::read(&mut reader))
            .transpose()?;
        reader.finish()?;
        Ok(Self {
            header,
            references,
            set_change,
        })
    }
}

fn check_count(count: usize) -> Result<()> {
    if count <= MAX_BLOCK_BLOBS {
        Ok(())
    } else {
        Err(Error::OutOfRange {
            what: "blobs of a block",
            got: count as u64,
            min: 0,
            max: MAX_BLOCK_BLOBS as u64,
        })
    }
}

fn check_header(header: &Header, context: &BlockContext<'_>) -> Result<()> {
    let parent = &context.parent;
    if header.chain_id != context.chain_id {
        return Err(Error::WrongChain {
            got: header.chain_id,
            expected: context.chain_id,
        });
    }
    if parent.height.next() != Some(header.height) {
        return Err(Error::WrongHeight {
            what: "block",
            got: header.height,
            expected: parent.height.next().unwrap_or(parent.height),
        });
    }
    if header.parent != parent.hash {
        return Err(Error::WrongParent {
            got: header.parent,
            expected: parent.hash,
        });
    }
    if header.time <= parent.time {
        return Err(Error::TimeBeforeParent {
            got: header.time,
            parent: parent.time,
        });
    }
    let drift_ms = context.params.clock_drift_ms;
    if let Some(now) = context.now
        && header.time > now.plus_millis(drift_ms)
    {
        return Err(Error::TimeAhead {
            got: header.time,
            now,
            drift_ms,
        });
    }
    context.tenure.set().check_hash(header.validators)
}

/// A change only in an epoch's last block, for the next epoch, by the set in force, and making
/// the set that the header names as the next one; without a change the set stays.
fn verify_set_change(
    change: Option<UnverifiedSetChangeCertificate>,
    header: &Header,
    tenure: &Tenure,
    chain: &ChainId,
    params: &ChainParams,
) -> Result<Option<SetChangeCertificate>> {
    let names = |expected: &ValidatorSet| {
        if header.next_validators == expected.hash() {
            Ok(())
        } else {
            Err(Error::WrongSet {
                got: header.next_validators,
                expected: expected.hash(),
            })
        }
    };
    let Some(change) = change else {
        names(tenure.set())?;
        return Ok(None);
    };
    check_epoch(change.change.epoch, header.height, params)?;
    let certificate = change.verify(chain, tenure.set())?;
    names(certificate.change().next_set())?;
    Ok(Some(certificate))
}

/// Checks that a block of this height may carry a change for this epoch.
pub(crate) fn check_epoch(got: Epoch, height: Height, params: &ChainParams) -> Result<()> {
    let epoch = params.epoch(height);
    if !params.ends_epoch(height) {
        return Err(Error::EarlyChange { height, epoch });
    }
    let expected = Epoch::new(epoch.get().saturating_add(1));
    if got == expected {
        Ok(())
    } else {
        Err(Error::WrongEpoch { got, expected })
    }
}

/// What can be told of the references without hashing or pairing.
fn check_references(
    references: &[Reference],
    context: &BlockContext<'_>,
    time: Timestamp,
) -> Result<()> {
    check_count(references.len())?;
    for (i, reference) in references.iter().enumerate() {
        let terms = &reference.certificate.terms;
        let blob = reference.entry.id();
        if terms.blob != blob {
            return Err(Error::WrongBlob {
                entry: i,
                got: terms.blob,
                expected: blob,
            });
        }
        terms.check_expiry(context.params)?;
        check_window(blob, terms.accepted_at, time, context.params)?;
        if (context.is_ordered)(&blob) {
            return Err(Error::AlreadyOrdered { blob });
        }
    }
    Ok(())
}

/// Checks that a block of this time may order a blob accepted at that one.
pub(crate) fn check_window(
    blob: BlobId,
    accepted_at: Timestamp,
    time: Timestamp,
    params: &ChainParams,
) -> Result<()> {
    let (window_ms, drift_ms) = (params.ordering_window_ms, params.clock_drift_ms);
    let too_old = time > accepted_at.plus_millis(window_ms);
    let too_young = accepted_at > time.plus_millis(drift_ms);
    if too_old || too_young {
        return Err(Error::OrderingWindow {
            blob,
            accepted_at,
            time,
            window_ms,
            drift_ms,
        });
    }
    Ok(())
}

fn check_content<T: PartialEq + std::fmt::Display>(
    what: &'static str,
    got: T,
    expected: T,
) -> Result<()> {
    if got == expected {
        Ok(())
    } else {
        Err(Error::WrongContent {
            what,
            got: got.to_string(),
            expected: expected.to_string(),
        })
    }
}

/// The rows' commitments in order, from descriptions that agree with their entries.
fn gather_commitments(
    index: &IndexTree,
    metas: &dyn Fn(&BlobId) -> Option<BlobMeta>,
) -> Result<Vec<Commitment>, BlockError> {
    let mut commitments = Vec::with_capacity(usize::from(index.dimensions().rows()));
    let mut missing = Vec::new();
    for (i, entry) in index.entries().iter().enumerate() {
        let blob = entry.id();
        let Some(meta) = metas(&blob) else {
            missing.push(blob);
            continue;
        };
        let described = IndexEntry::new(&meta, entry.placement().first()).map_err(Error::from)?;
        if described.id() != blob {
            return Err(BlockError::Invalid(Error::WrongMeta {
                got: described.id(),
                expected: blob,
            }));
        }
        if described != *entry {
            return Err(BlockError::Invalid(Error::WrongEntry { entry: i, blob }));
        }
        commitments.extend_from_slice(meta.commitments());
    }
    if missing.is_empty() {
        Ok(commitments)
    } else {
        Err(BlockError::MissingMeta(missing))
    }
}

/// A block that breaks no rule in the context in which it was verified.
#[derive(Debug, Clone)]
pub struct Block {
    pub(crate) header: Header,
    pub(crate) id: HeaderHash,
    pub(crate) references: Vec<CertifiedReference>,
    pub(crate) set_change: Option<SetChangeCertificate>,
    pub(crate) index: IndexTree,
    pub(crate) commitments: Vec<Commitment>,
}

impl Block {
    /// Its header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Its header's hash.
    #[must_use]
    pub const fn id(&self) -> HeaderHash {
        self.id
    }

    /// Its blobs, in order.
    #[must_use]
    pub fn references(&self) -> &[CertifiedReference] {
        &self.references
    }

    /// What makes the next height's set another one than this height's.
    #[must_use]
    pub const fn set_change(&self) -> Option<&SetChangeCertificate> {
        self.set_change.as_ref()
    }

    /// Its index.
    #[must_use]
    pub const fn index(&self) -> &IndexTree {
        &self.index
    }

    /// Its rows' commitments, in order.
    #[must_use]
    pub fn commitments(&self) -> &[Commitment] {
        &self.commitments
    }

    /// The form to hand on.
    #[must_use]
    pub fn to_unverified(&self) -> UnverifiedBlock {
        let references = self
            .references
            .iter()
            .map(|reference| Reference {
                entry: reference.entry,
                certificate: reference.certificate.to_unverified(),
            })
            .collect();
        UnverifiedBlock {
            header: self.header,
            references,
            set_change: self
                .set_change
                .as_ref()
                .map(SetChangeCertificate::to_unverified),
        }
    }
}
