//! JSON Schemas (draft 2020-12) of the documents volq writes, made from the field table.
//!
//! Copies are committed under `docs/schema/`; a test here fails when one is not what this file makes.

use serde_json::{Map, Value, json};

use crate::model::{Command, Field, Origin, Provider, Reason, Unit};

use super::json::schema_name;

/// The documents that have a schema, as named after `volq schema`.
pub const SCHEMAS: [&str; 5] = ["quote", "greeks", "screen", "diagnose", "cache"];

/// The schema of a document, or `None` for a name that is not in [`SCHEMAS`].
pub fn schema(name: &str) -> Option<Value> {
    let command = Command::ALL
        .into_iter()
        .find(|command| command.name() == name);
    match command {
        Some(command) => Some(rows_document(command)),
        None if name == "diagnose" => Some(diagnosis_document()),
        None if name == "cache" => Some(cache_document()),
        None => None,
    }
}

fn rows_document(command: Command) -> Value {
    document(
        command.name(),
        &json!({
            "as_of": moment("when the answer was put together"),
            "rows": {"type": "array", "items": row(command)},
            "meta": meta(command),
            "error": error(),
        }),
    )
}

fn diagnosis_document() -> Value {
    let layer = object(&json!({
        "name": text("the layer"),
        "status": {"enum": ["ok", "warn", "fail", "skip"]},
        "ms": nullable(&count("how long it took")),
        "detail": nullable(&text("the fact found")),
        "hint": nullable(&text("what to do about it")),
        "http_status": nullable(&count("HTTP status of the answer")),
        "server_code": nullable(&text("the server's own error code")),
    }));
    document(
        "diagnose",
        &json!({
            "as_of": moment("when the findings were made"),
            "demo": flag("whether the built-in market was asked"),
            "layers": {"type": "array", "items": layer},
            "verdict": text("the findings in one sentence"),
        }),
    )
}

fn cache_document() -> Value {
    let entry = object(&json!({
        "kind": text("what it is"),
        "name": text("the file, seen from the folder"),
        "bytes": count("its size"),
        "kept_at": nullable(&moment("when it was written; null where that cannot be read")),
        "age_s": nullable(&count("seconds since then")),
        "usable_until": nullable(&moment("when it is no longer used; null where it does not age")),
        "usable": flag("whether a run would use it now"),
        "fault": nullable(&text("why it cannot be used")),
    }));
    document(
        "cache",
        &json!({
            "path": text("the folder"),
            "entries": {"type": "array", "items": entry},
            "bytes": count("the size of all files"),
        }),
    )
}

/// A top-level document: its own name first, then the given keys.
fn document(name: &str, properties: &Value) -> Value {
    let mut all = json!({"schema": {"const": schema_name(name)}});
    extend(&mut all, properties);
    let mut document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:volq:schema:{name}:1"),
        "title": schema_name(name),
    });
    extend(&mut document, &object(&all));
    document
}

/// A row: any of the command's fields, since `--fields` narrows them, and always the sources.
fn row(command: Command) -> Value {
    let fields = || {
        Field::ALL
            .iter()
            .copied()
            .filter(move |field| field.info().commands.contains(&command))
    };
    let mut properties: Map<String, Value> = fields()
        .map(|field| (field.name().to_owned(), cell(field)))
        .collect();
    let named = fields().filter(|field| *field != Field::Symbol);
    let source = json!({"enum": Origin::ALL.map(Origin::name)});
    let sources: Map<String, Value> = named
        .map(|field| (field.name().to_owned(), source.clone()))
        .collect();
    properties.insert(
        "sources".to_owned(),
        json!({
            "description": "where each present value came from",
            "type": "object",
            "properties": sources,
            "additionalProperties": false,
        }),
    );
    json!({
        "type": "object",
        "properties": properties,
        "required": ["sources"],
        "additionalProperties": false,
    })
}

fn cell(field: Field) -> Value {
    let info = field.info();
    let typed = match info.unit {
        Unit::Text => json!({"type": "string"}),
        Unit::Date => json!({"type": "string", "format": "date"}),
        Unit::Flag => json!({"type": "boolean"}),
        Unit::List => json!({"type": "array", "items": {"type": "string"}}),
        _ => json!({"type": "number"}),
    };
    let about = if info.unit.is_numeric() {
        format!("{} [{}]", info.about, info.unit.label())
    } else {
        info.about.to_owned()
    };
    let mut cell = json!({ "description": about });
    extend(&mut cell, &typed);
    if field == Field::Symbol {
        cell
    } else {
        nullable(&cell)
    }
}

fn meta(command: Command) -> Value {
    let mut properties = json!({
        "version": text("version of volq"),
        "command": {"const": command.name()},
        "demo": flag("whether the answer comes from the built-in market"),
        "elapsed_ms": count("wall time of the run"),
        "providers": {"type": "array", "items": provider()},
        "completeness": completeness(),
        "timings": {"type": "array", "items": object(&json!({
            "phase": text("phase of the run"),
            "ms": count("how long it took"),
        }))},
        "warnings": {"type": "array", "items": object(&json!({
            "code": text("a stable word to branch on"),
            "message": text("one sentence"),
        }))},
    });
    if command == Command::Screen {
        extend(&mut properties, &screen());
    }
    object(&properties)
}

fn provider() -> Value {
    object(&json!({
        "name": {"enum": Provider::ALL.map(Provider::name)},
        "status": {"enum": ["ok", "partial", "failed", "skipped", "disabled"]},
        "detail": nullable(&text("the reason when it did not go well")),
        "connections": count("stream connections that were opened"),
        "reconnects": count("stream connections after the first"),
        "events": count("stream events received"),
        "requests": count("HTTP requests sent"),
        "first_event_ms": nullable(&count("from the start of the run to the first value")),
    }))
}

fn completeness() -> Value {
    let reasons = REASONS.map(Reason::name);
    object(&json!({
        "percent": {
            "description": "fields present of fields wanted, 100 only when nothing is missing",
            "type": "number", "minimum": 0, "maximum": 100,
        },
        "fields_wanted": count("counted fields over all rows"),
        "fields_present": count("how many of them have a value"),
        "symbols_wanted": count("rows"),
        "symbols_complete": count("rows with every counted field"),
        "missing": {"type": "array", "items": object(&json!({
            "symbol": text("whose"),
            "field": text("which"),
            "reason": {"enum": reasons},
        }))},
    }))
}

const REASONS: [Reason; 10] = [
    Reason::NoEventBeforeDeadline,
    Reason::UnknownSymbol,
    Reason::NotProvided,
    Reason::NotEntitled,
    Reason::NotApplicable,
    Reason::ProviderFailed,
    Reason::RefusedByLimit,
    Reason::ShortHistory,
    Reason::NotAsked,
    Reason::Interrupted,
];

fn screen() -> Value {
    json!({
        "universe": count("symbols looked at"),
        "passed": count("rows that passed every rule"),
        "rejected": count("rows that failed a rule"),
        "unknown": count("rows for which a rule could not be decided"),
        "waterfall": {"type": "array", "items": object(&json!({
            "rule": text("the rule"),
            "cut": count("rows it cut of those the rules before it had left"),
            "cut_alone": count("rows it would cut on its own"),
            "unknown": count("rows for which it could not be decided, on its own"),
        }))},
        "profile": nullable(&text("the profile in force")),
        "thresholds": {"type": "array", "items": text("a rule in force")},
    })
}

fn error() -> Value {
    nullable(&object(&json!({
        "code": text("a stable word to branch on"),
        "message": text("what failed and why"),
        "hint": nullable(&text("what to do")),
        "retryable": flag("whether the same call may work later"),
    })))
}

/// An object with exactly these keys, all of them always there.
fn object(properties: &Value) -> Value {
    let required: Vec<&String> = properties
        .as_object()
        .map(|keys| keys.keys().collect())
        .unwrap_or_default();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The same, or null.
fn nullable(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(of) = schema.get_mut("type") {
        *of = json!([of.take(), "null"]);
    }
    schema
}

fn text(about: &str) -> Value {
    json!({"description": about, "type": "string"})
}

fn flag(about: &str) -> Value {
    json!({"description": about, "type": "boolean"})
}

fn count(about: &str) -> Value {
    json!({"description": about, "type": "integer", "minimum": 0})
}

fn moment(about: &str) -> Value {
    json!({"description": about, "type": "string", "format": "date-time"})
}

fn extend(schema: &mut Value, more: &Value) {
    if let (Some(schema), Some(more)) = (schema.as_object_mut(), more.as_object()) {
        schema.extend(more.clone());
    }
}

#[cfg(test)]
pub(super) mod testing {
    /// Fails with every violation when a document does not fit its schema.
    pub(in crate::render) fn assert_valid(name: &str, document: &str) {
        let schema = super::schema(name).unwrap();
        let document: serde_json::Value = serde_json::from_str(document).unwrap();
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap();
        let violations: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(violations.is_empty(), "{violations:#?}");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn committed_copies_are_current() {
        for name in SCHEMAS {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("docs/schema")
                .join(format!("{name}.json"));
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            let made = serde_json::to_string_pretty(&schema(name).unwrap()).unwrap() + "\n";
            assert!(
                committed == made,
                "docs/schema/{name}.json is stale; run: volq schema {name} > docs/schema/{name}.json"
            );
        }
    }

    #[test]
    fn every_schema_is_a_schema() {
        for name in SCHEMAS {
            let schema = schema(name).unwrap();
            assert!(jsonschema::draft202012::meta::is_valid(&schema), "{name}");
            assert_eq!(schema["title"], format!("volq.{name}/1"));
        }
        assert_eq!(schema("fields"), None);
    }
}
