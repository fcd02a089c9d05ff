// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import { ICertificates } from "./ICertificates.sol";
import { IStakes } from "./IStakes.sol";

/// @title The DA network on L1, as a rollup sees it
interface IRegistry is ICertificates, IStakes { }
