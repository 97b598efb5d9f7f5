//! The program: hands the arguments to the library and turns its status into a process exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(volq::cli::run(std::env::args_os()))
}
