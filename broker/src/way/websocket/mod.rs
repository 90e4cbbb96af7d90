//! WebSocket frames as a [`Layer`](super::Layer).
