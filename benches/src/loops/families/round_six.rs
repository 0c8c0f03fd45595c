//! A later round: repositories, desks and records, clouds and agents, mostly from public reports, written by somebody who had not
//! seen how any guard decides. They are not part of the registry. Each loop is followed by its healthy twin.

use super::Family;

#[path = "round_six_cloud.rs"]
mod cloud;
#[path = "round_six_desk.rs"]
mod desk;
#[path = "round_six_repo.rs"]
mod repo;

/// All of this round, theme by theme.
#[must_use]
pub fn round_six() -> Vec<&'static Family> {
    [repo::FAMILIES, desk::FAMILIES, cloud::FAMILIES].into_iter().flatten().collect()
}
