//! What the engine writes into its journal: every packet both ways, every event, every decision; and what the ring
//! still holds when it has gone round.

mod bench;
mod captures;
mod decisions;
mod drawings;
mod filters;
mod packets;
mod ring;
mod tails;
mod traces;
