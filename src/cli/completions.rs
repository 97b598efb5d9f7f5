//! `volq completions` and `volq man`: artefacts generated from the declaration of the command line itself.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use super::failure::{ExitStatus, Failure};
use super::messages;

/// Completion script for a shell
///
/// Example: volq completions zsh > ~/.zfunc/_volq
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// Which shell: bash, zsh, fish, elvish or powershell
    #[arg(value_name = "SHELL", hide_possible_values = true)]
    shell: Shell,
}

/// Manual page
///
/// Example: volq man > /usr/local/share/man/man1/volq.1, or volq man quote for one command
#[derive(Args, Debug)]
pub struct ManArgs {
    /// The command to describe; the program itself when absent
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<ExitStatus, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "volq", &mut script);
    messages::data(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Done)
}

pub(super) fn man(args: &ManArgs) -> Result<ExitStatus, Failure> {
    let mut program = Cli::command();
    program.build();
    if let Some(name) = &args.command {
        let Some(command) = program.find_subcommand(name) else {
            let message = format!("no command is named '{name}'");
            let error = program.error(clap::error::ErrorKind::InvalidSubcommand, message);
            return Ok(super::failure::clap(&error));
        };
        program = command.clone();
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(program).render(&mut page)?;
    messages::data(&String::from_utf8_lossy(&page))?;
    Ok(ExitStatus::Done)
}
