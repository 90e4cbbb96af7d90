//! The machine between two engines of ours, on a line that is cut.

mod behaviour;
mod crashes;
mod cuts;
mod lines;
mod scripted;
mod world;
