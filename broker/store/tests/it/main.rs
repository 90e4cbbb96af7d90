//! The store on a disk that forgets, on one that fails, on bytes that changed, and on the real one.

mod bytes;
mod chance;
mod failing;
mod forgetful;
mod killed;
mod power;
mod real;
mod refused;
mod work;
mod writer;
