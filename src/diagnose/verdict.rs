//! One sentence: what does not work, and which sources each command would use. Pure.

use super::finding::Finding;
use crate::model::Provider;
use crate::model::diagnosis::LayerStatus;

/// The commands, with the layers that show a source to deliver what the command needs.
const COMMANDS: [(&str, &[&str]); 3] = [
    (
        "quote would use",
        &["events", "rest_quotes", "rest_metrics", "legacy"],
    ),
    (
        "screen",
        &["events", "rest_quotes", "rest_metrics", "legacy"],
    ),
    ("greeks", &["events.option.greeks", "rest_quotes"]),
];

/// The sentence for all findings; `order` are the sources in use, best first.
pub(super) fn verdict(findings: &[Finding], order: &[Provider]) -> String {
    let plans = COMMANDS.map(|(command, layers)| {
        let sources: Vec<&str> = order
            .iter()
            .filter(|source| {
                let mut layers = layers.iter().filter(|layer| owner(layer) == **source);
                layers.any(|layer| delivers(findings, layer))
            })
            .map(|source| source.name())
            .collect();
        if sources.is_empty() {
            format!("{command} nothing")
        } else {
            format!("{command} {}", sources.join(" + "))
        }
    });
    format!("{}: {}.", state(findings), plans.join(", "))
}

/// The source that a layer is about.
fn owner(layer: &str) -> Provider {
    if layer.starts_with("events") {
        Provider::Dxlink
    } else if layer.starts_with("rest") {
        Provider::Rest
    } else {
        Provider::Legacy
    }
}

fn delivers(findings: &[Finding], layer: &str) -> bool {
    findings
        .iter()
        .filter(|finding| finding.layer.name == layer)
        // A part of the events that is a warning was silent.
        .any(|finding| finding.works() && (is_whole(finding) || is_plain(finding)))
}

fn state(findings: &[Finding]) -> String {
    let named = |wanted: fn(&Finding) -> bool| -> String {
        let names: Vec<&str> = findings
            .iter()
            .filter(|finding| finding.layer.status != LayerStatus::Skip)
            .filter(|finding| is_whole(finding) && wanted(finding))
            .map(|finding| finding.layer.name)
            .collect();
        names.join(", ")
    };
    let broken = named(|finding| !finding.works());
    let doubtful = named(|finding| !is_plain(finding));
    match (broken.as_str(), doubtful.as_str()) {
        ("", "") => "Everything in use works".to_owned(),
        ("", doubtful) => {
            format!("Everything in use works, with something to know ({doubtful})")
        }
        (broken, _) => format!("Not everything works ({broken})"),
    }
}

/// Whether this is a layer of its own and not a part of one.
fn is_whole(finding: &Finding) -> bool {
    !finding.layer.name.contains('.')
}

fn is_plain(finding: &Finding) -> bool {
    finding.layer.status == LayerStatus::Ok
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureKind;

    const ALL: [Provider; 3] = [Provider::Dxlink, Provider::Rest, Provider::Legacy];

    fn fine(names: &[&'static str]) -> Vec<Finding> {
        names.iter().map(|name| Finding::ok(name, "")).collect()
    }

    #[test]
    fn all_is_well() {
        let names = [
            "settings",
            "events",
            "events.option.greeks",
            "rest_metrics",
            "rest_quotes",
            "legacy",
        ];
        insta::assert_snapshot!(
            verdict(&fine(&names), &ALL),
            @"Everything in use works: quote would use dxlink + rest + legacy, screen dxlink + rest + legacy, greeks dxlink + rest."
        );
    }

    #[test]
    fn without_a_login_the_keyless_source_is_left() {
        let mut findings = fine(&["settings", "rest_reachable", "legacy"]);
        findings.insert(
            1,
            Finding::fail("credentials", FailureKind::AuthRefused, ""),
        );
        findings.push(Finding::skip("oauth", "needs credentials"));
        insta::assert_snapshot!(
            verdict(&findings, &ALL),
            @"Not everything works (credentials): quote would use legacy, screen legacy, greeks nothing."
        );
    }

    #[test]
    fn a_silent_part_delivers_nothing_and_a_softened_failure_neither() {
        let mut findings = fine(&["settings", "rest_metrics"]);
        findings.push(Finding::warn("events", "1 of 9 came"));
        findings.push(Finding::warn("events.option.greeks", "silent"));
        findings.push(Finding::fail("legacy", FailureKind::Network, "").softened());
        insta::assert_snapshot!(
            verdict(&findings, &ALL),
            @"Not everything works (legacy): quote would use dxlink + rest, screen dxlink + rest, greeks nothing."
        );
    }

    #[test]
    fn what_there_is_to_know_is_named_by_its_layer() {
        let mut findings = fine(&["rest_quotes"]);
        findings.push(Finding::warn("clock", "7 s ahead"));
        insta::assert_snapshot!(
            verdict(&findings, &[Provider::Rest]),
            @"Everything in use works, with something to know (clock): quote would use rest, screen rest, greeks rest."
        );
    }
}
