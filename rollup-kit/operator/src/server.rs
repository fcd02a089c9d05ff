//! The operator behind JSON-RPC: HTTP and WebSocket on one port.
//!
//! | method | parameters | answer |
//! |---|---|---|
//! | `rollup_submit` | operation | its id, and whether it was taken before; the confirmation is soft |
//! | `rollup_status` | id | where the operation is |
//! | `rollup_receipt` | id | its batch and place, and what a claim on L1 needs |
//! | `rollup_account` | tree, index, or tree, key, owner | what it holds, settled and soft, and its next nonce |
//! | `rollup_proof` | tree, index | from the account's leaf to the tree's root |
//! | `rollup_batch`, `rollup_batches` | number; from, count | batches of this operator |
//! | `rollup_fees` | | least fees, and until when |
//! | `rollup_queue` | tree | what waits on L1 |
//! | `rollup_health`, `rollup_info` | | |
//! | `rollup_subscribe` | `operations`, maybe an id; `batches` | changes |
//!
//! Numbers beyond 2⁵³ are decimal strings; scalars and ids are hexadecimal.

mod answers;
mod params;
mod receipt;
mod subscribe;

use crate::core::Stage;
use crate::desk::Shared;
use crate::driver::clock;
use crate::mempool::{OperationId, Refusal};
use crate::rate::{Bucket, Quota};
use crate::wire::{self, WireOperation, WireTree};
use crate::{Error, Result};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::server::{BatchRequestConfig, Server as RpcServer, ServerConfig, ServerHandle};
use ledger::{AccountIndex, AccountKey, Tree};
use params::{Arguments, method};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use settlement::{BatchNumber, L1Time};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// What a server bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// The address; port 0 takes a free one.
    pub address: SocketAddr,
    /// Connections at a time.
    pub connections: u32,
    /// Subscriptions of a connection.
    pub subscriptions: u32,
    /// Submissions, of all clients.
    pub submissions: Quota,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8645)),
            connections: 256,
            subscriptions: 16,
            submissions: Quota {
                burst: 500,
                per_second: 200,
            },
        }
    }
}

/// Most bytes of a request: a few operations.
const REQUEST_BYTES: u32 = 16 << 10;
/// Most bytes of an answer: a hundred batches.
const RESPONSE_BYTES: u32 = 8 << 20;
/// Most calls of one request.
const CALLS: u32 = 16;
/// Most batches of an answer.
const BATCHES: u64 = 100;

/// What the methods share.
pub(crate) struct Door {
    shared: Arc<Shared>,
    bucket: Mutex<Bucket>,
    begun: Instant,
}

impl Door {
    fn now(&self) -> L1Time {
        clock().max(self.shared.health().now)
    }
}

/// A server. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    /// Serves an operator.
    ///
    /// # Errors
    /// [`Error::Listen`].
    pub async fn start(shared: Arc<Shared>, bounds: Bounds) -> Result<Self> {
        let listen = |error: &dyn std::fmt::Display| Error::Listen {
            address: bounds.address.to_string(),
            reason: error.to_string(),
        };
        let config = ServerConfig::builder()
            .max_request_body_size(REQUEST_BYTES)
            .max_response_body_size(RESPONSE_BYTES)
            .max_connections(bounds.connections)
            .max_subscriptions_per_connection(bounds.subscriptions)
            .set_batch_request_config(BatchRequestConfig::Limit(CALLS))
            .build();
        let server = RpcServer::builder()
            .set_config(config)
            .build(bounds.address)
            .await
            .map_err(|error| listen(&error))?;
        let address = server.local_addr().map_err(|error| listen(&error))?;
        let module = module(shared, &bounds).map_err(|error| listen(&error))?;
        Ok(Self {
            address,
            handle: server.start(module),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more calls, and returns once those that go on have ended.
    pub async fn stop(self) {
        // Stopped already is stopped.
        let _ = self.handle.stop();
        self.handle.clone().stopped().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.handle.stop();
    }
}

pub(crate) fn module(
    shared: Arc<Shared>,
    bounds: &Bounds,
) -> Result<RpcModule<Door>, RegisterMethodError> {
    let mut module = RpcModule::new(Door {
        shared,
        bucket: Mutex::new(Bucket::new(bounds.submissions)),
        begun: Instant::now(),
    });
    method(&mut module, "rollup_submit", submit)?;
    method(&mut module, "rollup_status", |door, arguments| {
        let id: OperationId = arguments.next()?;
        Ok(answers::standing(&door.shared, &id))
    })?;
    method(&mut module, "rollup_receipt", |door, arguments| {
        let id: OperationId = arguments.next()?;
        receipt::receipt(&door.shared, &id)
    })?;
    method(&mut module, "rollup_account", account)?;
    method(&mut module, "rollup_proof", |door, arguments| {
        let tree: WireTree = arguments.next()?;
        let index = wire::index(arguments.next()?)?;
        answers::proof(&door.shared, tree.into(), index)
    })?;
    method(&mut module, "rollup_batch", |door, arguments| {
        let number = BatchNumber::new(arguments.next()?);
        Ok(answers::batch(&door.shared, number))
    })?;
    method(&mut module, "rollup_batches", batches)?;
    method(&mut module, "rollup_fees", |door, _| {
        Ok(answers::fees(&door.shared))
    })?;
    method(&mut module, "rollup_queue", |door, arguments| {
        let tree: WireTree = arguments.next()?;
        answers::queue(&door.shared, tree.into())
    })?;
    method(&mut module, "rollup_health", |door, _| {
        Ok(answers::health(&door.shared))
    })?;
    method(&mut module, "rollup_info", |door, _| {
        Ok(answers::info(&door.shared))
    })?;
    subscribe::register(&mut module)?;
    Ok(module)
}

fn submit(door: &Door, arguments: &mut Arguments<'_>) -> Result<Value> {
    let passes = {
        let mut bucket = door.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.pass(door.begun.elapsed())
    };
    if !passes {
        return Err(Error::TooMany {
            what: "submissions at once",
            got: 1,
            most: 0,
        });
    }
    let operation: WireOperation = arguments.next()?;
    // Whoever heard no answer may ask twice: the same again is the same operation.
    let (id, is_known) = match door.shared.submit(&operation, door.now()) {
        Err(Error::Refused(Refusal::Known { id })) => (id, true),
        admitted => (admitted?.id, false),
    };
    Ok(json!({ "id": id, "known": is_known, "confirmation": "soft" }))
}

fn account(door: &Door, arguments: &mut Arguments<'_>) -> Result<Value> {
    let tree: Tree = arguments.next::<WireTree>()?.into();
    let which: Value = arguments.next()?;
    let index = match which {
        Value::String(key) => {
            let key = AccountKey::new(wire::scalar(&key)?);
            let owner = wire::address(&arguments.next::<String>()?)?;
            let desk = door.shared.desk();
            let pending = desk.core().pending().ok_or(Error::NotFound {
                what: "the rollup's state",
            })?;
            match pending.tree(tree).find(key, owner) {
                Some(index) => index,
                None => return Ok(Value::Null),
            }
        }
        other => {
            let place: u32 = serde_json::from_value(other).map_err(|_| Error::Malformed {
                what: "an account's place",
            })?;
            wire::index(place)?
        }
    };
    if index == AccountIndex::SENTINEL {
        return Ok(Value::Null);
    }
    Ok(answers::account(&door.shared, tree, index))
}

fn batches(door: &Door, arguments: &mut Arguments<'_>) -> Result<Value> {
    let from: Option<u64> = arguments.optional()?;
    let count: u64 = arguments.optional()?.unwrap_or(20);
    if count > BATCHES {
        return Err(Error::TooMany {
            what: "batches",
            got: count,
            most: BATCHES,
        });
    }
    let below = from.map(|from| BatchNumber::new(from.saturating_add(1)));
    let numbers: Vec<BatchNumber> = {
        let desk = door.shared.desk();
        let count = usize::try_from(count).unwrap_or(0);
        desk.core().numbers(below).take(count).collect()
    };
    let found = numbers.into_iter().map(|n| answers::batch(&door.shared, n));
    Ok(Value::Array(found.collect()))
}

/// Whether a stage is one that a subscriber of batches hears of.
const fn is_told(stage: Stage) -> bool {
    !matches!(stage, Stage::Unknown)
}

#[cfg(test)]
mod tests;
