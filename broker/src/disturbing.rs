//! The calls that disturb: rules, stubs, devices, the world.
