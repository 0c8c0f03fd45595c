//! The members of GitHub's payloads that are read. Everything else is checked to be JSON and skipped.

use alloc::{borrow::Cow, vec::Vec};

use crate::event::{
    carried::Carrier,
    json::{Id, Seen, Spanned, objects},
};

pub(super) type Words<'a> = Cow<'a, str>;

objects! {
    /// A delivery's body.
    Payload {
        action: Words<'a>,
        repository: Repository<'a>,
        organization: Thing<'a>,
        enterprise: Thing<'a>,
        installation: Spanned<Installation<'a>>,
        sender: User<'a>,
        changes: Changes<'a>,

        issue: Issue<'a>,
        pull_request: Pull<'a>,
        comment: Comment<'a>,
        review: Review<'a>,
        thread: Thing<'a>,
        discussion: Discussion<'a>,
        label: Thing<'a>,
        milestone: Thing<'a>,
        assignee: User<'a>,
        requested_reviewer: User<'a>,
        requested_team: Thing<'a>,

        check_run: CheckRun<'a>,
        check_suite: CheckSuite<'a>,
        requested_action: RequestedAction<'a>,
        workflow_run: WorkflowRun<'a>,
        workflow_job: WorkflowJob<'a>,
        workflow: Words<'a>,
        inputs: Carrier<'a>,
        client_payload: Carrier<'a>,
        deployment: Deployment<'a>,
        deployment_status: DeploymentStatus<'a>,
        environment: Words<'a>,

        // `status`, `page_build`, `push`, `create` and `delete` have members of their object at the top.
        id: Id<'a>,
        sha: Words<'a>,
        context: Words<'a>,
        state: Words<'a>,
        description: Words<'a>,
        target_url: Words<'a>,
        updated_at: Words<'a>,
        build: Build<'a>,
        ref_name as "ref": Words<'a>,
        ref_type: Words<'a>,
        after: Words<'a>,
        compare: Words<'a>,
        head_commit: Commit<'a>,
        commits: Vec<Commit<'a>>,

        merge_group: MergeGroup<'a>,
        branch: Words<'a>,
        commit_oid: Words<'a>,
        release: Release<'a>,
        alert: Alert<'a>,
        security_advisory: Alert<'a>,

        team: Thing<'a>,
        member: User<'a>,
        membership: Membership<'a>,
        blocked_user: User<'a>,
        forkee: Repository<'a>,
        hook: Thing<'a>,
        key: Thing<'a>,
        rule: Thing<'a>,
        package: Thing<'a>,
        registry_package: Thing<'a>,
        project: Thing<'a>,
        project_card: Thing<'a>,
        project_column: Thing<'a>,
        projects_v2: Thing<'a>,
        projects_v2_item: Thing<'a>,
        marketplace_purchase: Purchase<'a>,
        sponsorship: Sponsorship<'a>,
    }

    User {
        login: Words<'a>,
        class as "type": Words<'a>,
    }

    Repository {
        full_name: Words<'a>,
        html_url: Words<'a>,
        updated_at: Words<'a>,
        pushed_at: u64,
        id: Id<'a>,
    }

    Installation {
        id: Id<'a>,
        account: User<'a>,
    }

    /// What an edit changed: the former value of each.
    Changes {
        title: Seen,
        name: Seen,
        body: Seen,
        base: Seen,
    }

    Issue {
        id: Id<'a>,
        number: Id<'a>,
        title: Words<'a>,
        body: Words<'a>,
        state: Words<'a>,
        html_url: Words<'a>,
        updated_at: Words<'a>,
        labels: Vec<Named<'a>>,
        assignees: Vec<User<'a>>,
        milestone: Named<'a>,
        locked: bool,
        pull_request: Seen,
        performed_via_github_app: Named<'a>,
    }

    Pull {
        id: Id<'a>,
        number: Id<'a>,
        title: Words<'a>,
        body: Words<'a>,
        state: Words<'a>,
        html_url: Words<'a>,
        updated_at: Words<'a>,
        labels: Vec<Named<'a>>,
        assignees: Vec<User<'a>>,
        milestone: Named<'a>,
        locked: bool,
        merged: bool,
        draft: bool,
        requested_reviewers: Vec<User<'a>>,
        requested_teams: Vec<Named<'a>>,
        head: Branch<'a>,
        base: Branch<'a>,
    }

    Branch {
        name as "ref": Words<'a>,
        sha: Words<'a>,
    }

    /// A comment on an issue, commit, discussion or a line of a pull request.
    Comment {
        id: Id<'a>,
        body: Words<'a>,
        html_url: Words<'a>,
        updated_at: Words<'a>,
        commit_id: Words<'a>,
        in_reply_to_id: Id<'a>,
        parent_id: Id<'a>,
        performed_via_github_app: Named<'a>,
    }

    Review {
        id: Id<'a>,
        body: Words<'a>,
        state: Words<'a>,
        html_url: Words<'a>,
        submitted_at: Words<'a>,
        updated_at: Words<'a>,
        commit_id: Words<'a>,
    }

    Discussion {
        id: Id<'a>,
        number: Id<'a>,
        title: Words<'a>,
        body: Words<'a>,
        state: Words<'a>,
        html_url: Words<'a>,
        updated_at: Words<'a>,
        labels: Vec<Named<'a>>,
        locked: bool,
        category: Named<'a>,
    }

    CheckRun {
        id: Id<'a>,
        name: Words<'a>,
        status: Words<'a>,
        conclusion: Words<'a>,
        head_sha: Words<'a>,
        external_id: Words<'a>,
        html_url: Words<'a>,
        started_at: Words<'a>,
        completed_at: Words<'a>,
        output: Output<'a>,
        pull_requests: Vec<PullReference<'a>>,
    }

    Output {
        title: Words<'a>,
        summary: Words<'a>,
    }

    RequestedAction {
        identifier: Words<'a>,
    }

    CheckSuite {
        id: Id<'a>,
        status: Words<'a>,
        conclusion: Words<'a>,
        head_sha: Words<'a>,
        head_branch: Words<'a>,
        updated_at: Words<'a>,
        app: Named<'a>,
        head_commit: Commit<'a>,
        pull_requests: Vec<PullReference<'a>>,
    }

    WorkflowRun {
        id: Id<'a>,
        name: Words<'a>,
        display_title: Words<'a>,
        status: Words<'a>,
        conclusion: Words<'a>,
        head_sha: Words<'a>,
        head_branch: Words<'a>,
        html_url: Words<'a>,
        updated_at: Words<'a>,
        run_attempt: u64,
        event: Words<'a>,
        head_commit: Commit<'a>,
        pull_requests: Vec<PullReference<'a>>,
    }

    WorkflowJob {
        id: Id<'a>,
        run_id: Id<'a>,
        run_attempt: u64,
        name: Words<'a>,
        workflow_name: Words<'a>,
        status: Words<'a>,
        conclusion: Words<'a>,
        head_sha: Words<'a>,
        head_branch: Words<'a>,
        html_url: Words<'a>,
        started_at: Words<'a>,
        completed_at: Words<'a>,
    }

    /// A pull request as a run names it. Runs of a fork can name pull requests of other repositories.
    PullReference {
        number: Id<'a>,
        base: PullBase<'a>,
    }

    PullBase {
        repo: Repository<'a>,
    }

    Deployment {
        id: Id<'a>,
        sha: Words<'a>,
        ref_name as "ref": Words<'a>,
        environment: Words<'a>,
        description: Words<'a>,
        payload: Carrier<'a>,
        updated_at: Words<'a>,
    }

    DeploymentStatus {
        id: Id<'a>,
        state: Words<'a>,
        description: Words<'a>,
        environment: Words<'a>,
        target_url: Words<'a>,
        updated_at: Words<'a>,
    }

    Build {
        status: Words<'a>,
        commit: Words<'a>,
        updated_at: Words<'a>,
    }

    Commit {
        id: Words<'a>,
        tree_id: Words<'a>,
        message: Words<'a>,
        url: Words<'a>,
    }

    MergeGroup {
        head_sha: Words<'a>,
        head_ref: Words<'a>,
        base_ref: Words<'a>,
        head_commit: Commit<'a>,
    }

    Release {
        id: Id<'a>,
        tag_name: Words<'a>,
        name: Words<'a>,
        body: Words<'a>,
        draft: bool,
        prerelease: bool,
        html_url: Words<'a>,
        created_at: Words<'a>,
        published_at: Words<'a>,
        updated_at: Words<'a>,
    }

    /// An alert of code scanning, Dependabot or secret scanning, or an advisory.
    Alert {
        id: Id<'a>,
        number: Id<'a>,
        ghsa_id: Words<'a>,
        state: Words<'a>,
        severity: Words<'a>,
        summary: Words<'a>,
        affected_package_name: Words<'a>,
        secret_type_display_name: Words<'a>,
        html_url: Words<'a>,
        created_at: Words<'a>,
        updated_at: Words<'a>,
        rule: Advice<'a>,
        security_advisory: Advice<'a>,
    }

    /// What an alert says about its cause.
    Advice {
        summary: Words<'a>,
        description: Words<'a>,
        severity: Words<'a>,
    }

    Purchase {
        account: User<'a>,
    }

    Sponsorship {
        node_id: Id<'a>,
        sponsorable: User<'a>,
        created_at: Words<'a>,
    }

    Membership {
        user: User<'a>,
    }

    /// Something that only its name is wanted of.
    Named {
        name: Words<'a>,
        title: Words<'a>,
        slug: Words<'a>,
    }

    /// Something of the many kinds that are looked at no further than this.
    Thing {
        id: Id<'a>,
        node_id: Id<'a>,
        number: Id<'a>,
        name: Words<'a>,
        title: Words<'a>,
        login: Words<'a>,
        slug: Words<'a>,
        description: Words<'a>,
        note: Words<'a>,
        state: Words<'a>,
        html_url: Words<'a>,
        project_url: Words<'a>,
        project_node_id: Words<'a>,
        updated_at: Words<'a>,
    }
}
