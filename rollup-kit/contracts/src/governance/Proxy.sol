// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { TimeLock } from "./TimeLock.sol";

/// @title An address whose code changes behind the time lock (ERC-1967)
/// @notice Only the time lock's calls to `upgradeTo` are for the proxy; all else, also from the
/// time lock, goes to the code.
contract Proxy {
    /// keccak256("eip1967.proxy.implementation") − 1.
    bytes32 internal constant IMPLEMENTATION =
        0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    TimeLock internal immutable LOCK;

    event Upgraded(address indexed implementation);

    error NoCode(address got);

    /// @param setUp The first call to the code, made before anybody else's.
    constructor(TimeLock lock, address implementation, bytes memory setUp) {
        LOCK = lock;
        _point(implementation);
        if (setUp.length != 0) {
            (bool ok, bytes memory output) = implementation.delegatecall(setUp);
            if (!ok) {
                assembly ("memory-safe") {
                    revert(add(output, 32), mload(output))
                }
            }
        }
    }

    /// The name of this function, and the time lock as its caller, are all that the proxy keeps
    /// from the code.
    function upgradeTo(address implementation) external {
        if (msg.sender == address(LOCK)) _point(implementation);
        else _delegate();
    }

    fallback() external payable {
        _delegate();
    }

    receive() external payable {
        _delegate();
    }

    function _point(address implementation) private {
        if (implementation.code.length == 0) revert NoCode(implementation);
        assembly ("memory-safe") {
            sstore(IMPLEMENTATION, implementation)
        }
        emit Upgraded(implementation);
    }

    function _delegate() private {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), sload(IMPLEMENTATION), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}
