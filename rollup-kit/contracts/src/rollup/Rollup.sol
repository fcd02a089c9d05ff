// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { SettingsLog } from "../governance/Settings.sol";
import { IOperators } from "../interfaces/IOperators.sol";
import { IRegistry } from "../interfaces/IRegistry.sol";
import { IRollup } from "../interfaces/IRollup.sol";
import { canonical } from "../kzg/Scalar.sol";
import { ValidatorId } from "../types/ValidatorId.sol";
import { Batches } from "./Batches.sol";
import { Coverage } from "./Coverage.sol";
import { EscapePool } from "./EscapePool.sol";
import { Exits } from "./Exits.sol";
import { HashTree } from "./HashTree.sol";
import { Inputs } from "./Inputs.sol";
import { TokenList } from "./TokenList.sol";
import { Batch, BatchNumber, Roots } from "./Types.sol";
import { Vault } from "./Vault.sol";

/// The contracts around a rollup.
struct Modules {
    Vault vault;
    TokenList tokens;
    Coverage coverage;
    IOperators operators;
    EscapePool escapePool;
    address rowChallenges;
    address cellChallenges;
    address signers;
}

/// @title A rollup whose operator chooses per account where its data is
/// @notice Read `TreeLedger` (value), `Intake` (in), `History` (what is final), `Batches` (how it
/// moves) and `Exits` (out), in this order. Nobody owns it. Where it stands behind a `Proxy`, the
/// time lock changes the code.
contract Rollup is Exits {
    /// Who begins it, once, right after deployment.
    address internal immutable DEPLOYER;
    bool public begun;
    /// Counts out what is slashed.
    Coverage public coverage;
    mapping(address challenges => bool) public maySlash;

    event Begun(Modules modules);

    error NotDeployer(address got, address expected);
    error AlreadyBegun();
    error NotRegistry(address got, address expected);
    error PaymentRefused(address to, uint256 amount);

    constructor(IRegistry registry_, SettingsLog settings_, Inputs inputs_, bytes29 namespace_)
        Batches(registry_, settings_, inputs_, namespace_)
    {
        DEPLOYER = msg.sender;
    }

    /// Stake that the registry hands over, on its way to whoever slashed it.
    receive() external payable {
        if (msg.sender != address(registry)) revert NotRegistry(msg.sender, address(registry));
    }

    /// Gives the rollup its first state. It is not the constructor's work, since the modules
    /// refer to the rollup's address, and since a proxy's storage is not its code's.
    /// @param genesis The roots of the empty trees, or of those that the rollup takes over.
    function begin(Roots calldata genesis, Modules calldata modules) external {
        if (msg.sender != DEPLOYER) revert NotDeployer(msg.sender, DEPLOYER);
        if (begun) revert AlreadyBegun();
        begun = true;
        Batch memory batch;
        batch.roots = Roots(canonical(genesis.onL1), canonical(genesis.offL1));
        batch.submittedAt = uint64(block.timestamp);
        batch.withdrawals = HashTree.root(new bytes32[](0));
        // The beginning is its own checkpoint: it is part of the rollup's definition.
        _append(BatchNumber.wrap(0), batch);
        vault = modules.vault;
        tokens = modules.tokens;
        coverage = modules.coverage;
        operators = modules.operators;
        escapePool = modules.escapePool;
        rowChallenges = modules.rowChallenges;
        maySlash[modules.cellChallenges] = true;
        maySlash[modules.signers] = true;
        emit Begun(modules);
    }

    /// @inheritdoc IRollup
    function slashValidator(ValidatorId validator, uint256 amount)
        external
        returns (uint256 taken)
    {
        if (!maySlash[msg.sender]) revert NotChallenges(msg.sender);
        // The registry refuses to slash nothing, and a challenge must end all the same.
        uint256 most = registry.slashable(validator, address(this));
        if (most == 0) return 0;
        taken = registry.slash(validator, amount < most ? amount : most);
        coverage.slashed(taken);
        (bool ok,) = msg.sender.call{ value: taken }("");
        if (!ok) revert PaymentRefused(msg.sender, taken);
    }

    /// @inheritdoc IRollup
    function reportRescue(ValidatorId validator) external {
        if (!maySlash[msg.sender]) revert NotChallenges(msg.sender);
        // A member of the set that never came to L1 has no fees to lose.
        if (registry.ownerOf(validator) != address(0)) registry.reportRescue(validator);
    }
}
