//! Rules, stubs and devices that a file describes: `[[fault]]`, `[[stub]]`, `[[device]]`.
