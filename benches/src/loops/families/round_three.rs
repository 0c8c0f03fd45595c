//! A later round: situations from public reports of clouds, pipelines, homes, shops and on-call rooms, written by somebody who
//! had not seen how any guard decides. They are not part of the registry. Each loop is followed by its healthy twin.

use super::Family;

#[path = "round_three_cloud.rs"]
mod cloud;
#[path = "round_three_data.rs"]
mod data;
#[path = "round_three_trade.rs"]
mod trade;

/// All of this round, theme by theme.
#[must_use]
pub fn round_three() -> Vec<&'static Family> {
    [cloud::FAMILIES, data::FAMILIES, trade::FAMILIES].into_iter().flatten().collect()
}
