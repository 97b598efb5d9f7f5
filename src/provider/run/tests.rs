//! The run, from what the contract says of it: which demand makes which requests, how long it
//! waits, and what is missing for which reason. Providers answer as each test says; no time passes but in the run.

mod demands;
mod measured;
mod properties;
mod rounds;
mod waiting;
