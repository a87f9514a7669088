//! Threads and turns: the pure turn machine, the loop that performs its effects, context assembly.
