//! Healthy twins of the loops of the other files: the same parties and words, and nothing that comes round.

use super::{Family, declared};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    declared(
        "mirrored_labels_agree",
        "",
        "Labels are mirrored to a second repository, which confirms them as they are",
        mirrored_labels_agree,
    ),
    declared(
        "dead_letters_of_many_orders",
        "",
        "Many different messages died in an outage and are replayed once each",
        dead_letters_of_many_orders,
    ),
    declared(
        "price_follows_a_market",
        "",
        "A shop follows the changing price of a market that takes no notice of it",
        price_follows_a_market,
    ),
    declared(
        "receipts_and_one_vacation_note",
        "",
        "Mails get receipts, and a receipt is answered by a vacation note that we leave alone",
        receipts_and_one_vacation_note,
    ),
    declared(
        "chat_in_two_languages",
        "",
        "People chat in two languages and each message is translated once",
        chat_in_two_languages,
    ),
    declared(
        "deploy_rolled_back_once",
        "",
        "A bad version is rolled back, the next one is deployed by its author",
        deploy_rolled_back_once,
    ),
    declared(
        "duplicates_closed_some_reopened",
        "",
        "Duplicates are closed, people reopen some of them and are left in peace",
        duplicates_closed_some_reopened,
    ),
    declared(
        "incidents_acknowledged_by_people",
        "",
        "Several incidents in a bad night, each announced until somebody takes it",
        incidents_acknowledged_by_people,
    ),
    declared(
        "burst_of_metrics",
        "",
        "A service emits a hundred metrics in half a minute and each is written to a second store",
        burst_of_metrics,
    ),
    declared(
        "reactions_to_people",
        "",
        "We add a reaction to each message of people, and some people take it away",
        reactions_to_people,
    ),
    declared(
        "reconciler_and_scaler_agree",
        "",
        "A reconciler on a timer leaves alone what the autoscaler sets",
        reconciler_and_scaler_agree,
    ),
    declared("issue_for_each_failure", "", "Nightly jobs fail and each failure opens an issue", issue_for_each_failure),
    declared(
        "two_of_us_share_the_work",
        "",
        "Two instances of the same bot assign different issues",
        two_of_us_share_the_work,
    ),
    declared(
        "card_follows_a_rollout",
        "",
        "A card is updated as a rollout moves on, and its updates come back to us",
        card_follows_a_rollout,
    ),
    declared(
        "stale_mark_removed_by_people",
        "",
        "A stale bot marks issues, people write, we take the mark off",
        stale_mark_removed_by_people,
    ),
    declared(
        "redelivered_to_a_forgetful_host",
        "",
        "A platform delivers events again and the host's code wants the same effect again",
        redelivered_to_a_forgetful_host,
    ),
];

/// Each loop and the healthy story that looks most like it.
pub(super) const TWINS: &[(&str, &str)] = &[
    ("self_echo", "each_newcomer_is_welcomed"),
    ("self_echo_through_personal_token", "people_ask_and_we_answer"),
    ("two_bots_same_text", "bots_shake_hands"),
    ("two_models_paraphrase", "debate_of_two_models"),
    ("counted_requests", "report_stream"),
    ("people_between_two_bots", "war_room"),
    ("machine_with_a_users_account", "user_account_of_a_script"),
    ("translators", "chat_in_two_languages"),
    ("five_bots_one_issue", "review_bots_remarks"),
    ("command_in_the_title", "retest_commands"),
    ("three_agents_delegate", "agent_team"),
    ("formatter_against_updater", "formatter_has_the_last_word"),
    ("label_fight", "stale_mark_removed_by_people"),
    ("normaliser_edits", "storm_of_edits"),
    ("price_spiral", "price_follows_a_market"),
    ("slow_edit_fight", "weekly_stale_reminder"),
    ("close_and_reopen", "duplicates_closed_some_reopened"),
    ("price_spiral_in_states", "price_follows_a_market"),
    ("mirrored_labels", "mirrored_labels_agree"),
    ("reaction_fight", "reactions_to_people"),
    ("controllers_on_a_timer", "reconciler_and_scaler_agree"),
    ("two_of_us", "two_of_us_share_the_work"),
    ("bridges_that_prefix", "bridge_done_right"),
    ("workflow_starts_itself", "workflows_in_a_row"),
    ("three_platforms", "comments_synced_to_tracker"),
    ("loop_after_a_long_pipeline", "deep_pipeline"),
    ("card_updates_itself", "card_follows_a_rollout"),
    ("version_bump", "gitops_follows_revisions"),
    ("out_of_office", "receipts_and_one_vacation_note"),
    ("issue_begets_issue", "issue_for_each_failure"),
    ("bounces_to_everyone", "reviewers_asked_at_once"),
    ("tasks_split_for_ever", "plan_of_tasks"),
    ("three_bots_on_two_channels", "flapping_alert"),
    ("metric_about_metrics", "burst_of_metrics"),
    ("job_retried_for_ever", "retries_with_backoff"),
    ("dead_letters_replayed", "dead_letters_of_many_orders"),
    ("attempts_that_restart", "patient_declared_retries"),
    ("error_output_wired_to_input", "few_silent_retries"),
    ("same_tool_same_result", "edit_and_test"),
    ("searching_where_nothing_is", "pages_of_a_log"),
    ("handoff_to_and_fro", "handed_to_a_person_and_back"),
    ("endless_improvement", "review_in_rounds"),
    ("escalation_acknowledged_by_a_bot", "incidents_acknowledged_by_people"),
    ("deploy_and_rollback", "deploy_rolled_back_once"),
    ("thumbnail_of_a_thumbnail", "thumbnails_in_another_bucket"),
    ("log_of_the_log_forwarder", "logs_of_a_service"),
    ("scaling_to_and_fro", "scaling_through_a_sale"),
    ("cleanup_fills_the_disk", "cleanup_that_helps"),
    ("gitops_against_an_operator", "gitops_follows_revisions"),
    ("kill_switch_to_and_fro", "kill_switch_then_a_fix"),
    ("tag_policy_against_terraform", "nightly_apply_confirms"),
    ("message_under_new_ids", "message_with_attempts"),
    ("ticket_for_each_receipt", "tickets_of_customers"),
    ("survey_reopens_the_ticket", "surveys_answered_by_people"),
    ("list_server_and_vacations", "mailing_list_of_people"),
    ("text_message_robots", "text_messages_of_people"),
    ("phone_number_formats", "phone_numbers_confirmed"),
    ("calendar_copies_multiply", "calendar_copied_once"),
    ("row_stamps_itself", "rows_enriched_once"),
    ("notes_synced_both_ways", "notes_synced_with_a_mark"),
    ("quota_mail_into_a_full_mailbox", "quota_warnings"),
    ("closed_update_comes_back", "unwanted_updates_closed"),
    ("revert_and_reland", "reverted_then_repaired"),
    ("lock_file_of_two_versions", "formatter_has_the_last_word"),
    ("labels_in_a_circle", "labels_follow_a_review"),
    ("a_robot_presses_the_button", "people_press_our_buttons"),
    ("moderator_warns_itself", "moderator_warns_people"),
    ("plan_that_grows", "plan_with_late_tasks"),
    ("clarification_never_given", "clarified_then_done"),
    ("steps_in_a_circle", "search_and_refine"),
    ("plan_rewritten_never_started", "plan_refined_then_worked"),
    ("try_a_try_b", "bisecting"),
    ("status_asked_after_each_answer", "status_on_a_timer"),
    ("guest_accounts_duel", "guests_write_to_us"),
];

const COMMENTED: &str = "issue_comment.created";

fn mirrored_labels_agree(s: &Scene) {
    let (here, there, other) = (s.issue(), format!("gh:partner/mirror#{}", s.between(1, 99)), Actor::app("label-sync"));
    for _ in 0..s.between(5, 20) {
        let label = s.word();
        let set =
            s.event("github", "issues.labeled", &s.somebody(), &here).state("lbl", label).within(5_000, 3_600_000);
        let copied = s.wants(set, "label", &there, "").writes("lbl", label).within(200, 2_000);
        let seen = s.event("github", "issues.labeled", &other, &there).state("lbl", label).because(copied);
        seen.within(300, 3_000);
    }
}

fn dead_letters_of_many_orders(s: &Scene) {
    let (queue, bus) = (s.azure("queue"), Actor::system("service-bus"));
    for order in 0..s.between(10, 60) {
        let dead = s.event("azure", "dlq.message", &bus, &queue).text(format!("delivered too often, id {}", s.hex(12)));
        let heard = dead.at(order * s.between(100, 900));
        let place = format!("{queue}/order-{}", s.between(10_000, 99_999));
        let replayed = s.wants(heard, "queue.replay", &place, "replay the message");
        s.event("azure", "message.completed", &bus, &place).text("ok").because(replayed).token_in(replayed, 70);
    }
}

fn price_follows_a_market(s: &Scene) {
    let (item, market, mut cents) = (s.azure("item"), Actor::app("market"), s.between(2_000, 90_000));
    for _ in 0..s.between(15, 60) {
        cents = (cents * s.between(960, 1_042) / 1_000).max(100);
        let price = format!("{}.{:02}", cents / 100, cents % 100);
        let changed =
            s.event("azure", "price.changed", &market, &item).text(format!("now {price}")).state("price", &price);
        let heard = changed.within(600_000, 14_400_000);
        let set =
            s.wants(heard, "price.set", &s.azure("offer"), &format!("price set to {price}")).writes("price", &price);
        s.event("azure", "price.changed", &s.our_app(), &s.azure("offer"))
            .state("price", &price)
            .because(set)
            .token(set);
    }
}

fn receipts_and_one_vacation_note(s: &Scene) {
    for number in 0..s.between(8, 40) {
        let (thread, customer) = (format!("mail:thread-{number}"), Actor::unknown(&format!("customer-{number}")));
        let mail = s.says(&customer, &thread, &s.sentence(12)).after(s.heavy_tail(60_000));
        let text = format!("[Ticket {number}] We have your message and will answer soon.");
        let receipt = s.wants(mail, "mail.send", &thread, &text).within(500, 5_000);
        if s.chance(30) {
            s.says(&customer, &thread, "I am away until Monday.").because(receipt).answers(receipt);
        }
    }
}

fn chat_in_two_languages(s: &Scene) {
    let channel = s.channel();
    let pairs = [
        ("昼休みは何時からですか。", "When does the lunch break start?"),
        ("テストが二つ失敗しています。", "Two tests are failing."),
        ("確認しました。ありがとうございます。", "I have checked it. Thank you."),
        ("Der Server ist wieder erreichbar.", "The server can be reached again."),
        ("Können wir das morgen besprechen?", "Can we discuss that tomorrow?"),
    ];
    for _ in 0..s.between(12, 50) {
        let (foreign, english) = s.pick(&pairs);
        let (said, translated) = if s.chance(50) { (foreign, english) } else { (english, foreign) };
        let heard = s.person_says(&channel, said).after(2_000 + s.heavy_tail(8_000));
        s.echo(s.wants(heard, "teams.message", &channel, translated).within(500, 4_000), "message");
    }
}

fn deploy_rolled_back_once(s: &Scene) {
    let place = s.azure("environment");
    for release in 2..2 + s.between(2, 8) {
        let (new, old) = (format!("v{release}"), format!("v{}", release - 1));
        let published = s.event("github", "release.published", &s.somebody(), &s.repo()).text(&new);
        let heard = published.within(3_600_000, 3 * 86_400_000);
        let deploy = s.wants(heard, "deploy", &place, &format!("deploy {new}")).writes("version", &new);
        if s.chance(35) {
            let sick = s.event("azure", "health.failed", &Actor::system("probe"), &place).state("version", &new);
            let sick = sick.text(format!("{} % errors", s.between(20, 90))).because(deploy).within(60_000, 300_000);
            let back = s.wants(sick, "rollback", &place, &format!("back to {old}")).writes("version", &old);
            let healthy = s.event("azure", "health.ok", &Actor::system("probe"), &place).state("version", &old);
            healthy.because(back).within(60_000, 300_000);
        }
    }
}

fn duplicates_closed_some_reopened(s: &Scene) {
    let first = s.between(100, 800);
    for number in first..first + s.between(8, 40) {
        let place = s.issue_no(number);
        let opened = s.event("github", "issues.opened", &s.somebody(), &place).text(s.sentence(12)).state("open", "1");
        let heard = opened.after(s.heavy_tail(300_000));
        let closed = s.wants(heard, "issue.close", &place, "Closed as a duplicate.").writes("open", "0");
        s.echo(closed, "issues.closed").map(|echo| echo.state("open", "0"));
        if s.chance(20) {
            let reopened = s.event("github", "issues.reopened", &s.somebody(), &place).state("open", "1");
            let heard = reopened.because(closed).within(600_000, 86_400_000);
            s.wants(heard, "label", &place, "not a duplicate").writes("lbl", "confirmed");
        }
    }
}

fn incidents_acknowledged_by_people(s: &Scene) {
    let channel = s.channel();
    for number in 0..s.between(3, 12) {
        let incident = format!("{}-{number}", s.azure("incident"));
        let opened = s.event("azure", "incident.open", &Actor::system("monitor"), &incident).state("open", "1");
        let mut heard = opened.text("severity 2").after(s.heavy_tail(600_000));
        for _ in 0..s.between(1, 4) {
            let text = format!("Escalation: nobody has acknowledged {incident}");
            s.echo(s.wants(heard, "teams.message", &channel, &text), "message");
            heard = s.tick(&incident, 300_000).text("escalate");
        }
        let ack = s.person_says(&channel, &format!("ack {incident}")).within(10_000, 200_000);
        s.wants(ack, "incident.ack", &incident, "").writes("open", "0");
    }
}

fn burst_of_metrics(s: &Scene) {
    let (source, store, service) = (s.azure("service"), s.azure("metrics"), Actor::system("telemetry"));
    for _ in 0..s.between(80, 140) {
        let text = format!("{} = {}", s.word(), s.between(1, 9_999));
        let emitted = s.event("azure", "metric.emitted", &service, &source).text(&text).at(s.between(0, 30_000));
        s.wants(emitted, "metric.put", &store, &text).within(1, 40);
    }
}

fn reactions_to_people(s: &Scene) {
    let channel = s.channel();
    for number in 0..s.between(10, 40) {
        let place = format!("{channel}/{number}");
        let said = s.person_says(&place, &s.sentence(8)).after(s.heavy_tail(20_000));
        let added = s.wants(said, "react.add", &place, "").writes("react", "seen");
        if s.chance(15) {
            let removed = s.event("teams", "messageReaction", &s.somebody(), &place).state("react", "none");
            removed.because(added).within(5_000, 600_000);
        }
    }
}

fn reconciler_and_scaler_agree(s: &Scene) {
    let (service, scaler) = (s.azure("deploy"), Actor::app("autoscaler"));
    for _ in 0..s.between(15, 50) {
        if s.chance(40) {
            let size = s.between(3, 12).to_string();
            let scaled = s.event("azure", "pool.scaled", &scaler, &service).text(format!("scaled to {size}"));
            scaled.state("size", size).within(10_000, 200_000);
        }
        let tick = s.tick(&service, 300_000).text("reconcile");
        let applied = s.wants(tick, "apply", &service, "apply the desired state").writes("image", "v7").after(20);
        s.reports(applied, "apply.done", "unchanged").state("image", "v7").within(1_000, 9_000);
    }
}

fn issue_for_each_failure(s: &Scene) {
    let first = s.between(100, 800);
    for night in 0..s.between(8, 40) {
        let job =
            s.event("github", "workflow_run.completed", &Actor::bot("github-actions"), &s.part("/workflow/nightly"));
        let failed = job.text(format!("failure, night {night}")).state("conclusion", format!("failure-{night}"));
        let text = format!("Nightly job failed at {}, run {}", s.timestamp(), s.hex(8));
        let heard = failed.within(86_000_000, 86_800_000);
        s.echo(s.wants(heard, "issue.create", &s.issue_no(first + night), &text), "issues.opened");
    }
}

fn two_of_us_share_the_work(s: &Scene) {
    let first = s.between(100, 800);
    for number in first..first + s.between(8, 40) {
        let (place, team) = (s.issue_no(number), if number % 2 == 0 { "green" } else { "blue" });
        let opened = s.event("github", "issues.opened", &s.somebody(), &place).text(s.sentence(9));
        let heard = opened.after(s.heavy_tail(60_000));
        let assigned = s.wants(heard, "issue.assign", &place, &format!("assigned to {team}")).writes("assignee", team);
        s.comes_back(assigned, "issues.assigned").text("").state("assignee", team);
    }
}

fn card_follows_a_rollout(s: &Scene) {
    let (card, rollout) = (format!("{}/card-{}", s.channel(), s.between(1, 99)), s.azure("rollout"));
    for step in 1..=s.between(6, 20) {
        let moved = s.event("azure", "rollout.moved", &Actor::app("pipelines"), &rollout).text(format!("step {step}"));
        let heard = moved.state("step", step.to_string()).within(20_000, 900_000);
        let text = format!("In progress, step {step}, as of {}", s.timestamp());
        s.comes_back(s.wants(heard, "card.update", &card, &text).writes("body", &text), "messageUpdate");
    }
}

fn stale_mark_removed_by_people(s: &Scene) {
    let (stale, first) = (Actor::bot("stale"), s.between(100, 800));
    for number in first..first + s.between(4, 20) {
        let place = s.issue_no(number);
        let marked = s.event("github", "issues.labeled", &stale, &place).state("lbl", "stale");
        marked.after(s.heavy_tail(3_600_000));
        let said = s.person_says(&place, &s.sentence(9)).within(3_600_000, 3 * 86_400_000);
        let removed = s.wants(said, "unlabel", &place, "").writes("lbl", "none");
        s.echo(removed, "issues.unlabeled").map(|echo| echo.state("lbl", "none"));
    }
}

fn redelivered_to_a_forgetful_host(s: &Scene) {
    let issue = s.issue();
    for _ in 0..s.between(3, 12) {
        let asked = s.person_says(&issue, &s.sentence(9)).within(10_000, 300_000);
        let text = s.paraphrase();
        s.echo(s.wants(asked, "comment", &issue, &text), COMMENTED);
        for _ in 0..s.between(0, 2) {
            s.wants(s.redelivered(asked), "comment", &issue, &text).free();
        }
    }
}
