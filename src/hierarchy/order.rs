//! The natural order of ids: numbers in them count as numbers, so that `device-10` follows `device-9`.

use std::cmp::Ordering;

/// Compares two ids naturally; ids that differ only in leading zeros are told apart by the text.
#[must_use]
pub fn natural(left: &str, right: &str) -> Ordering {
    let (mut a, mut b) = (left, right);
    loop {
        let (piece_a, rest_a) = piece(a);
        let (piece_b, rest_b) = piece(b);
        if piece_a.is_empty() || piece_b.is_empty() {
            return piece_a
                .len()
                .cmp(&piece_b.len())
                .then_with(|| left.cmp(right));
        }
        let numbers = is_digits(piece_a) && is_digits(piece_b);
        let order = if numbers {
            let (x, y) = (
                piece_a.trim_start_matches('0'),
                piece_b.trim_start_matches('0'),
            );
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            piece_a.cmp(piece_b)
        };
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

/// The first run of digits, or of anything else, and what follows it.
fn piece(text: &str) -> (&str, &str) {
    let digits = is_digits(text);
    let end = text
        .find(|c: char| c.is_ascii_digit() != digits)
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn is_digits(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_count_as_numbers() {
        let mut ids = ["d-10", "d-9", "d", "d-1-2", "d-01", "e-1", "d-1"];
        ids.sort_by(|a, b| natural(a, b));
        assert_eq!(ids, ["d", "d-01", "d-1", "d-1-2", "d-9", "d-10", "e-1"]);
    }

    #[test]
    fn numbers_longer_than_any_integer_are_compared_too() {
        let (short, long) = ("d-99999999999999999999998", "d-99999999999999999999999");
        assert!(natural(short, long).is_lt());
    }
}
