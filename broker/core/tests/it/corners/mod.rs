//! Cases that only a broken engine showed: each of these tests was written for a mutant (`tests/mutants`) that no other
//! test noticed.

mod capture;
mod engine;
mod router;
