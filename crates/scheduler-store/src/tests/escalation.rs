use super::{both, write};
use crate::escalation::{self, Escalation, Step};

fn new(due_at: i64) -> Escalation {
    Escalation {
        id: 0,
        notification_group: "G".to_owned(),
        happening: "{}".to_owned(),
        subject: "S".to_owned(),
        job_id: None,
        schedule_id: None,
        agent: Some("A".to_owned()),
        state: "1".to_owned(),
        due_at: Some(due_at),
        created_at: 5,
        acknowledged_by: None,
        ended_at: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn escalations_are_due_in_their_order_and_forgotten_after_their_end() {
    for db in both().await {
        let (late, early) = write(&db, |tx| {
            Box::pin(async move {
                Ok((
                    escalation::insert(tx, &new(30)).await?,
                    escalation::insert(tx, &new(20)).await?,
                ))
            })
        })
        .await;
        let (due, next) = write(&db, |tx| {
            Box::pin(async move {
                Ok((escalation::lock_due(tx, 30, 9).await?, escalation::next_due(tx).await?))
            })
        })
        .await;
        assert_eq!(due.iter().map(|each| each.id).collect::<Vec<_>>(), [early, late]);
        assert_eq!(next, Some(20));
        let step = Step {
            state: "2".to_owned(),
            due_at: None,
            ended_at: Some(40),
            acknowledged_by: Some("anna".to_owned()),
        };
        write(&db, move |tx| {
            let step = step.clone();
            Box::pin(async move { escalation::step(tx, early, &step).await })
        })
        .await;
        let (open, all, one) = write(&db, move |tx| {
            Box::pin(async move {
                Ok((
                    escalation::list(tx, true, 9).await?,
                    escalation::list(tx, false, 9).await?,
                    escalation::lock_one(tx, early).await?,
                ))
            })
        })
        .await;
        assert_eq!(open, [Escalation { id: late, ..new(30) }]);
        assert_eq!((all.len(), one.unwrap().acknowledged_by.as_deref()), (2, Some("anna")));
        let gone = write(&db, |tx| {
            Box::pin(async move {
                Ok((escalation::expire(tx, 40, 9).await?, escalation::expire(tx, 41, 9).await?))
            })
        })
        .await;
        assert_eq!(gone, (0, 1));
    }
}
