//! `volq cache`: what is kept between runs, how old and how large it is, and how to be rid of it. Never what is in it.

use std::fmt::Write as _;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::Context;
use super::failure::{ExitStatus, Failure, UsageError};
use super::messages;
use crate::model::OutputFormat;
use crate::store::{CacheKind, CachedFile, Store};

/// Show or remove what is kept between runs
///
/// Example: volq cache show --json | jq '.entries[] | {name, bytes}'
#[derive(Args, Clone, Debug)]
pub struct CacheArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: CacheAction,
}

/// What `volq cache` can do.
#[derive(Clone, Debug, Subcommand)]
pub enum CacheAction {
    /// List what is kept: how large, how old, until when it is used
    ///
    /// What is in the files is not shown: there are tokens among them.
    ///
    /// Example: volq cache show
    Show,
    /// Remove what is kept
    ///
    /// The next run logs in anew. Runs under way keep what they have.
    ///
    /// Example: volq cache clear tokens
    Clear {
        /// What to remove; everything when nothing is named
        #[arg(
            value_name = "KIND",
            value_parser = PossibleValuesParser::new(CacheKind::ALL.map(CacheKind::name))
        )]
        kinds: Vec<String>,
    },
}

/// Does it and says what there is, or what was removed.
pub(super) fn run(args: &CacheArgs, context: &Context) -> Result<ExitStatus, Failure> {
    let store = context.folder().ok_or(UsageError::NoHome)?;
    let is_json = context.view.format == OutputFormat::Json;
    let now = context.clock.now();
    let text = match &args.action {
        CacheAction::Show if is_json => document(store, &store.items()?, now),
        CacheAction::Show => table(store, &store.items()?, now),
        CacheAction::Clear { kinds } => {
            let named =
                |kind: &CacheKind| kinds.is_empty() || kinds.iter().any(|name| name == kind.name());
            let kinds: Vec<CacheKind> = CacheKind::ALL.into_iter().filter(named).collect();
            let removed = store.clear(&kinds)?;
            if is_json {
                document(store, &store.items()?, now)
            } else {
                format!("removed {} files, {} bytes\n", removed.files, removed.bytes)
            }
        }
    };
    messages::data(&text)?;
    Ok(ExitStatus::Done)
}

fn is_usable(item: &CachedFile, now: Timestamp) -> bool {
    item.fault.is_none() && item.usable_until.is_none_or(|end| now < end)
}

/// Seconds since it was kept; a clock that was set back makes it new.
fn age(item: &CachedFile, now: Timestamp) -> Option<i64> {
    Some(now.duration_since(item.kept_at?).as_secs().max(0))
}

fn document(store: &Store, items: &[CachedFile], now: Timestamp) -> String {
    let entry = |item: &CachedFile| -> Value {
        json!({
            "kind": item.kind.name(),
            "name": item.name.display().to_string(),
            "bytes": item.bytes,
            "kept_at": item.kept_at,
            "age_s": age(item, now),
            "usable_until": item.usable_until,
            "usable": is_usable(item, now),
            "fault": item.fault.as_ref().map(ToString::to_string),
        })
    };
    let document = json!({
        "schema": "volq.cache/1",
        "path": store.root().display().to_string(),
        "entries": items.iter().map(entry).collect::<Vec<_>>(),
        "bytes": bytes(items),
    });
    format!("{document:#}\n")
}

fn table(store: &Store, items: &[CachedFile], now: Timestamp) -> String {
    let folder = store.root().display();
    if items.is_empty() {
        return format!("nothing is kept in {folder}\n");
    }
    let head = ["KIND", "NAME", "BYTES", "AGE", "USED UNTIL"].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(head)
        .chain(items.iter().map(|item| row(item, now)))
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let [kind, name, size, old] = [0, 1, 2, 3].map(width);
    let mut text = String::new();
    for row in &rows {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:kind$}  {:name$}  {:>size$}  {:>old$}  {}",
            row[0], row[1], row[2], row[3], row[4]
        );
    }
    let _ = writeln!(
        text,
        "{} files, {} bytes in {folder}",
        items.len(),
        bytes(items)
    );
    text
}

fn row(item: &CachedFile, now: Timestamp) -> [String; 5] {
    let end = match (&item.fault, item.usable_until) {
        (Some(fault), _) => fault.to_string(),
        (None, None) => "-".to_owned(),
        (None, Some(end)) if now < end => format!("{end:.0}"),
        (None, Some(end)) => format!("{end:.0}, which is over"),
    };
    [
        item.kind.name().to_owned(),
        item.name.display().to_string(),
        item.bytes.to_string(),
        age(item, now).map_or_else(|| "-".to_owned(), span),
        end,
    ]
}

fn bytes(items: &[CachedFile]) -> u64 {
    items.iter().map(|item| item.bytes).sum()
}

/// A span of time in its largest unit, rounded down.
fn span(seconds: i64) -> String {
    const UNITS: [(i64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "min")];
    UNITS
        .into_iter()
        .find(|(size, _)| seconds >= *size)
        .map_or_else(
            || format!("{seconds} s"),
            |(size, unit)| format!("{} {unit}", seconds / size),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_its_largest_unit() {
        let told = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 200_000].map(span);
        assert_eq!(
            told,
            [
                "0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "1 d", "2 d"
            ]
        );
    }

    #[test]
    fn a_table_tells_age_and_end_and_what_is_wrong() {
        let moment = |text: &str| -> Timestamp { text.parse().unwrap() };
        let item = |name: &str, end: Option<&str>| CachedFile {
            kind: CacheKind::Tokens,
            name: name.into(),
            bytes: 210,
            kept_at: Some(moment("2026-11-20T15:00:00Z")),
            usable_until: end.map(moment),
            fault: None,
        };
        let damaged = CachedFile {
            kept_at: None,
            fault: Some(crate::store::StoreError::Damaged("/c/x".into())),
            ..item("tokens/x", None)
        };
        let items = [
            item("tokens/access", Some("2026-11-20T15:14:00Z")),
            item("tokens/quote", Some("2026-11-20T15:01:00Z")),
            item("tokens/refresh", None),
            damaged,
        ];
        let store = Store::at("/c".into());
        insta::assert_snapshot!(table(&store, &items, moment("2026-11-20T15:02:30Z")), @r"
        KIND    NAME            BYTES    AGE  USED UNTIL
        tokens  tokens/access     210  2 min  2026-11-20T15:14:00Z
        tokens  tokens/quote      210  2 min  2026-11-20T15:01:00Z, which is over
        tokens  tokens/refresh    210  2 min  -
        tokens  tokens/x          210      -  /c/x is damaged; it can be deleted
        4 files, 840 bytes in /c
        ");
    }
}
