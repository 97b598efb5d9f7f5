//! Filter expressions, profiles and scores.
