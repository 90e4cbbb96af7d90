//! What is said of the results.

mod table;

use super::run::Results;

/// Prints the results for people.
pub fn print(results: &Results) {
    print!("{}", table::plain(results));
}
