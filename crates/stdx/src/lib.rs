//! Small building blocks that know no product noun: atomic writes, JSONL reading, truncation.
