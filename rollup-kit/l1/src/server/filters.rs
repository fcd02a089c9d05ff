//! Filters that clients poll.

use alloy::primitives::U64;
use alloy::rpc::types::Filter;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use serde_json::json;

use super::Shared;
use super::params::method;
use crate::error::Error;
use crate::logs::Changes;

pub(super) fn register(module: &mut RpcModule<Shared>) -> Result<(), RegisterMethodError> {
    method(module, &["eth_newFilter"], |shared, arguments| {
        let filter: Filter = arguments.next()?;
        Ok(U64::from(shared.filters().open(Some(filter))))
    })?;
    method(module, &["eth_newBlockFilter"], |shared, _| {
        Ok(U64::from(shared.filters().open(None)))
    })?;
    method(module, &["eth_uninstallFilter"], |shared, arguments| {
        Ok(shared.filters().close(arguments.number()?))
    })?;
    method(module, &["eth_getFilterChanges"], |shared, arguments| {
        Ok(match shared.filters().changes(arguments.number()?)? {
            Changes::Hashes(hashes) => json!(hashes),
            Changes::Logs(logs) => json!(logs),
        })
    })?;
    method(module, &["eth_getFilterLogs"], |shared, arguments| {
        let id = arguments.number()?;
        let filter = shared.filters().filter(id).cloned();
        let filter = filter.ok_or_else(|| Error::NotFound {
            what: "filter",
            id: id.to_string(),
        })?;
        shared.chain().logs(&filter)
    })
}
