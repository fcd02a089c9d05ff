//! What can be wrong with an archive.

use std::path::{Path, PathBuf};
use types::{BlobId, ChainId, HeaderHash, Height, SetHash};

/// The result of working on an archive.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an archive could not be written, or is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that cannot be read or written. The user's fault, or the disk's.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is there already. Nothing is ever overwritten.
    #[error("{} is there already and is not overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file that is no archive, or one of another format.
    #[error("not an archive: got {got:?}, expected {expected:?}")]
    Magic {
        /// How it begins.
        got: String,
        /// How archives begin.
        expected: String,
    },
    /// The file ends within a record, or before its end. Whoever copied it is at fault.
    #[error("the archive is cut off at byte {at}")]
    CutOff {
        /// Where.
        at: u64,
    },
    /// A record that is not what was written there: damaged, left out or moved.
    #[error("the archive is damaged at byte {at}: its check does not fit")]
    Damaged {
        /// Where the record begins.
        at: u64,
    },
    /// A record of a kind that there is not.
    #[error("record at byte {at}: got kind {got}, expected 1 to {max}")]
    Kind {
        /// Where.
        at: u64,
        /// Its kind.
        got: u8,
        /// The last kind.
        max: u8,
    },
    /// A record that is longer than any of its kind.
    #[error("{what} at byte {at}: got {got} bytes, expected at most {max}")]
    TooLong {
        /// The kind of record.
        what: &'static str,
        /// Where.
        at: u64,
        /// Its length.
        got: u64,
        /// The most.
        max: u64,
    },
    /// A record where another one belongs.
    #[error("record at byte {at}: got {got}, expected {expected}")]
    Order {
        /// Where.
        at: u64,
        /// What stands there.
        got: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
    /// An archive of another chain.
    #[error("archive of another chain: got {got}, expected {expected}")]
    WrongChain {
        /// Its chain.
        got: ChainId,
        /// The chain that is trusted.
        expected: ChainId,
    },
    /// A block that does not follow the one before.
    #[error("block: got height {got}, expected {expected}")]
    Gap {
        /// Its height.
        got: Height,
        /// The height that comes next.
        expected: Height,
    },
    /// A header that does not build on the one before.
    #[error("height {height}: got parent {got}, expected {expected}")]
    Unlinked {
        /// The height.
        height: Height,
        /// The parent that it names.
        got: HeaderHash,
        /// The header before.
        expected: HeaderHash,
    },
    /// A certificate by a set that nothing leads to from the one that is trusted.
    #[error("height {height}: validator set {got} is not linked to the trusted one")]
    UntrustedSet {
        /// The height.
        height: Height,
        /// The set.
        got: SetHash,
    },
    /// A set that is not the one a header hands over to.
    #[error("set after height {height}: got {got}, expected {expected}")]
    WrongSet {
        /// The height.
        height: Height,
        /// The set given.
        got: SetHash,
        /// The set named.
        expected: SetHash,
    },
    /// The last header has no certificate, so nothing makes it and those before it final.
    #[error("the last header, at height {height}, is not certified")]
    Uncertified {
        /// Its height.
        height: Height,
    },
    /// The header at the checkpoint's height is another one.
    #[error("checkpoint at height {height}: got {got}, expected {expected}")]
    Checkpoint {
        /// The height.
        height: Height,
        /// The header in the archive.
        got: HeaderHash,
        /// The header that is trusted.
        expected: HeaderHash,
    },
    /// The checkpoint's height is not in the archive, so it says nothing of it.
    #[error("checkpoint: got height {got}, expected one of {from} to {to}")]
    CheckpointElsewhere {
        /// The checkpoint's height.
        got: Height,
        /// The archive's first.
        from: Height,
        /// Its last.
        to: Height,
    },
    /// A blob of the namespace is left out.
    #[error("height {height}: blob {expected} of the namespace is missing")]
    MissingBlob {
        /// The height.
        height: Height,
        /// The blob that the index names.
        expected: BlobId,
    },
    /// A blob that is not the one that the block's index names there.
    #[error("height {height}: got blob {got}, expected {expected}")]
    WrongBlob {
        /// The height.
        height: Height,
        /// The blob.
        got: BlobId,
        /// The one that belongs there.
        expected: BlobId,
    },
    /// A payload of another length than described.
    #[error("payload of blob {blob}: got {got} bytes, expected {expected}")]
    PayloadLength {
        /// The blob.
        blob: BlobId,
        /// Bytes that are here.
        got: u64,
        /// Bytes that it has.
        expected: u64,
    },
    /// A payload that the description does not commit to.
    #[error("payload of blob {blob}: its rows have other commitments than described")]
    WrongPayload {
        /// The blob.
        blob: BlobId,
    },
    /// The end counts otherwise than what came before it.
    #[error("end of the archive: {what}: got {got}, expected {expected}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// What it says.
        got: u64,
        /// What is here.
        expected: u64,
    },
    /// The file changed between its verification and its being kept.
    #[error("{} was changed while it was imported", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A blob's retention is over: an archive without it would not be complete.
    #[error("height {height}: blob {blob} is pruned; export from height {next} on")]
    Pruned {
        /// The height.
        height: Height,
        /// The blob.
        blob: BlobId,
        /// The first height that may be complete.
        next: Height,
    },
    /// Heights that there are none of.
    #[error("heights: got {from} to {to}, expected some of 1 to {last}")]
    NoHeights {
        /// The first asked for.
        from: Height,
        /// The last asked for.
        to: Height,
        /// The last final one.
        last: Height,
    },
    /// An unfinished export of something else lies where this one is to be.
    #[error("{}: an unfinished export of something else: {what}: got {got}, expected {expected}", path.display())]
    OtherExport {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What it has.
        got: String,
        /// What was asked for.
        expected: String,
    },
    /// No archive of the folder has the blob.
    #[error("blob {blob}: no archive in {} has it", folder.display())]
    NotKept {
        /// The blob.
        blob: BlobId,
        /// The folder.
        folder: PathBuf,
    },
    /// A noun that is none, or a proof that does not hold.
    #[error(transparent)]
    Types(#[from] types::Error),
    /// A header or a certificate that does not hold.
    #[error(transparent)]
    Chain(#[from] chain::Error),
    /// A payload that cannot be laid out.
    #[error(transparent)]
    Erasure(#[from] erasure::ErasureError),
    /// Commitments that cannot be computed.
    #[error(transparent)]
    Commitments(#[from] commitments::CommitmentError),
    /// The node refused, did not answer, or answered nonsense.
    #[error(transparent)]
    Client(#[from] proto::client::ClientError),
    /// A message of the node that is none.
    #[error(transparent)]
    Proto(#[from] proto::Error),
}

impl Error {
    pub(super) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File {
            path: path.into(),
            source,
        }
    }
}
