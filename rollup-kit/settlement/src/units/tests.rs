#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::Wei;

#[test]
fn amounts_read_back_as_they_show() {
    for (text, wei) in [
        ("0.05 ETH", 50_000_000_000_000_000),
        ("32 ether", 32 * Wei::PER_ETHER),
        ("1.5 gwei", 1_500_000_000),
        ("12 wei", 12),
        ("0 ETH", 0),
    ] {
        let amount: Wei = text.parse().unwrap();
        assert_eq!(amount.get(), wei, "{text}");
        assert_eq!(amount.to_string().parse::<Wei>().unwrap(), amount);
    }
}

#[test]
fn what_is_no_amount_is_refused() {
    for text in [
        "",
        "5",
        "5 btc",
        "-1 ETH",
        "0.5 wei",
        "1.0000000001 gwei",
        ". ETH",
        "1e3 ETH",
    ] {
        assert!(text.parse::<Wei>().is_err(), "{text:?}");
    }
    let beyond = format!("{}0 wei", u128::MAX);
    assert!(beyond.parse::<Wei>().is_err());
}

#[test]
fn percents_are_exact_where_they_can_be() {
    assert_eq!(Wei::ether(32).percent(10), Wei::milliether(3200));
    assert_eq!(Wei::new(199).percent(50), Wei::new(99));
    assert_eq!(Wei::new(u128::MAX).percent(100), Wei::new(u128::MAX));
}
