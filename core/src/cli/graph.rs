//! `graph JOURNAL CHAIN`.

use crate::{
    ChainId,
    draw::{self, Page, Story},
};

use super::{
    args::{self, Format, Picture},
    load,
    output::{self, Answer, Fail},
};

pub fn run(options: &args::Graph) -> Result<Answer, Fail> {
    let loaded = load::load(&options.journal, None)?.or_fail(&options.journal)?;
    let chain = match &options.of {
        Picture::Chain(chain) => *chain,
        Picture::Plan(plan) => return draw_plan(&loaded, plan, options.format),
    };
    let story = &loaded.story;
    let text = match options.format {
        Format::Mermaid => story.mermaid(chain),
        Format::Dot => story.dot(chain),
        Format::Json => story.graph(chain).map(|graph| output::json(&graph)),
        Format::Html => story.chain(chain).map(|_| page(story, chain)),
    };
    match text {
        Some(text) => Ok(Answer { text, notes: loaded.notes(), no: false }),
        None => {
            let hint = match story.chain_of(chain.0) {
                Some(of) => format!("record {chain} belongs to chain {of}"),
                None => known(story),
            };
            Err(Fail { exit: 1, message: format!("there is no chain {chain}: {hint}") })
        }
    }
}

fn draw_plan(loaded: &load::Loaded, name: &str, format: Format) -> Result<Answer, Fail> {
    let Some(plan) = loaded.plans.iter().find(|plan| plan.name() == name) else {
        let names: Vec<&str> = loaded.plans.iter().map(draw::PlanPicture::name).take(12).collect();
        let hint =
            if names.is_empty() { "the journal has no plans".into() } else { format!("it has {}", names.join(", ")) };
        return Err(Fail { exit: 1, message: format!("there is no plan `{name}`: {hint}") });
    };
    let text = match format {
        Format::Mermaid => plan.mermaid(),
        Format::Dot => plan.dot(),
        Format::Html => plan.html(),
        Format::Json => output::json(plan),
    };
    Ok(Answer { text, notes: loaded.notes(), no: false })
}

/// The chain, and those that people began by answering it, or that it answers.
fn page(story: &Story, chain: ChainId) -> String {
    let family = story.families().into_iter().find(|family| family.contains(&chain)).unwrap_or_default();
    let others = family.into_iter().filter(|id| *id != chain);
    let ids: Vec<ChainId> = std::iter::once(chain).chain(others).collect();
    story.html(&Page::new(&format!("Chain {chain}")).only(&ids))
}

fn known(story: &Story) -> String {
    let ids: Vec<String> = story.chains().map(|chain| chain.id.to_string()).collect();
    match ids.len() {
        0 => "the journal has no chains".into(),
        1..=12 => format!("the journal has {}", ids.join(", ")),
        len => format!("the journal has {len}, among them {}; `reynolds replay` lists them", ids[..8].join(", ")),
    }
}
