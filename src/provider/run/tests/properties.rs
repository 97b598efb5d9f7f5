//! What holds for every demand: what was named is asked of somebody, and nothing is asked that brings nothing wanted.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::test_support::{Answers, Setup, TestRun};
use crate::model::{Field, FieldSet, Provider, Supply, Symbol, SymbolKind};
use crate::provider::merge::Target;
use crate::provider::ranking::Ranking;
use crate::provider::run::Question;

/// Symbols of every kind, each with the names by which requests ask about it.
const SYMBOLS: [(&str, &[&str]); 8] = [
    ("SPY", &["SPY"]),
    ("AAPL", &["AAPL"]),
    ("SPX", &["SPX"]),
    (
        ".SPY261218C600",
        &[".SPY261218C600", "SPY   261218C00600000"],
    ),
    ("/ES", &["/ES", "/ESZ6", "/ES:XCME", "/ESZ26:XCME", "ES"]),
    (
        "/CLZ6",
        &["/CL", "/CLZ6", "/CLZ26:XNYM", "/CLZ26:XCME", "CL"],
    ),
    ("BTC/USD", &["BTC/USD", "BTC/USD:CXTALP"]),
    ("./ESZ26C7000:XCME", &["./ESZ26C7000:XCME", "./ESZ6 C7000"]),
];

/// A demand and who may answer it.
#[derive(Clone, Debug)]
struct Case {
    setup: Setup,
    symbols: Vec<usize>,
    wants: FieldSet,
    explained: bool,
}

impl Case {
    fn targets(&self) -> Vec<Target> {
        let companys = FieldSet::of(&[Field::Sector, Field::Industry, Field::EarningsDate]);
        let targets = self.symbols.iter().map(|at| Target {
            symbol: SYMBOLS[*at].0.parse().unwrap(),
            wants: self.wants,
            explained: if self.explained {
                self.wants.intersection(companys)
            } else {
                FieldSet::EMPTY
            },
        });
        targets.collect()
    }

    fn run(&self, answers: Answers) -> TestRun {
        let mut run = TestRun::new(self.setup.clone(), answers);
        run.answer(Question {
            targets: self.targets(),
            ..Question::default()
        });
        run
    }

    fn ranking(&self) -> Ranking {
        Ranking::new(self.setup.order.clone())
    }

    /// Whether a provider lets itself be asked at all.
    fn can_be_asked(&self, provider: Provider) -> bool {
        match provider {
            Provider::Dxlink => self.setup.has_account || self.setup.is_open_stream,
            Provider::Rest => self.setup.has_account,
            Provider::Legacy => true,
        }
    }

    /// What is wanted of a kind of symbol.
    fn wanted(&self, kind: SymbolKind) -> FieldSet {
        self.wants.with_parts().that_apply_to(kind)
    }
}

fn case() -> impl Strategy<Value = Case> {
    // A chain per symbol is a question of its own.
    let fields = Field::ALL.iter().copied();
    let fields: Vec<Field> = fields
        .filter(|field| !field.info().supplies.contains(&Supply::Chain))
        .collect();
    let orders = vec![
        vec![Provider::Dxlink, Provider::Rest, Provider::Legacy],
        vec![Provider::Rest, Provider::Dxlink, Provider::Legacy],
        vec![Provider::Legacy, Provider::Rest, Provider::Dxlink],
        vec![Provider::Dxlink, Provider::Rest],
        vec![Provider::Rest, Provider::Legacy],
        vec![Provider::Dxlink, Provider::Legacy],
        vec![Provider::Dxlink],
        vec![Provider::Rest],
        vec![Provider::Legacy],
    ];
    (
        select(orders),
        any::<(bool, bool, bool)>(),
        subsequence((0..SYMBOLS.len()).collect::<Vec<_>>(), 1..=3),
        subsequence(fields, 1..=6),
    )
        .prop_map(
            |(order, (has_account, is_open_stream, explained), symbols, fields)| {
                // An open stream is used alone.
                let is_alone = order == [Provider::Dxlink];
                Case {
                    setup: Setup {
                        order,
                        has_account,
                        is_open_stream: is_open_stream && is_alone,
                        ..Setup::default()
                    },
                    symbols,
                    wants: FieldSet::of(&fields),
                    explained,
                }
            },
        )
}

/// The supplies that a request is.
fn supplies_of(what: &str) -> &'static [Supply] {
    match what {
        "Quote" => &[Supply::Quote],
        "Trade" => &[Supply::Trade],
        "Summary" => &[Supply::Summary],
        "Profile" => &[Supply::Profile],
        "Greeks" => &[Supply::Greeks],
        "Underlying" => &[Supply::Underlying],
        "candles" => &[Supply::Candles],
        "metrics" => &[Supply::Metrics],
        "by-type" => &[Supply::ByType, Supply::ByTypeGreeks],
        "equities" => &[Supply::Equities],
        "futures" => &[Supply::Futures],
        "chart" => &[Supply::Chart],
        _ => &[],
    }
}

/// What was asked about a symbol.
fn asked_about(run: &TestRun, at: usize) -> Vec<Supply> {
    let names = SYMBOLS[at].1;
    let asked = run.asked.iter().filter(|asked| {
        let mut asked = asked.names.iter();
        asked.any(|name| names.contains(&name.as_str()))
    });
    asked
        .flat_map(|asked| supplies_of(&asked.what))
        .copied()
        .collect()
}

fn kind_of(at: usize) -> SymbolKind {
    let symbol: Symbol = SYMBOLS[at].0.parse().unwrap();
    symbol.kind()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_is_wanted_and_can_be_had_is_asked_of_somebody(case in case()) {
        let run = case.run(Answers::nothing());
        let ranking = case.ranking();
        for at in &case.symbols {
            let kind = kind_of(*at);
            let asked = asked_about(&run, *at);
            for field in case.wanted(kind).iter() {
                let able = Supply::ALL.into_iter().filter(|supply| {
                    // The bars of a root are those of a contract that only the account names.
                    let is_nameless = *supply == Supply::Candles
                        && kind == SymbolKind::FutureRoot
                        && (case.setup.is_open_stream || !case.setup.has_account);
                    let can_be_asked = case.can_be_asked(supply.provider()) && !is_nameless;
                    can_be_asked && ranking.brings(*supply, kind).contains(field)
                });
                let able: Vec<Supply> = able.collect();
                let is_asked = able.iter().any(|supply| asked.contains(supply));
                prop_assert!(able.is_empty() || is_asked, "{field} of {}: {:?}", SYMBOLS[*at].0, run.asked());
            }
        }
    }

    #[test]
    fn nothing_is_asked_that_brings_nothing_wanted(case in case(), has_everything: bool) {
        let answers = if has_everything { Answers::default() } else { Answers::nothing() };
        let run = case.run(answers);
        let ranking = case.ranking();
        for asked in run.asked.iter().filter(|asked| !asked.what.starts_with('-')) {
            let supplies = supplies_of(&asked.what);
            for name in &asked.names {
                let mut about = case.symbols.iter().filter(|at| SYMBOLS[**at].1.contains(&name.as_str()));
                let brings = |at: &usize, supply: &Supply| {
                    let brought = ranking.brings(*supply, kind_of(*at));
                    !brought.intersection(case.wanted(kind_of(*at))).is_empty()
                };
                let is_wanted = about.clone().any(|at| supplies.iter().any(|supply| brings(at, supply)));
                // A contract is looked up for whatever else needs its name, an instrument to tell why it lacks something.
                let names_contract = asked.what == "futures" && about.clone().any(|at| {
                    let others = Supply::ALL.into_iter().filter(|supply| *supply != Supply::Metrics);
                    others.into_iter().any(|supply| brings(at, &supply))
                });
                let explains = case.explained
                    && matches!(asked.what.as_str(), "equities" | "chart")
                    && about.any(|at| kind_of(*at) == SymbolKind::Equity);
                prop_assert!(is_wanted || names_contract || explains, "{} {name}: {:?}", asked.what, run.asked());
            }
        }
    }

    #[test]
    fn nothing_is_asked_twice_and_no_login_or_stream_for_nothing(case in case(), has_everything: bool) {
        let answers = if has_everything { Answers::default() } else { Answers::nothing() };
        let run = case.run(answers);
        let mut seen = Vec::new();
        for asked in run.asked.iter().filter(|asked| !asked.what.starts_with('-')) {
            let names = if asked.names.is_empty() { vec![String::new()] } else { asked.names.clone() };
            for name in names {
                let item = (asked.what.clone(), name);
                prop_assert!(!seen.contains(&item), "twice: {item:?}");
                seen.push(item);
            }
        }
        let is_asked = |providers: &[Provider]| seen.iter().any(|(what, _)| {
            supplies_of(what).iter().any(|supply| providers.contains(&supply.provider()))
        });
        let is_any = |what: &str| seen.iter().any(|(other, _)| other == what);
        prop_assert!(!is_any("login") || is_asked(&[Provider::Rest, Provider::Dxlink]), "{:?}", run.asked());
        prop_assert!(!is_any("open") || is_asked(&[Provider::Dxlink]), "{:?}", run.asked());
    }
}
