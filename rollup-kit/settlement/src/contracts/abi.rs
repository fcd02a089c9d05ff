//! The contracts' interfaces: what a client calls, reads and hears. Held against the committed
//! artefacts by a test, function by function.

// The macro documents what Solidity documents; its output is not ours to annotate.
#![allow(missing_docs, clippy::too_many_arguments)]

use alloy::sol;

sol! {
    #![sol(abi, extra_derives(Debug, PartialEq, Eq))]

    /// `src/types/Points.sol`.
    struct Fp {
        uint256 hi;
        uint256 lo;
    }

    struct Fp2 {
        Fp c0;
        Fp c1;
    }

    struct G1Point {
        Fp x;
        Fp y;
    }

    struct G2Point {
        Fp2 x;
        Fp2 y;
    }

    /// `src/types/Certificates.sol`.
    struct Certificate {
        bytes32 blob;
        bytes32 set;
        uint64 acceptedAt;
        uint64 expiresAt;
        bytes signers;
        G2Point signature;
    }

    struct CertifiedBlob {
        bytes32 blob;
        bytes32 set;
        uint64 acceptedAt;
        uint64 expiresAt;
        bytes32 digest;
        bytes32 signers;
        uint64 signedWeight;
        uint64 totalWeight;
    }

    struct Finality {
        bytes header;
        uint32 round;
        bytes signers;
        G2Point signature;
    }

    /// `src/registry/Parameters.sol`.
    struct Parameters {
        bytes32 chainId;
        bytes32 genesisSet;
        uint64 retention;
        uint64 certificateAge;
        uint64 clockDrift;
        uint64 trustingPeriod;
        uint64 unbonding;
        uint64 notice;
        uint64 jailTerm;
        uint64 rescueWindow;
        uint32 rescuesToJail;
        uint128 minimumStake;
    }

    /// `src/governance/Settings.sol`.
    struct Settings {
        address batches;
        address checkpoints;
        address exits;
        uint32 challengeWindow;
        uint32 answerWindow;
        uint32 exculpationWindow;
        uint32 queueSpacing;
        uint32 answerGas;
        uint32 cellGas;
        uint8 dutyCells;
        uint96 minBond;
        uint96 dearBlobBaseFee;
        uint96 challengerCap;
        uint96 operatorSlash;
    }

    /// `src/rollup/TokenList.sol`.
    struct TokenTerms {
        address token;
        uint96 least;
        uint128 weiPerMillion;
        uint16 coverShare;
        uint128 calm;
    }

    /// `src/kzg/KzgPoint.sol`.
    struct KzgPoint {
        bytes32 head;
        bytes16 tail;
    }

    /// `src/kzg/Cells.sol`.
    struct Cell {
        uint8 column;
        uint256[64] coefficients;
        KzgPoint proof;
    }

    struct CellOpenings {
        uint256 rowValue;
        KzgPoint rowProof;
        uint256 quotientValue;
        KzgPoint quotientProof;
    }

    /// `src/rollup/Types.sol`.
    struct Roots {
        uint256 onL1;
        uint256 offL1;
    }

    struct Operation {
        uint8 kind;
        uint16 token;
        uint128 amount;
        address owner;
        uint256 account;
        uint256 authority;
        uint64 enqueuedAt;
        uint64 deadline;
    }

    struct Withdrawal {
        uint8 tree;
        uint16 token;
        uint128 amount;
        address recipient;
        uint256 account;
    }

    struct Holding {
        uint64 slot;
        address owner;
        uint16 token;
        uint128 amount;
    }

    struct RowOpening {
        uint256 value;
        KzgPoint proof;
    }

    struct Submission {
        Roots roots;
        uint256 digest;
        uint8 carrier;
        KzgPoint[] blobs;
        uint256[] elements;
        bytes meta;
        Certificate certificate;
        RowOpening[] openings;
        Operation[] onOperations;
        Operation[] offOperations;
        Withdrawal[] withdrawals;
        bytes proof;
    }

    struct Checkpoint {
        uint256 digest;
        bytes32 onExits;
        bytes32 offExits;
        bytes meta;
        Certificate certificate;
        RowOpening[] openings;
        bytes proof;
    }

    struct Batch {
        Roots roots;
        bytes32 blob;
        bytes32 certificate;
        bytes32 withdrawals;
        uint256 publicRows;
        address operator;
        uint64 submittedAt;
        uint16 rows;
        uint16 openRows;
        uint64 challengeUntil;
        uint64 onHead;
        uint64 offHead;
        uint32 settings;
        uint32 era;
    }

    /// `src/rollup/Rollup.sol`.
    struct Modules {
        address vault;
        address tokens;
        address coverage;
        address operators;
        address escapePool;
        address rowChallenges;
        address cellChallenges;
        address signers;
    }

    /// `src/rollup/HashTree.sol`.
    struct Path {
        uint64 index;
        uint64 leaves;
        bytes32[] siblings;
    }

    /// `src/interfaces/IChallenges.sol`.
    struct RowChallenge {
        uint8 state;
        uint64 openedAt;
        uint64 deadline;
        uint128 pooled;
        uint128 payable_;
        uint128 earned;
    }

    /// `src/challenge/CellChallenges.sol`.
    struct CellChallenge {
        bytes32 validator;
        address challenger;
        uint64 deadline;
        bool ended;
        uint128 bond;
        uint64 batch;
        uint16 row;
        uint8 column;
    }

    /// `src/challenge/Custody.sol`.
    struct Signer {
        CertifiedBlob certified;
        bytes bitmap;
        uint16 index;
        bytes key;
    }

    contract Registry {
        event SetAdvanced(bytes32 indexed from, bytes32 indexed to, uint64 height, uint64 time);
        event Slashed(bytes32 indexed validator, address indexed rollup, uint256 amount);

        constructor(Parameters parameters);
        function advanceSet(Finality finality) external;
        function allocate(bytes32 validator, address rollup, uint128 units) external;
        function assemble(bytes32[] pages) external returns (bytes32 set);
        function chainId() external view returns (bytes32);
        function claim(uint64 ticket, address to) external returns (uint256 amount);
        function confirmedAt() external view returns (uint64);
        function coverage(bytes32 validator, address rollup) external view returns (uint256);
        function currentSet() external view returns (bytes32);
        function deposited() external view returns (uint128);
        function height() external view returns (uint64);
        function held() external view returns (uint256);
        function isProven(bytes32 validator) external view returns (bool);
        function jailedUntil(bytes32 validator, address rollup) external view returns (uint64);
        function member(bytes32 set, uint16 index) external view returns (bytes32 validator, uint64 weight);
        function memberCount(bytes32 set) external view returns (uint256);
        function operatorOf(bytes32 validator) external view returns (address);
        function ownerOf(bytes32 validator) external view returns (address);
        function paid() external view returns (uint128);
        function previousSet() external view returns (bytes32);
        function provePossession(G1Point key, G2Point proof) external returns (bytes32 validator);
        function register(G1Point key, G2Point signature, address operator, uint16 commission) external payable returns (bytes32 validator);
        function registrationDigest(address owner) external view returns (bytes32);
        function setOperator(bytes32 validator, address operator) external;
        function slashable(bytes32 validator, address rollup) external view returns (uint256);
        function slashed() external view returns (uint128);
        function storePage(G1Point[] keys, uint64[] weights) external returns (bytes32 id);
        function unbond(bytes32 validator, uint128 shares) external returns (uint64 ticket);
        function verifyCertificate(Certificate certificate) external view returns (CertifiedBlob);
    }

    contract SettingsLog {
        constructor(address lock_, Settings first);
        function current() external view returns (uint32);
        function get(uint32 version) external view returns (Settings);
        function lock() external view returns (address);
    }

    contract Inputs {
        function ofBatch(uint64 number, Roots prior, uint256 rows, Submission submission) external view returns (uint256[] inputs);
        function ofCheckpoint(uint64 number, Roots roots, uint256 rows, Checkpoint checkpoint) external view returns (uint256[] inputs);
        function ofExits(uint8 tree, uint256 root, bytes32 exits) external pure returns (uint256[] inputs);
        function ofHoldings(uint8 tree, uint64 newest, Roots roots, Holding[] holdings, uint256 digest) external view returns (uint256[] inputs);
    }

    contract Proxy {
        constructor(address lock, address implementation, bytes setUp);
    }

    contract TimeLock {
        constructor(address proposer_, uint64 delay_);
        function delay() external view returns (uint64);
        function proposer() external view returns (address);
        function propose(address target, bytes data, bytes32 salt) external returns (bytes32 call);
        function execute(address target, bytes data, bytes32 salt) external returns (bytes);
    }

    contract Rollup {
        event BatchFinal(uint64 indexed number);
        event BatchSubmitted(uint64 indexed number, Batch batch);
        event Cancelled(uint8 indexed tree, uint64 indexed place);
        event Enqueued(uint8 indexed tree, uint64 indexed place, Operation operation);
        event Escaped(uint8 indexed tree, uint64 indexed slot, Holding holding);
        event ExitsProved(uint8 indexed tree, uint256 indexed root, bytes32 exits);
        event FellBack(uint64 indexed to, uint64 indexed newest, Roots roots);
        event Frozen(uint8 indexed tree, uint64 indexed place);
        event Moved(uint64 indexed batch, uint64 indexed index, Withdrawal withdrawal);
        event Withdrawn(uint64 indexed batch, uint64 indexed index, Withdrawal withdrawal);

        constructor(address registry_, address settings_, address inputs_, bytes29 namespace_);
        function batchAt(uint64 number) external view returns (Batch);
        function batchOf(bytes32 blob) external view returns (uint64);
        function begin(Roots genesis, Modules modules) external;
        function begun() external view returns (bool);
        function cancelDeposit(uint8 tree, uint64 place, Operation operation) external;
        function claim(uint64 number, Withdrawal withdrawal, Path path) external;
        function coverage() external view returns (address);
        function deposit(uint8 tree, uint16 token, uint128 amount, uint256 account) external payable returns (uint64);
        function era() external view returns (uint32);
        function escape(uint8 tree, Holding holding, Path path) external;
        function escapeMany(uint8 tree, Holding[] holdings, uint256 digest, bytes proof) external;
        function escapePool() external view returns (address);
        function escaped(uint8 tree, uint64 slot) external view returns (bool);
        function exitsOf(uint8 tree, uint256 root) external view returns (bytes32 exits);
        function finalBatch() external view returns (uint64);
        function finalize(uint256 most) external returns (uint64 number);
        function forceWithdrawal(uint8 tree, uint16 token, uint128 amount, address owner, uint256 account, uint256 authority) external returns (uint64);
        function freeze(uint8 tree, uint64 place, Operation operation) external;
        function frozen() external view returns (bool);
        function frozenRoot(uint8 tree) external returns (uint256);
        function inputs() external view returns (address);
        function isVoid(uint64 number) external view returns (bool);
        function lastCheckpoint() external view returns (uint64);
        function maySlash(address challenges) external view returns (bool);
        function namespace() external view returns (bytes29);
        function newestBatch() external view returns (uint64);
        function operators() external view returns (address);
        function proveExits(uint8 tree, bytes32 exits, bytes proof) external;
        function registry() external view returns (address);
        function rowChallenges() external view returns (address);
        function settings() external view returns (address);
        function submitBatch(Submission submission) external returns (uint64 number);
        function submitCheckpoint(Checkpoint checkpoint) external returns (uint64 number);
        function tailOf(uint8 tree) external view returns (uint64);
        function tokens() external view returns (address);
        function valueOf(uint8 tree, uint16 token) external view returns (uint256);
        function vault() external view returns (address);
    }

    contract Vault {
        event DelayedUntil(uint256 indexed id, address indexed owner, uint256 amount, uint64 readyAt);

        constructor(address rollup_);
        function delayed(uint256 id) external view returns (address owner, address token, uint128 amount, uint64 readyAt);
        function delayedCount() external view returns (uint256);
        function fetch(address token, address to) external returns (uint256 amount);
        function held(address token) external view returns (uint256);
        function owed(address token) external view returns (uint256);
        function ready(address owner, address token) external view returns (uint256);
        function release(uint256 id) external;
        function rollup() external view returns (address);
    }

    contract Coverage {
        constructor(address registry_, address rollup_, uint256 operatorSlash_);
        function covered() external view returns (uint256);
        function measure(bytes bitmap) external;
        function measuredAt() external view returns (uint64);
        function operatorSlash() external view returns (uint256);
        function registry() external view returns (address);
        function rollup() external view returns (address);
        function stake() external view returns (uint256);
    }

    contract TokenList {
        constructor(address lock_, address coverage_, uint256 maxTokens_, TokenTerms ether_);
        function capOf(uint16 id) external view returns (uint256);
        function coverage() external view returns (address);
        function get(uint16 id) external view returns (TokenTerms);
        function lock() external view returns (address);
        function maxTokens() external view returns (uint256);
    }

    contract CellMultiproof {
        function check(KzgPoint commitment, Cell cell, G1Point row, G1Point proof) external view;
    }

    contract Operators {
        event OperatorSlashed(address indexed operator, uint256 amount, uint256 left);

        constructor(address challenges_, uint128 leastBond_);
        function bond() external payable;
        function bonds(address operator) external view returns (uint128 amount, uint64 leavesAt, uint32 place);
        function challenges() external view returns (address);
        function fetch(address to) external;
        function inTurn() external view returns (address);
        function leastBond() external view returns (uint128);
        function resign() external;
    }

    contract EscapePool {
        event Funded(address indexed from, uint256 amount);
        event Refunded(address indexed to, uint256 amount);

        constructor(address[] payers);
        function isPayer(address payer) external view returns (bool);
    }

    contract Signers {
        event CellPublished(uint64 indexed batch, uint16 indexed row, uint8 column, bytes32 indexed validator);
        event BlobPublished(uint64 indexed batch, uint16 indexed row, bytes32 indexed validator);
        event SignerSlashed(uint64 indexed batch, uint16 indexed row, bytes32 indexed validator, uint256 amount);

        constructor(address rollup_, address settings_, address registry_, address challenges_, address multiproof_, address escapePool_);
        function challenges() external view returns (address);
        function columnsOf(uint64, uint16, bytes32) external view returns (uint128);
        function dutyOf(uint64 number, Signer signer) external view returns (uint128);
        function escapePool() external view returns (address);
        function fetchForCells(uint64 number, uint16 row) external;
        function firstCells(uint64, uint16, address) external view returns (uint256);
        function isSlashed(uint64, uint16, bytes32) external view returns (bool);
        function multiproof() external view returns (address);
        function publicColumns(uint64, uint16) external view returns (uint128);
        function publishBlob(uint64 number, bytes meta, uint16 row, uint256 blob, bytes32 validator) external;
        function publishCell(uint64 number, bytes meta, uint16 row, Cell cell, CellOpenings openings, bytes32 validator) external;
        function publishCellByMultiproof(uint64 number, bytes meta, uint16 row, Cell cell, G1Point commitment, G1Point proof, bytes32 validator) external;
        function registry() external view returns (address);
        function rollup() external view returns (address);
        function settings() external view returns (address);
        function slash(uint64 number, uint16 row, Signer signer) external returns (uint256 taken);
    }

    contract RowChallenges {
        event Contributed(uint64 indexed batch, uint16 indexed row, address indexed from, uint256 amount);
        event Challenged(uint64 indexed batch, uint16 indexed row, uint64 deadline);
        event Extended(uint64 indexed batch, uint16 indexed row, uint64 deadline);
        event Published(uint64 indexed batch, uint16 indexed row, address by, uint256 paid);
        event Expired(uint64 indexed batch, uint16 indexed row, uint256 slashed);

        constructor(address rollup_, address settings_, address operators_, address escapePool_, address signers_);
        function bondOf(uint64 number) external view returns (uint256);
        function challenge(uint64 number, uint16 row) external payable;
        function challengeOf(uint64 number, uint16 row) external view returns (RowChallenge);
        function contributionOf(uint64, uint16, address contributor) external view returns (uint256);
        function earnings(address answerer) external view returns (uint256);
        function escapePool() external view returns (address);
        function expire(uint64 number, uint16 row) external;
        function extend(uint64 number, uint16 row) external;
        function fetch(uint64 number, uint16 row) external;
        function fetchEarnings(address to) external;
        function fetchedBy(uint64, uint16, address contributor) external view returns (uint256);
        function leavePool(uint64 number, uint16 row) external;
        function operators() external view returns (address);
        function publish(uint64 number, bytes meta, uint16 row, uint256 blob) external;
        function rollup() external view returns (address);
        function settings() external view returns (address);
        function signers() external view returns (address);
    }

    contract CellChallenges {
        event CellAnswered(bytes32 indexed id, address by, uint256 paid);
        event CellChallenged(bytes32 indexed id, bytes32 indexed validator, CellChallenge challenge);
        event CellExpired(bytes32 indexed id, uint256 slashed);

        constructor(address rollup_, address settings_, address registry_, address multiproof_, address escapePool_);
        function answer(bytes32 id, bytes meta, Cell cell, CellOpenings openings) external;
        function answerByMultiproof(bytes32 id, bytes meta, Cell cell, G1Point commitment, G1Point proof) external;
        function answerByRow(bytes32 id) external;
        function challenge(uint64 number, uint16 row, uint8 column, Signer signer) external payable returns (bytes32 id);
        function challenges(bytes32 id) external view returns (bytes32 validator, address challenger, uint64 deadline, bool ended, uint128 bond, uint64 batch, uint16 row, uint8 column);
        function earnings(address owner) external view returns (uint256);
        function escapePool() external view returns (address);
        function expire(bytes32 id) external returns (uint256 taken);
        function fetch(address to) external;
        function multiproof() external view returns (address);
        function registry() external view returns (address);
        function rollup() external view returns (address);
        function settings() external view returns (address);
    }

    contract AttestedStatements {
        constructor(address[] attestors_, uint256 threshold_);
        function attestors() external view returns (address[]);
        function digestOf(address rollup, uint256[] publicInputs) external view returns (bytes32);
        function threshold() external view returns (uint256);
        function verify(bytes proof, uint256[] publicInputs) external view;
    }

    contract BatchVerifier {
        constructor(bytes[] keys_);
        function keys() external view returns (bytes);
        function verify(bytes proof, uint256[] publicInputs) external view;
    }

    contract StatementVerifier {
        constructor(bytes[] keys_);
        function keys() external view returns (bytes);
        function verify(bytes proof, uint256[] publicInputs) external view;
    }
}
