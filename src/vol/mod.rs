//! Volatility and option arithmetic, pure.
