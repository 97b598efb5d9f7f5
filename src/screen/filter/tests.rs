//! What expressions mean, and what a user sees when one is wrong.

use jiff::civil::date;
use proptest::prelude::*;

use super::super::error::Span;
use super::*;
use crate::model::{Reason, Value};

/// A row with a bit of everything; `hv60`, `sector` and `ex_div_date` are missing.
fn row() -> Row {
    let mut row = Row::new("SPY".parse().unwrap());
    for (field, number) in [
        (Field::Iv, 30.0),
        (Field::Hv30, 20.0),
        (Field::Ivr, 50.0),
        (Field::Chg, 0.0),
        (Field::Iv5d, -3.0),
        (Field::MarketCap, 2e9),
    ] {
        row.set_computed(field, Value::Number(number));
    }
    row.set_computed(Field::Instrument, Value::Text("etf".into()));
    row.set_computed(Field::EarningsDate, Value::Date(date(2026, 12, 18)));
    row.set_computed(Field::Halted, Value::Flag(false));
    row.set_missing(Field::Hv60, Reason::ShortHistory);
    row
}

fn truth(text: &str) -> Truth {
    Filter::compile(text)
        .unwrap_or_else(|error| panic!("{error}"))
        .evaluate(&row())
}

fn error(text: &str) -> String {
    Filter::compile(text).unwrap_err().to_string()
}

#[test]
fn expressions_that_hold() {
    for text in [
        "iv > 20",
        "IV >= 30%",
        "iv / hv30 = 1.5",
        "ivr == 50",
        "ivr != 51 and ivr <= 50",
        "market_cap >= 2B",
        "iv5d = -3 && -iv5d = 3 && abs(iv5d) = 3",
        "min(iv, hv30, 25) = 20 and max(iv, hv30) = 30",
        "symbol = 'spy'",
        "\"ETF\" = instrument",
        "symbol in ('QQQ', 'SPY')",
        "symbol not in ('QQQ', 'IWM')",
        "iv in (10, 20, 30)",
        "iv in (hv30, hv30 * 1.5)",
        "earnings_date = '2026-12-18'",
        "earnings_date > '2026-12-17' && '2026-12-19' > earnings_date",
        "earnings_date in ('2026-12-18')",
        "!halted",
        "not halted",
        "halted = false",
        "halted != (iv > 20)",
        "hv60 is null and iv is not null",
        "iv / chg is null",
        "(hv60 > 1) is null",
        "sector is null && ex_div_date is null",
    ] {
        assert_eq!(truth(text), Truth::Pass, "{text}");
    }
}

#[test]
fn operators_bind_as_expected() {
    for text in [
        // `&&` before `||`, arithmetic before comparison, product before sum.
        "iv > 20 || iv > 99 && iv > 99",
        "iv = 10 + 10 * 2",
        "iv = hv30 - 5 + 15",
        "hv30 / 2 / 5 = 2",
        "-2 * -3 = 6",
        "1 - -1 = 2",
        // `not` takes the comparison, `!` the parentheses.
        "not iv > 99",
        "!(iv > 99) && iv > 20",
        "not halted and iv > 20",
        "not iv in (1, 2)",
        "!(!(iv > 20))",
    ] {
        assert_eq!(truth(text), Truth::Pass, "{text}");
    }
    assert_eq!(truth("(iv > 20 || iv > 99) && iv > 99"), Truth::Fail);
}

#[test]
fn what_is_missing_makes_a_row_unknown_also_under_not() {
    for text in [
        "hv60 > 1",
        "!(hv60 > 1)",
        "not hv60 > 1",
        "hv60 = hv60",
        "iv + hv60 > 0",
        "min(iv, hv60) > 0",
        "iv / chg > 1",
        "iv * 1e308 * 10 > 0",
        "sector = 'Energy'",
        "sector != 'Energy'",
        "sector not in ('Energy')",
        "iv in (1, hv60)",
        "ex_div_date < '2026-01-01'",
        "hv60 > 1 && iv > 20",
        "hv60 > 1 || iv > 99",
        "halted = (hv60 > 1)",
    ] {
        assert_eq!(truth(text), Truth::Unknown, "{text}");
    }
    // One side may decide alone.
    assert_eq!(truth("hv60 > 1 && iv > 99"), Truth::Fail);
    assert_eq!(truth("hv60 > 1 || iv > 20"), Truth::Pass);
    assert_eq!(truth("iv in (hv60, 30)"), Truth::Pass);
}

#[test]
fn a_filter_names_its_fields() {
    let filter = Filter::compile(" price > 5 && iv / hv30 > 1 ").unwrap();
    assert_eq!(
        filter.fields().iter().collect::<Vec<_>>(),
        [Field::Mark, Field::Iv, Field::Hv30]
    );
    assert_eq!(filter.text(), "price > 5 && iv / hv30 > 1");
}

#[test]
fn mistakes_in_names_are_shown_with_near_ones() {
    insta::assert_snapshot!(error("iv / hv3 > 1.2"), @r"
    no field is named 'hv3'; did you mean hv30, hv10, hv20?
      iv / hv3 > 1.2
           ^^^
    ");
    insta::assert_snapshot!(error("ivr > 5 && avg(iv, hv30) > 1"), @r"
    no function is named 'avg'; there are abs, min and max
      ivr > 5 && avg(iv, hv30) > 1
                 ^^^
    ");
    insta::assert_snapshot!(error("rank < 10"), @r"
    rank is a result of the screen and cannot be used to make it
      rank < 10
      ^^^^
    ");
}

#[test]
fn mistakes_in_grammar_are_shown_where_they_are() {
    insta::assert_snapshot!(error("iv > && ivr > 50"), @r"
    expected a field, a number or a text, found '&&'
      iv > && ivr > 50
           ^^
    ");
    insta::assert_snapshot!(error("(iv > 20"), @r"
    expected ')', found the end
      (iv > 20
              ^
    ");
    insta::assert_snapshot!(error("iv > 20 ivr"), @r"
    expected an operator or the end, found 'ivr'
      iv > 20 ivr
              ^^^
    ");
    insta::assert_snapshot!(error("10 < iv < 20"), @r"
    comparisons do not chain; join two with &&
      10 < iv < 20
              ^
    ");
    insta::assert_snapshot!(error("iv > 20 & ivr > 5"), @r"
    '&' means nothing here
      iv > 20 & ivr > 5
              ^
    ");
    insta::assert_snapshot!(error("symbol in 'SPY'"), @r"
    expected a list such as ('SPY', 'QQQ'), found 'SPY'
      symbol in 'SPY'
                ^^^^^
    ");
    insta::assert_snapshot!(error("min(iv) > 2"), @r"
    min takes two or more values
      min(iv) > 2
      ^^^^^^^
    ");
    insta::assert_snapshot!(error("iv > 50days"), @r"
    '50days' is not a number; a number may end in %, k, M, B or T
      iv > 50days
           ^^^^^^
    ");
}

#[test]
fn mistakes_in_types_are_found_before_the_first_row() {
    insta::assert_snapshot!(error("iv + sector > 3"), @r"
    expected a number, found a text
      iv + sector > 3
           ^^^^^^
    ");
    insta::assert_snapshot!(error("iv > 'high'"), @r"
    a number cannot be compared with a text
      iv > 'high'
      ^^^^^^^^^^^
    ");
    insta::assert_snapshot!(error("sector > 'Energy'"), @r"
    a text has no order; compare it with = or !=
      sector > 'Energy'
      ^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(error("earnings_date < 'soon'"), @r"
    'soon' is not a date such as '2026-12-18'
      earnings_date < 'soon'
                      ^^^^^^
    ");
    insta::assert_snapshot!(error("iv && halted"), @r"
    expected a condition, found a number
      iv && halted
      ^^
    ");
    insta::assert_snapshot!(error("!iv > 3"), @r"
    expected a condition, found a number
      !iv > 3
       ^^
    ");
    insta::assert_snapshot!(error("iv * 2"), @r"
    expected a condition, found a number
      iv * 2
      ^^^^^^
    ");
}

#[test]
fn nothing_nests_beyond_the_limit() {
    let nested = |depth: usize| format!("{}iv > 1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(truth(&nested(63)), Truth::Pass);
    for text in [
        nested(65),
        nested(2000),
        format!("{}halted", "!".repeat(4000)),
        format!("{}iv > 1", "-".repeat(4000)),
        format!("iv{} > 1", "+iv".repeat(1000)),
        format!("{}iv", "abs(".repeat(1000)),
        "(1+".repeat(1300),
    ] {
        let error = Filter::compile(&text).unwrap_err();
        assert!(
            error.to_string().contains("nests deeper than 64"),
            "{error}"
        );
    }
    let too_long = error(&"é".repeat(2500));
    assert!(too_long.starts_with("the expression is longer than 4096 bytes"));
    assert!(too_long.chars().count() < 300, "{too_long}");
    assert!(error("  ").starts_with("the expression is empty"));
}

#[test]
fn a_long_list_of_conditions_is_no_nesting() {
    let text = vec!["iv > 1"; 400].join("&&");
    assert_eq!(truth(&text), Truth::Pass);
}

/// An expression over conditions whose truth is chosen by the row, with what it must come to.
fn logic() -> impl Strategy<Value = (String, Truth)> {
    let atom = prop_oneof![
        Just(("iv > 20".to_owned(), Truth::Pass)),
        Just(("iv > 99".to_owned(), Truth::Fail)),
        Just(("hv60 > 1".to_owned(), Truth::Unknown)),
    ];
    atom.prop_recursive(5, 32, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            inner.prop_map(|(text, truth)| (format!("!({text})"), !truth)),
            pair.clone()
                .prop_map(|((a, x), (b, y))| (format!("({a}) && ({b})"), x.and(y))),
            pair.prop_map(|((a, x), (b, y))| (format!("({a}) || ({b})"), x.or(y))),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        if let Err(error) = Filter::compile(&text) {
            prop_assert!(error.to_string().contains('^'));
        }
    }

    #[test]
    fn no_heap_of_tokens_makes_the_parser_panic(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "iv", "halted", "sector", "earnings_date", "1", "50%", "'x'", "'2026-12-18'", "(", ")", ",", "&&", "or",
                "!", "not", "in", "is", "null", "<", "=", "!=", "+", "-", "*", "/", "abs(", "min(", "true", "é", "\n",
            ]),
            0..24,
        )
    ) {
        let text = tokens.join(" ");
        match Filter::compile(&text) {
            Ok(filter) => { filter.evaluate(&row()); }
            Err(error) => {
                let Span { start, end } = error.span();
                prop_assert!(start <= end && text.get(start..end).is_some(), "{}", error);
            }
        }
    }

    #[test]
    fn logic_is_kleenes((text, expected) in logic()) {
        prop_assert_eq!(truth(&text), expected, "{}", text);
    }

    #[test]
    fn de_morgan_holds_also_for_what_is_missing((a, _) in logic(), (b, _) in logic()) {
        prop_assert_eq!(truth(&format!("!(({a}) && ({b}))")), truth(&format!("!({a}) || !({b})")));
        prop_assert_eq!(truth(&format!("not (({a}) or ({b}))")), truth(&format!("not ({a}) and not ({b})")));
    }

    #[test]
    fn arithmetic_is_that_of_f64(a in -1e6..1e6, b in -1e6..1e6) {
        let mut row = row();
        row.set_computed(Field::Bid, Value::Number(a));
        row.set_computed(Field::Ask, Value::Number(b));
        let filter = Filter::compile("(bid + ask) * bid - ask > bid").unwrap();
        prop_assert_eq!(filter.evaluate(&row), Truth::from((a + b) * a - b > a));
    }
}
