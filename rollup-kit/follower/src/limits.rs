//! Every bound of the follower's door.

/// Most bytes of a request: the longest names a tree, a key and an owner.
pub const REQUEST_BYTES: u32 = 16 * 1024;

/// Most bytes of an answer.
pub const RESPONSE_BYTES: u32 = 8 * 1024 * 1024;

/// Most connections at once.
pub const CONNECTIONS: u32 = 128;

/// Most calls in one request.
pub const BATCH: u32 = 16;

/// Most batches in one answer.
pub const BATCHES: usize = 100;

/// Most operations of a queue in one answer.
pub const WAITING: usize = 100;

/// Most rows that the light mode samples in one look.
pub const SAMPLED: usize = 64;
