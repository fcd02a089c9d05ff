// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { IProofVerifier } from "../../src/interfaces/IProofVerifier.sol";
import { Scalar } from "../../src/kzg/Scalar.sol";

/// Stands where a circuit's verifier will: takes the proof "holds", refuses any other, and shows
/// its inputs to whoever proves with "show".
contract VerifierDouble is IProofVerifier {
    error Shown(Scalar[] inputs);

    function verify(bytes calldata proof, Scalar[] calldata inputs) external pure {
        if (keccak256(proof) == keccak256("show")) revert Shown(inputs);
        if (keccak256(proof) != keccak256("holds")) revert ProofRefused();
    }
}

/// An ERC-20 token that can be told to misbehave.
contract Token {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    /// Units that vanish of every transfer.
    uint256 public fee;
    /// Says false instead of reverting.
    bool public lying;
    address public callee;
    bytes public callback;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function misbehave(uint256 fee_, bool lying_) external {
        (fee, lying) = (fee_, lying_);
    }

    function callBack(address callee_, bytes calldata callback_) external {
        (callee, callback) = (callee_, callback_);
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        return _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        if (lying) return false;
        if (callee != address(0)) {
            (bool ok,) = callee.call(callback);
            require(ok);
        }
        balanceOf[from] -= amount;
        balanceOf[to] += amount - fee;
        return true;
    }
}

/// Refuses money, or calls back when it comes.
contract Receiver {
    bool public refusing;
    address public callee;
    bytes public callback;
    bool public calledBack;

    function refuse(bool refusing_) external {
        refusing = refusing_;
    }

    function callBack(address callee_, bytes calldata callback_) external {
        (callee, callback) = (callee_, callback_);
    }

    function act(address target, bytes calldata data) external payable returns (bytes memory) {
        (bool ok, bytes memory output) = target.call{ value: msg.value }(data);
        if (!ok) {
            assembly {
                revert(add(output, 32), mload(output))
            }
        }
        return output;
    }

    receive() external payable {
        require(!refusing);
        if (callee == address(0)) return;
        (calledBack,) = callee.call(callback);
    }
}
