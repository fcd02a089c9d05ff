//! What the chain's rules refuse.

use crate::{
    Digest, FinalHeader, PublicKeyBytes, ReceiptTerms, ValidatorAddress, ValidatorIndex, Weight,
};
use types::{BlobId, ChainId, Epoch, HeaderHash, Height, SetHash, Timestamp};

/// The result of checking something against the chain's rules.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something that the chain's rules refuse. [`Error::is_peer_fault`] says whose fault it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A noun that cannot be. The sender's fault.
    #[error(transparent)]
    Noun(#[from] types::Error),
    /// Bytes that are not a public key: off the curve, outside the subgroup, or infinity. The
    /// sender's fault.
    #[error("public key {got} {problem}, expected a point of G1's subgroup other than infinity")]
    PublicKey {
        /// The 48 bytes received.
        got: PublicKeyBytes,
        /// What is wrong with them.
        problem: &'static str,
    },
    /// Bytes that are not a secret key: zero, or not below the group's order. Our own fault.
    #[error("secret key: got a scalar that is zero or too large, expected 1 to the group's order")]
    SecretKey,
    /// Bytes that are not a signature: off the curve, outside the subgroup, or infinity. The
    /// sender's fault.
    #[error("{what} {problem}, expected a point of G2's subgroup other than infinity")]
    SignaturePoint {
        /// What was being read.
        what: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A signature that the key did not make over these bytes. The sender's fault.
    #[error("{what}: signature is not {signer}'s over the expected digest")]
    Signature {
        /// What was signed.
        what: &'static str,
        /// Whose signature was expected.
        signer: ValidatorAddress,
    },
    /// An aggregate that its signers did not all make over these bytes. The sender's fault.
    #[error("{what}: aggregate is not that of its {signers} signers over the expected digest")]
    Aggregate {
        /// What was signed.
        what: &'static str,
        /// How many signers it claims.
        signers: usize,
    },
    /// A validator that has not proven to hold its secret key. The fault of whoever named it,
    /// in a genesis or in a change of a set.
    #[error("proof of possession does not belong to key {key}")]
    Possession {
        /// The key.
        key: PublicKeyBytes,
    },
    /// A count or an amount outside its bounds. The sender's fault.
    #[error("{what}: got {got}, expected {min}..={max}")]
    OutOfRange {
        /// What was being read.
        what: &'static str,
        /// The value received.
        got: u64,
        /// The least value allowed.
        min: u64,
        /// The greatest value allowed.
        max: u64,
    },
    /// A set that names a key twice. The sender's fault.
    #[error("validator set: key {key} is there twice, expected each key once")]
    DuplicateKey {
        /// The key.
        key: PublicKeyBytes,
    },
    /// An encoded set whose keys do not ascend, and so not the one encoding of its members. The
    /// sender's fault.
    #[error("validator set: key {got} at place {place} is not above the one before it")]
    UnsortedKeys {
        /// Its place.
        place: usize,
        /// The key that stands too late.
        got: PublicKeyBytes,
    },
    /// An address that is no member of the set. The sender's fault.
    #[error("validator {got} is not a member of set {set}")]
    UnknownValidator {
        /// The address received.
        got: ValidatorAddress,
        /// The set.
        set: SetHash,
    },
    /// Evidence of two signatures over one and the same thing. The sender's fault.
    #[error("evidence: got the same thing of {validator} twice, expected two that differ")]
    NoContradiction {
        /// Whom it accuses.
        validator: ValidatorAddress,
    },
    /// An index beyond the set's last member. The sender's fault.
    #[error("validator index: got {got}, expected one below {members}")]
    UnknownIndex {
        /// The index received.
        got: ValidatorIndex,
        /// How many members the set has.
        members: usize,
    },
    /// A bitmap that is longer or shorter than its set needs. The sender's fault.
    #[error("bitmap: got {got} bytes, expected {expected} for {members} members")]
    BitmapLength {
        /// Bytes received.
        got: usize,
        /// Bytes expected.
        expected: usize,
        /// How many members the set has.
        members: usize,
    },
    /// A bitmap with bits beyond the last member. The sender's fault.
    #[error("bitmap: got last byte {got:#010b}, expected no bits beyond {members} members")]
    StrayBits {
        /// The last byte received.
        got: u8,
        /// How many members the set has.
        members: usize,
    },
    /// Something that was made for another chain. The sender's fault.
    #[error("got something of chain {got}, expected chain {expected}")]
    WrongChain {
        /// The chain it names.
        got: ChainId,
        /// Our chain.
        expected: ChainId,
    },
    /// Something that another validator set made. The sender's fault, unless sets have changed
    /// and one of us is behind.
    #[error("got something of validator set {got}, expected set {expected}")]
    WrongSet {
        /// The set it names.
        got: SetHash,
        /// The set it was checked against.
        expected: SetHash,
    },
    /// A receipt for other terms than were asked for. The sender's fault.
    #[error("receipt: got one for {got}, expected {expected}")]
    WrongTerms {
        /// The terms received.
        got: Box<ReceiptTerms>,
        /// The terms asked for.
        expected: Box<ReceiptTerms>,
    },
    /// A time of acceptance too far from our clock. The sender's fault, if our clock is right.
    #[error("receipt: accepted at {got}, expected within {drift_ms} ms of {now}")]
    AcceptedAt {
        /// The time received.
        got: Timestamp,
        /// Our clock.
        now: Timestamp,
        /// How far they may differ, milliseconds.
        drift_ms: u64,
    },
    /// A time of expiry that does not follow from the time of acceptance. The sender's fault.
    #[error("receipt: expires at {got}, expected {expected}")]
    ExpiresAt {
        /// The time received.
        got: Timestamp,
        /// Time of acceptance plus retention.
        expected: Timestamp,
    },
    /// A second receipt by one validator. Nobody's fault if it is the same one again.
    #[error("receipt: {signer} has signed already, expected one receipt each")]
    DuplicateReceipt {
        /// Who signed.
        signer: ValidatorAddress,
    },
    /// A second approval by one validator. Nobody's fault if it is the same one again.
    #[error("set change: {signer} has approved already, expected one approval each")]
    DuplicateApproval {
        /// Who approved.
        signer: ValidatorAddress,
    },
    /// An approval of another change than the one that is being gathered for. Our own fault:
    /// the caller sorts them.
    #[error("approval is of set change {got}, expected {expected}")]
    WrongChange {
        /// The digest approved.
        got: Digest,
        /// The digest gathered for.
        expected: Digest,
    },
    /// A change whose edits do not ascend by key, and so not the one encoding of itself, or
    /// that names a key twice. The sender's fault.
    #[error("set change: key {got} of edit {place} is not above the one before it")]
    EditOrder {
        /// The edit's place.
        place: usize,
        /// The key that stands too late.
        got: PublicKeyBytes,
    },
    /// An edit of a validator that the set does not have. The sender's fault.
    #[error("set change: key {key} is no member of set {set}")]
    NotAMember {
        /// The key.
        key: PublicKeyBytes,
        /// The set that is to change.
        set: SetHash,
    },
    /// A validator that is to join and is there. The sender's fault.
    #[error("set change: key {key} is a member of set {set} already")]
    AlreadyAMember {
        /// The key.
        key: PublicKeyBytes,
        /// The set that is to change.
        set: SetHash,
    },
    /// An edit that gives a validator the weight that it has. The sender's fault.
    #[error("set change: key {key} has weight {weight} already, expected another one")]
    SameWeight {
        /// The key.
        key: PublicKeyBytes,
        /// Its weight.
        weight: Weight,
    },
    /// A change for another epoch than the next one. The sender's fault, unless one of us is
    /// behind.
    #[error("set change: is for epoch {got}, expected {expected}")]
    WrongEpoch {
        /// The epoch it names.
        got: Epoch,
        /// The epoch expected.
        expected: Epoch,
    },
    /// A change in a block that is not its epoch's last. The sender's fault.
    #[error("block: height {height} of epoch {epoch} changes the set before the epoch ends")]
    EarlyChange {
        /// The block's height.
        height: Height,
        /// Its epoch.
        epoch: Epoch,
    },
    /// Too little weight behind a certificate. The sender's fault.
    #[error("{what}: got weight {got} of {total}, expected more than two thirds")]
    Quorum {
        /// What was signed.
        what: &'static str,
        /// The weight of its signers.
        got: Weight,
        /// The weight of the set.
        total: Weight,
    },
    /// Votes that do not make a certificate, because some of their signatures are bad. The
    /// fault of those named.
    #[error(
        "finality: good signatures have weight {got} of {total}, expected more than two thirds; \
         bad ones by {culprits:?}"
    )]
    Culprits {
        /// The weight of the good signatures.
        got: Weight,
        /// The weight of the set.
        total: Weight,
        /// Whose signatures are bad or who are no members, each once.
        culprits: Vec<ValidatorAddress>,
    },
    /// A header or certificate of another height than expected. The sender's fault.
    #[error("{what}: got height {got}, expected {expected}")]
    WrongHeight {
        /// What was being checked.
        what: &'static str,
        /// The height received.
        got: Height,
        /// The height expected.
        expected: Height,
    },
    /// A header that is not the one certified. The sender's fault.
    #[error("header: hash is {got}, expected {expected}")]
    WrongHeader {
        /// The header's hash.
        got: HeaderHash,
        /// The hash expected.
        expected: HeaderHash,
    },
    /// A header that follows another parent. The sender's fault.
    #[error("header: parent is {got}, expected {expected}")]
    WrongParent {
        /// The parent it names.
        got: HeaderHash,
        /// The parent expected.
        expected: HeaderHash,
    },
    /// A header that is not younger than its parent. The sender's fault.
    #[error("header: time is {got}, expected later than {parent}")]
    TimeBeforeParent {
        /// The header's time.
        got: Timestamp,
        /// Its parent's time.
        parent: Timestamp,
    },
    /// A header from the future. The sender's fault, if our clock is right.
    #[error("header: time is {got}, expected at most {drift_ms} ms after {now}")]
    TimeAhead {
        /// The header's time.
        got: Timestamp,
        /// Our clock.
        now: Timestamp,
        /// How far it may be ahead, milliseconds.
        drift_ms: u64,
    },
    /// A header whose root or dimension does not follow from the block. The sender's fault.
    #[error("block: {what} is {got}, expected {expected}")]
    WrongContent {
        /// Which of the header's fields.
        what: &'static str,
        /// What the header says.
        got: String,
        /// What the block's references make.
        expected: String,
    },
    /// An encoding over the bound. The sender's fault.
    #[error("{what}: got {got} bytes, expected at most {max}")]
    TooLarge {
        /// What was being read.
        what: &'static str,
        /// Bytes received.
        got: usize,
        /// The greatest number allowed.
        max: usize,
    },
    /// A certificate that is for another blob than the entry beside it. The sender's fault.
    #[error("block: entry {entry} has a certificate of blob {got}, expected {expected}")]
    WrongBlob {
        /// Position of the entry.
        entry: usize,
        /// The blob certified.
        got: BlobId,
        /// The blob entered.
        expected: BlobId,
    },
    /// An entry that contradicts the blob's description. The sender's fault.
    #[error("block: entry {entry} does not agree with the description of blob {blob}")]
    WrongEntry {
        /// Position of the entry.
        entry: usize,
        /// The blob.
        blob: BlobId,
    },
    /// A part of a blob's proof that is of another blob. The sender's fault.
    #[error("blob proof: {what} is of blob {got}, expected {expected}")]
    WrongProof {
        /// Which part.
        what: &'static str,
        /// The blob that it is of.
        got: BlobId,
        /// The blob that the proof's description makes.
        expected: BlobId,
    },
    /// A blob that an earlier block ordered. The sender's fault.
    #[error("block: blob {blob} is ordered already, expected each blob once")]
    AlreadyOrdered {
        /// The blob.
        blob: BlobId,
    },
    /// A certificate that is too old or too young for the block. The sender's fault.
    #[error(
        "block of {time}: certificate of {blob} was accepted at {accepted_at}, \
         expected at most {window_ms} ms before and {drift_ms} ms after"
    )]
    OrderingWindow {
        /// The blob.
        blob: BlobId,
        /// When it was accepted.
        accepted_at: Timestamp,
        /// The block's time.
        time: Timestamp,
        /// How long a certificate may wait to be ordered, milliseconds.
        window_ms: u64,
        /// How far clocks may differ, milliseconds.
        drift_ms: u64,
    },
    /// A description that is another blob's than the one asked for. Our own fault: the caller
    /// looked it up.
    #[error("description is of blob {got}, expected {expected}")]
    WrongMeta {
        /// The blob described.
        got: BlobId,
        /// The blob asked for.
        expected: BlobId,
    },
    /// Parameters that cannot govern a chain. The genesis author's fault.
    #[error("chain parameters: {what} is {got} ms, expected at least {min} ms")]
    Params {
        /// Which parameter.
        what: &'static str,
        /// Its value.
        got: u64,
        /// The least that the others allow.
        min: u64,
    },
    /// Two certified headers that cannot both be: of one height, or the second on another
    /// parent than the first. Validators of more than a third of the weight have signed both;
    /// this is the evidence. Not the fault of the peer who shows it.
    #[error(
        "fork: certified headers {} at height {} and {} at height {}",
        first.hash(), first.header().height, second.hash(), second.header().height
    )]
    Fork {
        /// The header trusted before.
        first: Box<FinalHeader>,
        /// The header that contradicts it.
        second: Box<FinalHeader>,
    },
    /// A header by a set that our trust does not reach: a set change in between is missing.
    /// Nobody's fault.
    #[error("header is by set {got}, expected {current} or {next}")]
    UntrustedSet {
        /// The set that certifies the header.
        got: SetHash,
        /// The set trusted now.
        current: SetHash,
        /// The set trusted next.
        next: SetHash,
    },
    /// The last trusted header is too old to be built on; a new checkpoint is needed. Our fault.
    #[error("trust is of {trusted}, expected at most {period_ms} ms before {now}")]
    TrustExpired {
        /// The time of the last trusted header.
        trusted: Timestamp,
        /// Our clock.
        now: Timestamp,
        /// For how long a header is trusted, milliseconds.
        period_ms: u64,
    },
    /// Text that is not a checkpoint. Our user's fault.
    #[error("checkpoint: got {got:?}, expected HASH@HEIGHT")]
    CheckpointText {
        /// The text, cut to its first 100 characters.
        got: String,
    },
}

impl Error {
    /// Whether whoever sent what was checked is to blame: such a peer may be scored down. The
    /// rest is our own doing, our operator's, or nobody's.
    #[must_use]
    pub const fn is_peer_fault(&self) -> bool {
        !matches!(
            self,
            Self::SecretKey
                | Self::DuplicateReceipt { .. }
                | Self::DuplicateApproval { .. }
                | Self::WrongChange { .. }
                | Self::WrongMeta { .. }
                | Self::Params { .. }
                | Self::Fork { .. }
                | Self::UntrustedSet { .. }
                | Self::TrustExpired { .. }
                | Self::CheckpointText { .. }
        )
    }
}
