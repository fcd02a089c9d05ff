//! What a rollup owns: two Poseidon trees under one root, accounts, keys, operations.
