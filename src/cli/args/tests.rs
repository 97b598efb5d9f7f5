//! What the common options parse to, and what their help says.

use clap::{CommandFactory, Parser};

use crate::model::Provider;
use crate::settings::{Key, Settings, SettingsError, resolve};

use super::*;

/// What the program does
#[derive(Parser)]
#[command(name = "volq")]
struct Probe {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: ProbeCommand,
}

#[derive(clap::Subcommand)]
enum ProbeCommand {
    /// What the command does
    Quote(ProbeQuote),
    Config(crate::cli::config::ConfigArgs),
}

#[derive(Args)]
struct ProbeQuote {
    #[command(flatten)]
    symbols: SymbolArgs,
    #[command(flatten)]
    history: HistoryArgs,
}

fn parsed(line: &str) -> GlobalArgs {
    Probe::try_parse_from(line.split(' ')).unwrap().global
}

fn resolved(line: &str) -> Result<Settings, SettingsError> {
    resolve(&[parsed(line).layer()])
}

#[test]
fn the_definition_is_sound() {
    Probe::command().debug_assert();
}

#[test]
fn shared_groups_leave_the_commands_own_description_alone() {
    let command = Probe::command();
    let about = |command: &clap::Command| command.get_about().map(ToString::to_string);
    assert_eq!(about(&command).as_deref(), Some("What the program does"));
    let quote = command.find_subcommand("quote").unwrap();
    assert_eq!(about(quote).as_deref(), Some("What the command does"));
}

#[test]
fn options_work_on_both_sides_of_the_command() {
    for line in ["volq --listen 2m quote SPY", "volq quote SPY --listen 120"] {
        assert_eq!(parsed(line).listen, Some(Duration::from_mins(2)), "{line}");
    }
}

#[test]
fn every_option_that_is_a_setting_reaches_it() {
    let settings = resolved(
        "volq quote SPY --provider legacy,rest --no-stream --no-cache --listen 500ms --wait-slot 3s --timeout 1m -o csv \
         --fields -beta --min-completeness 50 --color never",
    )
    .unwrap();
    assert_eq!(settings.providers(), [Provider::Legacy, Provider::Rest]);
    assert!(!settings.dxlink.enabled && !settings.cache.enabled);
    assert_eq!(settings.dxlink.listen, Duration::from_millis(500));
    assert_eq!(settings.dxlink.wait_slot, Duration::from_secs(3));
    assert_eq!(settings.run.timeout, Duration::from_mins(1));
    assert_eq!(settings.output.format, OutputFormat::Csv);
    assert_eq!(settings.output.fields.unwrap().to_string(), "-beta");
    assert_eq!(settings.output.min_completeness, 50.0);
    assert_eq!(settings.output.color, ColorChoice::Never);
}

#[test]
fn options_of_history_are_settings_too() {
    let line = "volq quote SPY --hv-estimator yang-zhang --hv-window 20,60";
    let Probe { global, command } = Probe::try_parse_from(line.split(' ')).unwrap();
    let ProbeCommand::Quote(quote) = command else {
        panic!("another command")
    };
    let mut layer = global.layer();
    quote.history.set(&mut layer);
    let settings = resolve(&[layer]).unwrap();
    assert_eq!(settings.history.estimator, Estimator::YangZhang);
    assert_eq!(settings.history.windows.unwrap().to_string(), "20,60");
}

#[test]
fn nothing_typed_is_an_empty_layer() {
    let settings = resolved("volq quote").unwrap();
    assert!(
        settings
            .entries
            .iter()
            .all(|entry| entry.origin == SettingOrigin::Default)
    );
}

#[test]
fn the_last_of_two_that_exclude_each_other_wins() {
    let format = |line| resolved(line).unwrap().output.format;
    assert_eq!(format("volq -o csv --json quote"), OutputFormat::Json);
    assert_eq!(format("volq --json -o csv quote"), OutputFormat::Csv);
    let strict = resolved("volq --min-completeness 5 --strict quote").unwrap();
    assert_eq!(strict.output.min_completeness, 100.0);
    assert_eq!(
        strict.origin("output.min_completeness").to_string(),
        "flag --strict"
    );
    let args = parsed("volq -q -vv quote");
    assert_eq!((args.quiet, args.verbose), (false, 2));
}

#[test]
fn a_value_out_of_range_names_its_flag() {
    insta::assert_snapshot!(
        resolved("volq quote --listen 2h").unwrap_err(),
        @"dxlink.listen_duration_seconds cannot be '7200' (flag --listen): out of range, allowed is 0.05 to 3600 seconds"
    );
}

#[test]
fn wrong_values_are_refused_while_parsing() {
    for line in [
        "volq quote --listen soon",
        "volq quote -o yaml",
        "volq quote --fields nonsense",
        "volq quote --provider yahoo",
        "volq quote --hv-estimator garch",
        "volq quote --hv-window 31",
        "volq quote --min-completeness most",
        "volq --demo --dxfeed-demo quote",
    ] {
        assert!(Probe::try_parse_from(line.split(' ')).is_err(), "{line}");
    }
}

#[test]
fn every_argument_has_help_and_every_value_a_name() {
    let mut command = Probe::command();
    command.build();
    let subs = command.get_subcommands();
    for argument in subs.flat_map(clap::Command::get_arguments) {
        let name = argument.get_id();
        let help = argument.get_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        assert!(!help.is_empty() && help.is_ascii(), "{name}: {help}");
        assert!(!help.ends_with('.'), "{name}: {help}");
        if argument.get_action().takes_values() {
            let values = argument.get_value_names().unwrap_or_default();
            assert!(
                values
                    .iter()
                    .all(|value| value.to_uppercase() == value.as_str()),
                "{name}: {values:?}"
            );
            assert_eq!(values.len(), 1, "{name}");
        }
    }
}

#[test]
fn short_flags_are_unique_and_help_fits() {
    let mut command = Probe::command().term_width(0);
    command.build();
    for sub in command.get_subcommands_mut() {
        let mut shorts: Vec<_> = sub
            .get_arguments()
            .filter_map(clap::Arg::get_short)
            .collect();
        let count = shorts.len();
        shorts.sort_unstable();
        shorts.dedup();
        assert_eq!(shorts.len(), count, "{}", sub.get_name());
        for line in sub.render_help().to_string().lines() {
            assert!(
                line.chars().count() <= 100,
                "{}: {line}",
                line.chars().count()
            );
        }
    }
}

#[test]
fn help_tells_the_true_defaults() {
    let help = Probe::command().render_help().to_string();
    for (name, unit) in [
        ("providers", ""),
        ("output.format", ""),
        ("output.min_completeness", ""),
        ("output.color", ""),
        ("dxlink.listen_duration_seconds", "s"),
        ("dxlink.wait_slot_seconds", "s"),
        ("settle_seconds", "s"),
        ("timeout_seconds", "s"),
    ] {
        let default = Key::named(name).unwrap().default;
        assert!(
            help.contains(&format!("[default: {default}{unit}]")),
            "{name}"
        );
    }
}
