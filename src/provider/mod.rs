//! Who supplies which field, the merge, and the bounded run (product §1 and §5).
//!
//! [`plan`] and [`board`] are pure: a ranking of sources per field, and the bookkeeping of what came from whom. Around them
//! each source has a file that turns its answers into observations, and [`run`] drives them all within the deadlines.

pub mod board;
pub mod plan;
