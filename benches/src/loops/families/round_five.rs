//! A later round: public reports of clouds, agents, records kept in two places, rooms, shops and homes, written by somebody who
//! had not seen how any guard decides. They are not part of the registry. Each loop is followed by its healthy twin.

use super::Family;

#[path = "round_five_agents.rs"]
mod agents;
#[path = "round_five_cloud.rs"]
mod cloud;
#[path = "round_five_records.rs"]
mod records;
#[path = "round_five_rooms.rs"]
mod rooms;

/// All of this round, theme by theme.
#[must_use]
pub fn round_five() -> Vec<&'static Family> {
    [cloud::FAMILIES, agents::FAMILIES, records::FAMILIES, rooms::FAMILIES].into_iter().flatten().collect()
}
