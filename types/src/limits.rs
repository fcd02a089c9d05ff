//! The sizes that the protocol fixes. A change to any of them is a new protocol version.

/// Bytes of a field element (EIP-4844 `BYTES_PER_FIELD_ELEMENT`).
pub const ELEMENT_BYTES: usize = 32;
/// Elements of a row (EIP-4844 `FIELD_ELEMENTS_PER_BLOB`).
pub const ROW_ELEMENTS: usize = 4096;
/// Bytes of a row: exactly an EIP-4844 blob.
pub const ROW_BYTES: usize = ROW_ELEMENTS * ELEMENT_BYTES;
/// Elements of a cell (EIP-7594 `FIELD_ELEMENTS_PER_CELL`).
pub const CELL_ELEMENTS: usize = 64;
/// Bytes of a cell.
pub const CELL_BYTES: usize = CELL_ELEMENTS * ELEMENT_BYTES;
/// Cells of an extended row (EIP-7594 `CELLS_PER_EXT_BLOB`).
pub const COLUMNS: usize = 128;
/// Cells of a row before its extension, and how many of the 128 recover it.
pub const DATA_COLUMNS: usize = COLUMNS / 2;
/// Bytes of a commitment or of a proof: a compressed G1 point.
pub const POINT_BYTES: usize = 48;

/// Payload bytes that a packed element carries.
pub const PACKED_ELEMENT_BYTES: usize = 31;
/// Bytes of the length header in front of a packed payload.
pub const PACKED_HEADER_BYTES: usize = 4;
/// Most payload bytes of one blob: 16 MiB.
pub const MAX_PAYLOAD_BYTES: usize = 16 << 20;
/// Most rows of one blob: 16 MiB packed.
pub const MAX_BLOB_ROWS: usize =
    (MAX_PAYLOAD_BYTES + PACKED_HEADER_BYTES).div_ceil(ROW_ELEMENTS * PACKED_ELEMENT_BYTES);
/// Most rows of one block: 32 MiB.
pub const MAX_BLOCK_ROWS: usize = 256;
/// Most blobs of one block: each has at least one row.
pub const MAX_BLOCK_BLOBS: usize = MAX_BLOCK_ROWS;
/// Bytes of a namespace.
pub const NAMESPACE_BYTES: usize = 29;
