//! docs/DURABILITY.md: its commands do what it says.
