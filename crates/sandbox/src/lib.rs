//! The one place a command starts: policy, pty or pipes, output caps, process groups.
