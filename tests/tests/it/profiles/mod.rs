//! Clients that are held against what other brokers would not take, over real sockets.

mod handle;
mod paho;
mod program;
mod relay;
mod rows;
