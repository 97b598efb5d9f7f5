//! A configuration file, TOML or JSON, as a layer. Both formats have the same keys.

use std::path::Path;
use std::sync::Arc;

use super::error::SettingsError;
use super::layer::Layer;
use super::origin::SettingOrigin;
use super::setting::Raw;

/// Reads the text of a configuration file. The extension decides between TOML and JSON; without a telling one, as in
/// a shell's `<(…)`, an opening brace does.
///
/// # Errors
/// [`SettingsError::Syntax`] when the text is not in the format.
pub fn parse(text: &str, path: &Path) -> Result<Layer, SettingsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_json = match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) if extension.eq_ignore_ascii_case("json") => true,
        Some(extension) if extension.eq_ignore_ascii_case("toml") => false,
        _ => text.trim_start().starts_with('{'),
    };
    let tree = if is_json {
        json(text, path)?
    } else {
        toml(text, path)?
    };
    let mut layer = Layer::default();
    flatten("", tree, &SettingOrigin::File(Arc::from(path)), &mut layer);
    Ok(layer)
}

fn json(text: &str, path: &Path) -> Result<Raw, SettingsError> {
    let tree: Raw = serde_json::from_str(text).map_err(|error| SettingsError::Syntax {
        path: path.to_owned(),
        line: error.line(),
        message: without_position(&error.to_string()).to_owned(),
    })?;
    if matches!(tree, Raw::Table(_)) {
        Ok(tree)
    } else {
        Err(SettingsError::Syntax {
            path: path.to_owned(),
            line: 1,
            message: "expected an object".to_owned(),
        })
    }
}

/// The parser's words alone: the position is told apart from them.
fn without_position(message: &str) -> &str {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(words, _)| words)
}

fn toml(text: &str, path: &Path) -> Result<Raw, SettingsError> {
    // The error's own display repeats the line, which may be a secret when the wrong file was named.
    toml::from_str(text).map_err(|error: toml::de::Error| SettingsError::Syntax {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| {
            let before = text.get(..span.start).unwrap_or(text);
            1 + before.matches('\n').count()
        }),
        message: error.message().to_owned(),
    })
}

/// Sets every value of a tree under its dotted name.
fn flatten(name: &str, value: Raw, origin: &SettingOrigin, layer: &mut Layer) {
    match value {
        Raw::Null(()) => {}
        Raw::Table(entries) => {
            for (key, value) in entries {
                let dotted = if name.is_empty() {
                    key
                } else {
                    format!("{name}.{key}")
                };
                flatten(&dotted, value, origin, layer);
            }
        }
        value => layer.set(name, value, origin.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(text: &str, name: &str) -> Layer {
        parse(text, Path::new(name)).unwrap()
    }

    #[test]
    fn both_formats_have_the_same_keys() {
        let toml = layer(
            "timeout_seconds = 9\n[dxlink]\nenabled = false\n[screen.profiles.mine]\nmin_vrp = 1.3\n",
            "a.toml",
        );
        let json = layer(
            r#"{"timeout_seconds": 9, "dxlink": {"enabled": false, "url": null},
                "screen": {"profiles": {"mine": {"min_vrp": 1.3}}}}"#,
            "a.json",
        );
        for name in [
            "timeout_seconds",
            "dxlink.enabled",
            "screen.profiles.mine.min_vrp",
        ] {
            let (value, _) = toml.value(name).unwrap();
            assert_eq!(*value, json.value(name).unwrap().0, "{name}");
        }
        assert!(json.value("dxlink.url").is_none(), "null is not set");
        assert!(toml.warnings().is_empty() && json.warnings().is_empty());
    }

    #[test]
    fn without_a_telling_extension_the_text_decides() {
        assert!(
            layer(" {\"timeout_seconds\": 1}", "/dev/fd/63")
                .value("timeout_seconds")
                .is_some()
        );
        assert!(
            layer("timeout_seconds = 1", "/dev/fd/63")
                .value("timeout_seconds")
                .is_some()
        );
    }

    #[test]
    fn an_unknown_key_is_named_with_its_neighbours() {
        let layer = layer(
            "[dxlink]\nlisten_seconds = 5\n[screen.profiles.x]\nmin_vpr = 1\n",
            "c.toml",
        );
        insta::assert_snapshot!(layer.warnings()[0], @"no setting is named 'dxlink.listen_seconds' (config file c.toml); did you mean dxlink.wait_slot_seconds, dxlink.listen_duration_seconds?");
        insta::assert_snapshot!(layer.warnings()[1], @"no setting is named 'screen.profiles.x.min_vpr' (config file c.toml); did you mean screen.profiles.x.min_vtr, screen.profiles.x.min_ivp, screen.profiles.x.min_vrp?");
    }

    #[test]
    fn a_broken_file_is_located_and_not_quoted() {
        let message =
            |text: &str, name: &str| parse(text, Path::new(name)).unwrap_err().to_string();
        insta::assert_snapshot!(message("a = 1\nTT_REFRESH_TOKEN=hush-hush\n", "x.toml"), @"x.toml, line 2: string values must be quoted, expected literal string");
        insta::assert_snapshot!(message("{\"a\": 1,\n hush-hush}", "x.json"), @"x.json, line 2: key must be a string");
        insta::assert_snapshot!(message("[1]", "x.json"), @"x.json, line 1: expected an object");
    }
}
