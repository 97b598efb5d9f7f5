//! TLS, one HTTP client, deadlines, retries and rate budget.
