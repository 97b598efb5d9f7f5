//! What the fuzz targets need besides the program: a server's eye for the violations of a client.

pub mod protocol_checker;
