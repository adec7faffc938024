use super::{both, write};
use crate::firing::{self, Firing};
use crate::message::{self, Message};

fn fired(events: &str) -> Firing {
    Firing {
        id: 0,
        job_id: None,
        schedule_id: None,
        agent: None,
        maintenance: None,
        reply: Some("{}".to_owned()),
        events: events.to_owned(),
        performed: 0,
        refused: 0,
        fired_at: 5,
    }
}

fn mail(subject: &str, due_at: i64) -> Message {
    Message {
        id: 0,
        kind: "email".to_owned(),
        subject: subject.to_owned(),
        body: "{}".to_owned(),
        created_at: 5,
        due_at,
        tries: 0,
        last_error: None,
        node_id: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn firings_keep_their_order_and_say_how_far_they_have_come() {
    for db in both().await {
        write(&db, |tx| {
            Box::pin(async move {
                firing::insert(tx, &[fired("[1]"), fired("[2]"), fired("[3]")]).await
            })
        })
        .await;
        let ids = write(&db, |tx| Box::pin(async move { firing::oldest(tx, 2).await })).await;
        assert_eq!(ids.len(), 2);
        let (first, second) = (ids[0], ids[1]);
        write(&db, move |tx| Box::pin(async move { firing::advance(tx, first, 7, 1).await })).await;
        let found = write(&db, move |tx| Box::pin(async move { firing::lock(tx, first).await }))
            .await
            .unwrap();
        assert_eq!(found, Firing { id: first, performed: 7, refused: 1, ..fired("[1]") });
        write(&db, move |tx| Box::pin(async move { firing::remove(tx, first).await })).await;
        let (gone, next) = write(&db, move |tx| {
            Box::pin(
                async move { Ok((firing::find(tx, first).await?, firing::oldest(tx, 1).await?)) },
            )
        })
        .await;
        assert_eq!((gone, next), (None, vec![second]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_taken_up_once_until_its_time_comes_again() {
    for db in both().await {
        write(&db, |tx| {
            Box::pin(async move {
                message::insert(tx, &[mail("late", 30), mail("first", 10), mail("second", 20)])
                    .await
            })
        })
        .await;
        let taken = write(&db, |tx| {
            Box::pin(async move { message::take(tx, ("email", 1), 20, 100, 10).await })
        })
        .await;
        let subjects: Vec<_> =
            taken.iter().map(|each| (each.subject.as_str(), each.tries)).collect();
        assert_eq!(subjects, [("first", 1), ("second", 1)]);
        let (first, second) = (taken[0].id, taken[1].id);
        let (again, next) = write(&db, move |tx| {
            Box::pin(async move {
                message::remove(tx, first).await?;
                message::postpone(tx, second, 50, "away", "{}", Some(1)).await?;
                Ok((
                    message::take(tx, ("email", 1), 20, 100, 10).await?,
                    message::next_due(tx, "email", 1).await?,
                ))
            })
        })
        .await;
        assert_eq!((again, next), (Vec::new(), Some(30)));
        // What happens on the machine of a process is for no other one, and each kind is taken up by itself.
        let (other, kind, own) = write(&db, |tx| {
            Box::pin(async move {
                let other = message::take(tx, ("email", 2), 60, 200, 10).await?;
                let kind = message::take(tx, ("log", 1), 60, 200, 10).await?;
                Ok((other, kind, message::take(tx, ("email", 1), 60, 200, 10).await?))
            })
        })
        .await;
        let subjects = |taken: Vec<Message>| -> Vec<String> {
            taken.into_iter().map(|each| each.subject).collect()
        };
        assert_eq!(subjects(other), ["late"]);
        assert_eq!((subjects(kind), subjects(own)), (Vec::new(), vec!["second".to_owned()]));
        let open =
            write(&db, |tx| Box::pin(async move { message::undelivered(tx, 9).await })).await;
        let open: Vec<_> = open.iter().map(|each| each.last_error.as_deref()).collect();
        assert_eq!(open, [None, Some("away")]);
    }
}
