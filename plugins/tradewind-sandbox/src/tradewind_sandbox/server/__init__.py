"""The sandbox on sockets: REST, market streams, the WebSocket API and the control port."""
