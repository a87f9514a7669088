//! Which server, with which headers, and what the models there can do.
