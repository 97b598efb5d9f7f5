//! What tests read out of JSON documents; every reading fails loudly when the thing is not there.

use serde_json::Value;

/// The symbols of the rows, in order.
#[track_caller]
pub(crate) fn symbols(document: &Value) -> Vec<&str> {
    rows(document)
        .iter()
        .map(|row| row["symbol"].as_str().unwrap())
        .collect()
}

/// The rows.
#[track_caller]
pub(crate) fn rows(document: &Value) -> &[Value] {
    document["rows"].as_array().unwrap()
}

/// A number of a row.
#[track_caller]
pub(crate) fn number(row: &Value, field: &str) -> f64 {
    row[field]
        .as_f64()
        .unwrap_or_else(|| panic!("no number {field} in {row:#}"))
}

/// What is said about a source.
#[track_caller]
pub(crate) fn provider<'a>(document: &'a Value, name: &str) -> &'a Value {
    let providers = document["meta"]["providers"].as_array().unwrap();
    providers
        .iter()
        .find(|provider| provider["name"] == name)
        .unwrap_or_else(|| panic!("no provider {name} in {providers:#?}"))
}

/// The status of a source.
#[track_caller]
pub(crate) fn status<'a>(document: &'a Value, name: &str) -> &'a str {
    provider(document, name)["status"].as_str().unwrap()
}

/// Why a field is missing.
#[track_caller]
pub(crate) fn reason<'a>(document: &'a Value, symbol: &str, field: &str) -> &'a str {
    let missing = document["meta"]["completeness"]["missing"]
        .as_array()
        .unwrap();
    missing
        .iter()
        .find(|missing| missing["symbol"] == symbol && missing["field"] == field)
        .and_then(|missing| missing["reason"].as_str())
        .unwrap_or_else(|| panic!("{field} of {symbol} is not listed in {missing:#?}"))
}

/// The percentage of the wanted fields that are there.
#[track_caller]
pub(crate) fn completeness(document: &Value) -> f64 {
    document["meta"]["completeness"]["percent"]
        .as_f64()
        .unwrap()
}

/// The warnings with this code.
#[track_caller]
pub(crate) fn warnings<'a>(document: &'a Value, code: &str) -> Vec<&'a str> {
    let warnings = document["meta"]["warnings"].as_array().unwrap();
    warnings
        .iter()
        .filter(|warning| warning["code"] == code)
        .map(|warning| warning["message"].as_str().unwrap())
        .collect()
}
