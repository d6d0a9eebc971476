"""The browser screens and the JavaScript client."""
