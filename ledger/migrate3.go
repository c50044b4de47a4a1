package ledger

// schema3 is the third version: a thread's rows are only in threads.packed, where they were
// all along and which alone was read.
const schema3 = `
DROP TABLE usage;
`
