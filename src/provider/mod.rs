//! Who supplies which field, the merge, and the bounded run.
