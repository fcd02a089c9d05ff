//! That a batch follows the rules: the circuit, the prover, the set-up, the verifier on L1.
