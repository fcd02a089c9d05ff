//! What a kill test needs of an operator: to die at a named step. See [`settlement::crash_point`].

settlement::crash_steps! {
    /// It is decided what to write, and nothing is written.
    Decide = "decide",
    /// A record is written, and not synced.
    Write = "write",
    /// A record is on disk, and nothing is done about it.
    Sync = "sync",
    /// A row was handed to the DA network, and nobody knows what became of it.
    Post = "post",
    /// A submission was handed to the outbox, and that is not written.
    Submit = "submit",
}
