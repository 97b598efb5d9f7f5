//! Tables, JSON and CSV.
