//! `graph JOURNAL CHAIN`.

use crate::{
    ChainId,
    draw::{Page, PlanPicture, Story},
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
    let plan = find_plan(&loaded.plans, name).map_err(|message| Fail { exit: 1, message })?;
    let text = match format {
        Format::Mermaid => plan.mermaid(),
        Format::Dot => plan.dot(),
        Format::Html => plan.html(),
        Format::Json => output::json(plan),
    };
    Ok(Answer { text, notes: loaded.notes(), no: false })
}

/// The plan of this name, with its tenant and a `/` in front or not. Two tenants may have plans of one name.
fn find_plan<'a>(plans: &'a [(String, PlanPicture)], name: &str) -> Result<&'a PlanPicture, String> {
    let with_tenant = |(tenant, plan): &(String, PlanPicture)| format!("{tenant}/{}", plan.name());
    let mut found: Vec<_> = plans.iter().filter(|plan| with_tenant(plan) == name).collect();
    if found.is_empty() {
        found = plans.iter().filter(|(_, plan)| plan.name() == name).collect();
    }
    let names = |plans: &[&(String, PlanPicture)], some: &dyn Fn(&(String, PlanPicture)) -> String| {
        let names: Vec<String> = plans.iter().take(12).map(|plan| some(plan)).collect();
        names.join(", ")
    };
    match found[..] {
        [(_, plan)] => Ok(plan),
        [] if plans.is_empty() => Err(format!("there is no plan `{name}`: the journal has no plans")),
        [] => {
            let named = |plan: &(String, PlanPicture)| {
                if plan.0.is_empty() { plan.1.name().into() } else { with_tenant(plan) }
            };
            let all: Vec<_> = plans.iter().collect();
            Err(format!("there is no plan `{name}`: it has {}", names(&all, &named)))
        }
        _ => {
            let named = |plan: &(String, PlanPicture)| format!("plan:{}", with_tenant(plan));
            Err(format!("{} tenants have a plan `{name}`: name one of {}", found.len(), names(&found, &named)))
        }
    }
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
