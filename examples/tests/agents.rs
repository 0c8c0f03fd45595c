//! Loops of agents, one example each: `docs/loops.md` tells what they show.

#[path = "../agents/handoff.rs"]
mod handoff;
#[path = "../agents/host.rs"]
mod host;
#[path = "../agents/paraphrase.rs"]
mod paraphrase;
#[path = "../agents/tool.rs"]
mod tool;
