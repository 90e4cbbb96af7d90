//! Devices: simulated clients, which speak to the engine as clients do.
