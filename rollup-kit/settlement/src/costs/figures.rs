//! What the measurement says of the transactions that bonds go by. [`game`](crate::game) reckons
//! with these; a test holds each against what [`measure`](super::measure) gives, within 2 %.

use crate::Gas;

/// `rollup-kit costs`' figure for "challenge of a row".
pub const CHALLENGE_OF_ROW: Gas = Gas::new(178_630);
/// `rollup-kit costs`' figure for "answer by blob", beside the blob's own gas.
pub const ANSWER_BY_BLOB: Gas = Gas::new(124_939);
/// `rollup-kit costs`' figure for "challenge of a cell".
pub const CHALLENGE_OF_CELL: Gas = Gas::new(212_132);
/// `rollup-kit costs`' figure for "cell answered by two openings".
pub const CELL_BY_OPENINGS: Gas = Gas::new(321_175);
/// `rollup-kit costs`' figure for "escape of one by a path".
pub const ESCAPE_BY_PATH: Gas = Gas::new(164_240);
