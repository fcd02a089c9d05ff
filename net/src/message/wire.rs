//! Between messages and their encodings.

use super::{
    Disperse, MAX_CERTIFICATES, MAX_GENESIS_BYTES, MAX_SAMPLES, Request, Response, approvals,
    holdings, peers, rows,
};
use crate::announcement::meta_of_certificate;
use crate::error::{Error, MessageError};
use crate::hello::Hello;
use bytes::Bytes;
use chain::{
    ColumnSet, ReceiptTerms, UnverifiedAvailability, UnverifiedBlock, UnverifiedFinality,
    UnverifiedHeader, UnverifiedReceipt, ValidatorSet,
};
use prost::Message;
use proto::p2p;
use proto::p2p::{request::Kind as RequestKind, response::Kind as ResponseKind};
use types::limits::{MAX_BLOCK_ROWS, POINT_BYTES};
use types::{BlobId, BlobMeta, Commitment, Coordinates, Height, RowIndex, SetHash, UnverifiedCell};

type Result<T, E = MessageError> = std::result::Result<T, E>;

/// Most bytes of a refusal's reason.
const MAX_REASON_BYTES: usize = 200;

/// What opens an exchange.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    Hello(Hello),
    Request(Request),
}

/// What closes it.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Hello(Hello),
    Response(Response),
}

/// Names the field in an error of the chain's.
pub(crate) fn noun<T>(field: &'static str, result: Result<T, chain::Error>) -> Result<T> {
    result.map_err(|error| MessageError::Chain {
        field,
        problem: error.to_string(),
    })
}

pub(super) fn bounded(
    field: &'static str,
    got: usize,
    min: usize,
    max: usize,
) -> Result<(), proto::Error> {
    if (min..=max).contains(&got) {
        return Ok(());
    }
    Err(proto::Error::Count {
        field,
        got: got as u64,
        min: min as u64,
        max: max as u64,
    })
}

fn u16_of(field: &'static str, got: u32) -> Result<u16> {
    u16::try_from(got).map_err(|_| {
        MessageError::Wire(proto::Error::Count {
            field,
            got: got.into(),
            min: 0,
            max: u16::MAX.into(),
        })
    })
}

fn missing(field: &'static str) -> MessageError {
    MessageError::Wire(proto::Error::Missing { field })
}

impl Ask {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let kind = match self {
            Self::Hello(hello) => RequestKind::Hello(hello.to_wire()),
            Self::Request(request) => request.to_wire(),
        };
        p2p::Request { kind: Some(kind) }.encode_to_vec()
    }

    pub(crate) fn decode(bytes: Bytes) -> Result<Self> {
        let wire = p2p::Request::decode(bytes)
            .map_err(|error| proto::Error::encoding("request", &error))?;
        match wire.kind.ok_or_else(|| missing("request.kind"))? {
            RequestKind::Hello(hello) => Hello::from_wire(&hello).map(Self::Hello),
            kind => Request::from_wire(kind).map(Self::Request),
        }
    }
}

impl Answer {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let kind = match self {
            Self::Hello(hello) => ResponseKind::Hello(hello.to_wire()),
            Self::Response(response) => response.to_wire(),
        };
        p2p::Response { kind: Some(kind) }.encode_to_vec()
    }

    pub(crate) fn decode(bytes: Bytes) -> Result<Self> {
        let wire = p2p::Response::decode(bytes)
            .map_err(|error| proto::Error::encoding("response", &error))?;
        match wire.kind.ok_or_else(|| missing("response.kind"))? {
            ResponseKind::Hello(hello) => Hello::from_wire(&hello).map(Self::Hello),
            kind => Response::from_wire(kind).map(Self::Response),
        }
    }
}

impl Request {
    fn to_wire(&self) -> RequestKind {
        match self {
            Self::Genesis => RequestKind::Genesis(p2p::Empty {}),
            Self::LatestHeader => RequestKind::LatestHeader(p2p::Empty {}),
            Self::Headers { from, count } => RequestKind::Headers(range(*from, *count)),
            Self::ValidatorSet { hash } => RequestKind::ValidatorSet(copy(hash.as_bytes())),
            Self::Commitments { height } => RequestKind::Commitments(height.get()),
            Self::Samples {
                height,
                coordinates,
            } => RequestKind::Samples(p2p::SamplesRequest {
                height: height.get(),
                coordinates: coordinates.iter().map(|at| (*at).into()).collect(),
            }),
            Self::BlobMeta { id } => RequestKind::BlobMeta(copy(id.as_bytes())),
            Self::BlobCells {
                id,
                first,
                count,
                columns,
            } => RequestKind::BlobCells(p2p::BlobCellsRequest {
                blob_id: copy(id.as_bytes()),
                first_row: first.get().into(),
                rows: (*count).into(),
                columns: copy(&columns.to_bits().to_be_bytes()),
            }),
            Self::Disperse(disperse) => RequestKind::Disperse(p2p::Disperse {
                terms: disperse.terms.encode().into(),
                meta: disperse.meta.encode().into(),
                rows: rows::encode(&disperse.rows),
            }),
            Self::Receipt { terms } => RequestKind::Receipt(terms.encode().into()),
            Self::Certificates => RequestKind::Certificates(p2p::Empty {}),
            Self::Blocks { from, count } => RequestKind::Blocks(range(*from, *count)),
            Self::Holdings { height } => RequestKind::Holdings(height.get()),
            Self::Peers => RequestKind::Peers(p2p::Empty {}),
            Self::Contact => RequestKind::Contact(p2p::Empty {}),
            Self::Approvals => RequestKind::Approvals(p2p::Empty {}),
        }
    }

    fn from_wire(kind: RequestKind) -> Result<Self> {
        let request = match kind {
            RequestKind::Hello(_) => return Err(missing("request.kind")),
            RequestKind::Genesis(_) => Self::Genesis,
            RequestKind::LatestHeader(_) => Self::LatestHeader,
            RequestKind::Headers(range) => Self::Headers {
                from: Height::new(range.from),
                count: u16_of("headers.count", range.count)?,
            },
            RequestKind::ValidatorSet(hash) => Self::ValidatorSet {
                hash: proto::read("validator_set", &hash[..], SetHash::from_slice)?,
            },
            RequestKind::Commitments(height) => Self::Commitments {
                height: Height::new(height),
            },
            RequestKind::Samples(wire) => {
                bounded(
                    "samples.coordinates",
                    wire.coordinates.len(),
                    1,
                    MAX_SAMPLES,
                )?;
                let coordinates = wire
                    .coordinates
                    .into_iter()
                    .map(Coordinates::try_from)
                    .collect::<Result<_, _>>()?;
                Self::Samples {
                    height: Height::new(wire.height),
                    coordinates,
                }
            }
            RequestKind::BlobMeta(id) => Self::BlobMeta {
                id: proto::read("blob_meta", &id[..], BlobId::from_slice)?,
            },
            RequestKind::BlobCells(wire) => {
                let columns: [u8; 16] =
                    proto::read("blob_cells.columns", &wire.columns[..], |bytes| {
                        types::Reader::new("columns", bytes).array()
                    })?;
                Self::BlobCells {
                    id: proto::read("blob_cells.blob_id", &wire.blob_id[..], BlobId::from_slice)?,
                    first: proto::read("blob_cells.first_row", &wire.first_row, |row| {
                        RowIndex::new(u64::from(*row))
                    })?,
                    count: u16_of("blob_cells.rows", wire.rows)?,
                    columns: ColumnSet::from_bits(u128::from_be_bytes(columns)),
                }
            }
            RequestKind::Disperse(wire) => Self::Disperse(Disperse {
                terms: noun("disperse.terms", ReceiptTerms::decode(&wire.terms))?,
                meta: proto::read("disperse.meta", &wire.meta[..], BlobMeta::decode)?,
                rows: rows::decode("disperse.rows", &wire.rows)?,
            }),
            RequestKind::Receipt(terms) => Self::Receipt {
                terms: noun("receipt", ReceiptTerms::decode(&terms))?,
            },
            RequestKind::Certificates(_) => Self::Certificates,
            RequestKind::Blocks(range) => Self::Blocks {
                from: Height::new(range.from),
                count: u16_of("blocks.count", range.count)?,
            },
            RequestKind::Holdings(height) => Self::Holdings {
                height: Height::new(height),
            },
            RequestKind::Peers(_) => Self::Peers,
            RequestKind::Contact(_) => Self::Contact,
            RequestKind::Approvals(_) => Self::Approvals,
        };
        request.check().map_err(as_message_error)?;
        Ok(request)
    }
}

/// The bounds of a request are the same for ours and a peer's; only the fault differs.
fn as_message_error(error: Error) -> MessageError {
    match error {
        Error::OutOfBounds {
            what,
            got,
            min,
            max,
        } => MessageError::Wire(proto::Error::Count {
            field: what,
            got,
            min,
            max,
        }),
        Error::Message(error) => error,
        other => MessageError::Chain {
            field: "request",
            problem: other.to_string(),
        },
    }
}

impl Response {
    fn to_wire(&self) -> ResponseKind {
        match self {
            Self::Genesis(bytes) => ResponseKind::Genesis(bytes.clone()),
            Self::LatestHeader(header) => ResponseKind::LatestHeader(header.encode().into()),
            Self::Headers(headers) => ResponseKind::Headers(p2p::Encodings {
                items: headers.iter().map(|h| h.encode().into()).collect(),
            }),
            Self::ValidatorSet(set) => ResponseKind::ValidatorSet(set.encode().into()),
            Self::Commitments(commitments) => ResponseKind::Commitments(
                commitments
                    .iter()
                    .flat_map(|commitment| commitment.to_bytes())
                    .collect(),
            ),
            Self::Samples(cells) => ResponseKind::Samples(p2p::Samples {
                cells: cells.iter().map(Into::into).collect(),
            }),
            Self::BlobMeta(meta) => ResponseKind::BlobMeta(meta.encode().into()),
            Self::BlobCells(rows) => ResponseKind::BlobCells(rows::encode(rows)),
            Self::Dispersed { receipt } => ResponseKind::Dispersed(p2p::Dispersed {
                receipt: receipt.as_ref().map(|receipt| receipt.encode().into()),
            }),
            Self::Receipt(receipt) => ResponseKind::Receipt(receipt.encode().into()),
            Self::Certificates(items) => ResponseKind::Certificates(p2p::Certificates {
                items: items
                    .iter()
                    .map(|(meta, certificate)| p2p::Certified {
                        meta: meta.encode().into(),
                        certificate: certificate.encode().into(),
                    })
                    .collect(),
            }),
            Self::Blocks(blocks) => ResponseKind::Blocks(p2p::Blocks {
                items: blocks
                    .iter()
                    .map(|(block, finality)| p2p::Block {
                        block: block.encode().into(),
                        finality: finality.encode().into(),
                    })
                    .collect(),
            }),
            Self::Holdings(rows) => ResponseKind::Holdings(holdings::encode(rows)),
            Self::Peers(addrs) => ResponseKind::Peers(peers::encode(addrs)),
            Self::Contact(addr) => ResponseKind::Contact(addr.to_vec().into()),
            Self::Approvals(changes) => ResponseKind::Approvals(approvals::encode(changes)),
            Self::NotFound => ResponseKind::NotFound(p2p::Empty {}),
            Self::Pruned => ResponseKind::Pruned(p2p::Empty {}),
            Self::Busy { retry_after_ms } => ResponseKind::Busy(p2p::Busy {
                retry_after_ms: *retry_after_ms,
            }),
            Self::Refused { reason } => ResponseKind::Refused(cut(reason)),
        }
    }

    fn from_wire(kind: ResponseKind) -> Result<Self> {
        Ok(match kind {
            ResponseKind::Hello(_) => return Err(missing("response.kind")),
            ResponseKind::Genesis(bytes) => {
                bounded("genesis", bytes.len(), 1, MAX_GENESIS_BYTES)?;
                Self::Genesis(bytes)
            }
            ResponseKind::LatestHeader(bytes) => {
                Self::LatestHeader(noun("latest_header", UnverifiedHeader::decode(&bytes))?)
            }
            ResponseKind::Headers(wire) => {
                bounded("headers", wire.items.len(), 1, super::MAX_HEADERS)?;
                let read = |bytes: &Bytes| noun("headers", UnverifiedHeader::decode(bytes));
                Self::Headers(wire.items.iter().map(read).collect::<Result<_>>()?)
            }
            ResponseKind::ValidatorSet(bytes) => {
                Self::ValidatorSet(noun("validator_set", ValidatorSet::decode(&bytes))?)
            }
            ResponseKind::Commitments(bytes) => {
                bounded("commitments", bytes.len(), 0, MAX_BLOCK_ROWS * POINT_BYTES)?;
                let read = |bytes| proto::read("commitments", bytes, Commitment::from_slice);
                let commitments = bytes.chunks(POINT_BYTES).map(read);
                Self::Commitments(commitments.collect::<Result<_, _>>()?)
            }
            ResponseKind::Samples(wire) => {
                bounded("samples.cells", wire.cells.len(), 0, MAX_SAMPLES)?;
                let cells = wire.cells.into_iter().map(UnverifiedCell::try_from);
                Self::Samples(cells.collect::<Result<_, _>>()?)
            }
            ResponseKind::BlobMeta(bytes) => {
                Self::BlobMeta(proto::read("blob_meta", &bytes[..], BlobMeta::decode)?)
            }
            ResponseKind::BlobCells(bytes) => Self::BlobCells(rows::decode("blob_cells", &bytes)?),
            ResponseKind::Dispersed(wire) => Self::Dispersed {
                receipt: wire
                    .receipt
                    .map(|bytes| noun("dispersed.receipt", UnverifiedReceipt::decode(&bytes)))
                    .transpose()?,
            },
            ResponseKind::Receipt(bytes) => {
                Self::Receipt(noun("receipt", UnverifiedReceipt::decode(&bytes))?)
            }
            ResponseKind::Certificates(wire) => {
                bounded("certificates", wire.items.len(), 0, MAX_CERTIFICATES)?;
                let items = wire.items.iter().map(certified);
                Self::Certificates(items.collect::<Result<_>>()?)
            }
            ResponseKind::Blocks(wire) => {
                bounded("blocks", wire.items.len(), 1, super::MAX_BLOCKS)?;
                let read = |item: &p2p::Block| -> Result<_> {
                    Ok((
                        noun("blocks.block", UnverifiedBlock::decode(&item.block))?,
                        noun(
                            "blocks.finality",
                            UnverifiedFinality::decode(&item.finality),
                        )?,
                    ))
                };
                Self::Blocks(wire.items.iter().map(read).collect::<Result<_>>()?)
            }
            ResponseKind::Holdings(bytes) => Self::Holdings(holdings::decode(&bytes)?),
            ResponseKind::Peers(wire) => Self::Peers(peers::decode(&wire)?),
            ResponseKind::Contact(bytes) => Self::Contact(peers::decode_one("contact", 0, &bytes)?),
            ResponseKind::Approvals(wire) => Self::Approvals(approvals::decode(&wire)?),
            ResponseKind::NotFound(_) => Self::NotFound,
            ResponseKind::Pruned(_) => Self::Pruned,
            ResponseKind::Busy(busy) => Self::Busy {
                retry_after_ms: busy.retry_after_ms,
            },
            ResponseKind::Refused(reason) => Self::Refused {
                reason: cut(&reason),
            },
        })
    }
}

/// A description with its certificate: of the same blob.
pub(crate) fn certified(wire: &p2p::Certified) -> Result<(BlobMeta, UnverifiedAvailability)> {
    let meta = proto::read("certified.meta", &wire.meta[..], BlobMeta::decode)?;
    let certificate = noun(
        "certified.certificate",
        UnverifiedAvailability::decode(&wire.certificate),
    )?;
    meta_of_certificate(&meta, &certificate)?;
    Ok((meta, certificate))
}

fn range(from: Height, count: u16) -> p2p::HeightRange {
    p2p::HeightRange {
        from: from.get(),
        count: count.into(),
    }
}

fn copy(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

fn cut(reason: &str) -> String {
    reason[..reason.floor_char_boundary(MAX_REASON_BYTES)].to_owned()
}
