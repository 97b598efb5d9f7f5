//! The field list a server announces for an event type: what the client wished, less what the server does not know,
//! bent by the script.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.3 FEED_CONFIG (facts)".

use crate::script::FieldsFault;
use crate::wire::fields;

/// The announced list of one type; `None` for a type the server does not serve.
pub(super) fn negotiate(
    kind: &str,
    wish: Option<&[String]>,
    fault: FieldsFault,
) -> Option<Vec<String>> {
    let known = fields(kind)?;
    let own = || known.iter().map(|name| (*name).to_owned()).collect();
    let list: Vec<String> = wish.map_or_else(own, |names| {
        let is_known = |name: &&String| known.contains(&name.as_str());
        names.iter().filter(is_known).cloned().collect()
    });
    Some(bend(list, fault))
}

fn bend(mut list: Vec<String>, fault: FieldsFault) -> Vec<String> {
    let is_head = |name: &str| matches!(name, "eventType" | "eventSymbol");
    match fault {
        FieldsFault::AsAsked => {}
        FieldsFault::Reordered => list.reverse(),
        FieldsFault::Trimmed => {
            if let Some(at) = list.iter().rposition(|name| !is_head(name)) {
                list.remove(at);
            }
        }
        FieldsFault::Extra => {
            list.insert(list.len() / 2, "venueNote".to_owned());
            list.push("attachment".to_owned());
        }
        FieldsFault::WithoutType => list.retain(|name| name != "eventType"),
        FieldsFault::WithoutSymbol => list.retain(|name| name != "eventSymbol"),
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(fault: FieldsFault) -> String {
        let wish = ["eventType", "eventSymbol", "bidPrice", "VWAP", "askPrice"].map(str::to_owned);
        negotiate("Quote", Some(&wish), fault).unwrap().join(" ")
    }

    #[test]
    fn unknown_fields_are_dropped_and_the_wished_order_is_kept() {
        assert_eq!(
            wished(FieldsFault::AsAsked),
            "eventType eventSymbol bidPrice askPrice"
        );
    }

    #[test]
    fn each_fault_bends_the_list_its_own_way() {
        for (fault, list) in [
            (
                FieldsFault::Reordered,
                "askPrice bidPrice eventSymbol eventType",
            ),
            (FieldsFault::Trimmed, "eventType eventSymbol bidPrice"),
            (
                FieldsFault::Extra,
                "eventType eventSymbol venueNote bidPrice askPrice attachment",
            ),
            (FieldsFault::WithoutType, "eventSymbol bidPrice askPrice"),
            (FieldsFault::WithoutSymbol, "eventType bidPrice askPrice"),
        ] {
            assert_eq!(wished(fault), list);
        }
    }

    #[test]
    fn a_type_nobody_wished_fields_for_has_all_of_them() {
        let all = negotiate("Trade", None, FieldsFault::AsAsked).unwrap();
        assert_eq!(all, fields("Trade").unwrap());
        assert_eq!(negotiate("Order", None, FieldsFault::AsAsked), None);
    }
}
