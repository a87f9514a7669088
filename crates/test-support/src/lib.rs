//! Dev-only harness: homes, repositories, a scripted server, the binary under test.
