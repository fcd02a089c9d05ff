//! The bonded operators, read from L1.

use crate::Result;
use crate::rotation::Roster;
use alloy::primitives::{Address, U256};
use settlement::Error;
use settlement::client::L1Client;

// The macro documents what Solidity documents; its output is not ours to annotate.
#[allow(missing_docs)]
mod abi {
    alloy::sol! {
        contract Rotation {
            function rotation(uint256 place) external view returns (address operator);
        }
    }
}

/// `Operators.MAX_OPERATORS`.
const MOST: u64 = 72;

/// Reads them, place by place, until there are no more.
pub(super) async fn read(client: &L1Client, operators: Address) -> Result<Roster> {
    let mut roster = Roster::default();
    for place in 0..MOST {
        let call = abi::Rotation::rotationCall {
            place: U256::from(place),
        };
        match client.view(operators, &call).await {
            Ok(operator) => roster.operators.push(operator),
            // Beyond the array's end.
            Err(Error::Reverted { .. }) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(roster)
}
