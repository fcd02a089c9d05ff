//! What only the explorer asks of the contracts.

// The macro documents what Solidity documents; its output is not ours to annotate.
#![allow(missing_docs)]

alloy::sol! {
    #![sol(extra_derives(Debug))]

    /// `src/registry/Pool.sol`.
    struct Pool {
        uint128 assets;
        uint128 shares;
        uint128 unbonding;
        uint128 units;
        uint128 allocated;
    }

    /// `src/registry/Validators.sol`.
    struct Validator {
        address owner;
        uint16 commission;
        bool open;
        uint64 revision;
        address operator;
        Pool pool;
        uint256 rewardPerShare;
    }

    contract Registry {
        function validatorInfo(bytes32 validator) external view returns (Validator info);
    }

    contract Operators {
        event Bonded(address indexed operator, uint256 amount, uint256 total);

        function rotation(uint256 place) external view returns (address operator);
    }
}
