//! Cells and proofs of every set-up against c-kzg's.
#![no_main]

use fuzz::kzg::{self, Extended, row, subjects};
use fuzz::scalars::Sparse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: { kzg::prepare() }, |pattern: Sparse| {
    let expected = Extended::new(row(&pattern));
    for setup in subjects() {
        assert_eq!(setup.extend(&expected.row).unwrap(), expected.cells);
        let got = setup.extend_with_proofs(&expected.row).unwrap();
        assert_eq!(got.row(), &expected.row);
        assert_eq!(got.commitment(), &expected.commitment);
        assert_eq!(got.cells(), expected.cells);
        assert_eq!(got.proofs(), expected.proofs);
    }
});
