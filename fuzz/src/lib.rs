//! What the fuzz targets need besides the program: a server's eye for the sins of a client.

pub mod judge;
