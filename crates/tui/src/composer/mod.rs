//! The multi-line editor and its widget.
