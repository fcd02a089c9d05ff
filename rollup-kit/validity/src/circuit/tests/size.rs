//! How large the circuits are.

use super::cases::circuit;
use ledger::{Amount, Batch, BatchSize};

/// What an operation may cost, the batch's own constraints shared out.
const MOST_PER_OPERATION: usize = 30_000;

fn empty(operations: usize) -> crate::CircuitSize {
    let mut state = super::cases::funded();
    let size = BatchSize::new(operations).unwrap();
    let batch = Batch::new(&mut state, size, Amount::new(1));
    circuit(&batch.finish().unwrap()).measured().unwrap()
}

#[test]
fn an_operation_costs_at_most_30_000_constraints() {
    let [one, two] = [empty(1), empty(2)];
    let each = two.constraints - one.constraints;
    let once = one.constraints - each;
    println!("{each} constraints an operation, {once} a batch");
    for (operations, power) in [(8, 18), (32, 20), (128, 22)] {
        let all = once + operations * each;
        println!(
            "{operations} operations: {all} constraints, {} each, 2^{power}",
            all / operations
        );
        assert!(all <= operations * MOST_PER_OPERATION);
        assert!(all + crate::INPUTS < 1 << power);
    }
    assert_eq!(empty(8).constraints, once + 8 * each);
}
