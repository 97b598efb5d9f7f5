//! The customer, the accounts, the session clock and watchlists.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.9 Market sessions" to "7.11 Customer and accounts (diagnose only)".

use hyper::StatusCode;
use serde_json::{Value, json};

use super::RestService;
use super::answer::{Answer, offset_time};
use super::request::RestRequest;
use crate::calendar::{
    Hours, hours, new_york_date, next_session, phase, previous_session, session_until,
};
use crate::script::Oddity;
use crate::universe::Universe;

impl RestService {
    pub(super) fn customer(&self) -> Answer {
        let delayed = self.script.data.has(Oddity::DelayedQuotes);
        Answer::data(
            "/customers/me",
            &json!({
                "id": "me", "first-name": "Sim", "last-name": "Customer", "email": "sim@example.invalid",
                "usa-citizenship-type": "Citizen", "is-foreign": false, "is-professional": false,
                "agreed-to-margining": true, "has-delayed-quotes": delayed,
                "has-pending-or-approved-application": true,
                "permitted-account-types": [{"name": "Individual", "has_multiple_owners": false, "is_publicly_available": true}],
            }),
        )
    }

    pub(super) fn accounts(&self) -> Answer {
        let account = json!({
            "account": {
                "account-number": "5WX00042", "account-type-name": "Individual", "margin-or-cash": "Margin",
                "nickname": "Sim", "is-closed": false, "is-firm-error": false, "is-test-drive": false,
                "opened-at": "2024-02-01T15:00:00.000+00:00", "funding-date": "2024-02-05",
            },
            "authority-level": "owner",
        });
        let items = if self.script.data.has(Oddity::NoAccount) {
            Vec::new()
        } else {
            vec![account]
        };
        Answer::items("/customers/me/accounts", &items)
    }

    pub(super) fn market_session(&self) -> Answer {
        let now = self.moment();
        let today = new_york_date(now);
        let newest = session_until(today);
        let previous = previous_session(newest);
        let next = next_session(newest);
        let mut data = json!({"instrument-collection": "Equity", "state": phase(now).word()});
        if newest == today {
            put_hours(&mut data, &hours(today));
        }
        let (before, after) = if newest == today {
            (previous, next)
        } else {
            (newest, next)
        };
        for (key, day) in [("previous-session", before), ("next-session", after)] {
            let mut session =
                json!({"instrument-collection": "Equity", "session-date": day.to_string()});
            put_hours(&mut session, &hours(day));
            data[key] = session;
        }
        Answer::data("/market-time/equities/sessions/current", &data)
    }

    pub(super) fn watchlist(&self, request: &RestRequest) -> Answer {
        let Some(symbols) = watchlist(&request.name) else {
            return Answer::error(
                StatusCode::NOT_FOUND,
                "record_not_found",
                "Couldn't find a watchlist with that name",
            );
        };
        // Entries come in all the forms that were seen: both spellings of the type, none, and null.
        let mut entries: Vec<Value> = symbols
            .iter()
            .filter(|symbol| self.market.asset(symbol).is_some())
            .enumerate()
            .map(|(place, symbol)| match place % 3 {
                0 => json!({"symbol": symbol, "instrument-type": "Equity"}),
                1 => json!({"symbol": symbol, "instrument_type": "Equity"}),
                _ => json!({ "symbol": symbol }),
            })
            .collect();
        entries.push(Value::Null);
        Answer::data(
            request.path(),
            &json!({"name": request.name, "group-name": "Liquidity", "order-index": 100, "watchlist-entries": entries}),
        )
    }
}

/// The watchlists of the built-in market.
fn watchlist(name: &str) -> Option<Vec<&'static str>> {
    let listings = Universe::embedded().listings.iter();
    let symbols = listings.filter(|listing| match name {
        "High Options Volume" => listing.liquidity >= 5,
        "Market Indices" => listing.listed == "XCBO",
        "Tom's Watchlist" => listing.liquidity == 4 && listing.level > 300.0,
        _ => false,
    });
    let symbols: Vec<&str> = symbols.map(|listing| listing.symbol.as_str()).collect();
    (!symbols.is_empty()).then_some(symbols)
}

fn put_hours(into: &mut Value, hours: &Hours) {
    into["start-at"] = json!(offset_time(hours.start));
    into["open-at"] = json!(offset_time(hours.open));
    into["close-at"] = json!(offset_time(hours.close));
    into["close-at-ext"] = json!(offset_time(hours.close_extended));
}
