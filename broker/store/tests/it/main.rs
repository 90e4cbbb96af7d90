//! The store on a disk that forgets, on one that fails, on bytes that changed, and on the real one.

mod failing;
mod forgetful;
mod power;
mod work;
