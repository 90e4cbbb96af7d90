//! HTTP as far as the port needs it: the head of one request, the answer to a WebSocket upgrade, and a page.
