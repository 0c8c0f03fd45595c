use alloc::{format, string::ToString, vec};

use super::*;

fn builtin(id: &str) -> Template {
    Template::builtin().into_iter().find(|template| template.id.as_str() == id).unwrap()
}

fn components(count: usize) -> Vec<Component> {
    (1..=count).map(|number| Component { id: format!("c{number}").into(), requires: Vec::new() }).collect()
}

/// Tasks and edges for 3, 5, 10 and 17 components.
fn counts(id: &str) -> [(usize, usize); 4] {
    [3, 5, 10, 17].map(|count| {
        let tasks = builtin(id).instantiate(&components(count)).unwrap();
        (tasks.len(), tasks.iter().map(|task| task.needs.len()).sum())
    })
}

fn needs(tasks: &[TemplateTask], id: &str) -> Vec<Text> {
    tasks.iter().find(|task| task.id.as_str() == id).unwrap().needs.clone()
}

#[test]
fn the_counts_are_those_of_the_table() {
    assert_eq!(counts("sequential"), [(5, 4), (7, 6), (12, 11), (19, 18)]);
    assert_eq!(counts("parallel_groups"), [(6, 7), (9, 11), (15, 21), (24, 35)]);
    assert_eq!(counts("hybrid"), [(10, 11), (14, 17), (24, 32), (38, 53)]);
    assert_eq!(counts("specialised"), [(12, 16), (18, 26), (33, 51), (54, 86)]);
    assert_eq!(Template::builtin().len(), 4);
}

#[test]
fn groups_wait_for_the_group_before() {
    let tasks = builtin("parallel_groups").instantiate(&components(9)).unwrap();
    assert_eq!(needs(&tasks, "build:c4"), ["plan"].map(Text::from));
    assert_eq!(needs(&tasks, "check:1"), ["build:c1", "build:c2", "build:c3", "build:c4"].map(Text::from));
    assert_eq!(needs(&tasks, "build:c5"), ["check:1"].map(Text::from));
    assert_eq!(needs(&tasks, "check:3"), ["build:c9"].map(Text::from));
    assert_eq!(needs(&tasks, "integrate"), ["check:3"].map(Text::from));
}

#[test]
fn specialised_work_goes_to_those_made_for_it() {
    let mut parts = components(2);
    parts[0].requires = vec!["rust".into(), "role=code_review".into()];
    let tasks = builtin("specialised").instantiate(&parts).unwrap();
    let review = tasks.iter().find(|task| task.id.as_str() == "review:c1").unwrap();
    assert_eq!(review.requires, ["role=code_review", "rust"].map(Text::from));
    assert_eq!((review.at_most, review.component.as_deref()), (Some(3), Some("c1")));
    assert_eq!(needs(&tasks, "release"), ["document:c1", "document:c2", "secure"].map(Text::from));
    assert_eq!(needs(&tasks, "secure"), ["review:c1", "review:c2"].map(Text::from));
}

#[test]
fn a_template_that_can_not_be_applied_is_named() {
    let says = |json: &str, count| {
        let template: Template = serde_json::from_str(json).unwrap();
        template.instantiate(&components(count)).unwrap_err().to_string()
    };
    let one = r#"{"id":"t","steps":[{"id":"a"}]}"#;
    assert_eq!(says(one, 0), "there are no components; give at least one");
    let unknown = r#"{"id":"t","steps":[{"id":"a","needs":[{"step":"b"}]}]}"#;
    assert_eq!(says(unknown, 1), "step `a` needs `b`, which does not exist; add it or remove the need");
    let twice =
        r#"{"id":"t","steps":[{"id":"a","each":{"type":"component"}},{"id":"a","each":{"type":"group","size":1}}]}"#;
    assert_eq!(says(twice, 1), "step `a` is there twice; give each its own id");
    let round = r#"{"id":"t","steps":[{"id":"a","each":{"type":"component"},"needs":[{"step":"b","of":"previous"}]},
        {"id":"b","each":{"type":"component"},"needs":[{"step":"a"}]}]}"#;
    assert_eq!(says(round, 2), "a cycle of 2 tasks from `a:c2` on; change what the steps need");
    let none = r#"{"id":"t","steps":[{"id":"a","each":{"type":"group","size":0}}]}"#;
    assert_eq!(says(none, 2), "step `a`: a group of `size` 0; give it at least 1");
    let many = r#"{"id":"t","steps":[{"id":"a","each":{"type":"component"}},
        {"id":"b","each":{"type":"component"},"needs":[{"step":"a"}]}]}"#;
    assert_eq!(says(many, 1001), "the instance has more than 1000000 edges; split the work");
    assert_eq!(says(many, 50_001), "the instance has more than 100000 tasks; split the work");
    let twins = vec![Component { id: "x".into(), requires: Vec::new() }; 2];
    let error = builtin("hybrid").instantiate(&twins).unwrap_err();
    assert_eq!(error.to_string(), "task `build:x` is there twice; give each its own id");
}

#[test]
fn templates_are_read_and_written_as_they_are() {
    for template in Template::builtin() {
        let text = serde_json::to_string(&template).unwrap();
        assert_eq!(serde_json::from_str::<Template>(&text).unwrap(), template);
    }
    let typo = r#"{"id":"t","steps":[{"id":"a","need":[]}]}"#;
    assert!(serde_json::from_str::<Template>(typo).is_err());
}
