//! The text of a mail.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message};

use super::address::mailbox;
use crate::text::line;
use crate::{DeliveryId, Email};

/// Most addresses of one mail: what every server takes (RFC 5321, 4.5.3.1.8).
const ADDRESSES_MAX: usize = 100;
const SUBJECT_CHARS_MAX: usize = 500;

/// A mail that is ready to be sent.
pub(crate) struct Ready {
    /// What the server gets.
    pub(crate) bytes: Vec<u8>,
    /// Who gets it: each address as it is written, and as the server is told.
    pub(crate) to: Vec<(String, lettre::Address)>,
}

/// Makes the mail. The same arguments make the same mail.
///
/// # Errors
/// What is wrong with it, naming the address.
pub(crate) fn compose(
    id: &DeliveryId,
    created: Timestamp,
    from: &Mailbox,
    email: &Email,
) -> Result<Ready, String> {
    let number = email.to.len() + email.cc.len();
    if !(1..=ADDRESSES_MAX).contains(&number) {
        return Err(format!(
            "a mail has 1 to {ADDRESSES_MAX} addresses, and this one has {number}"
        ));
    }
    let mut builder = Message::builder()
        .from(from.clone())
        // The standard's times begin in 1970 and end in 9999, as those of `Timestamp` do.
        .date(SystemTime::from(created.max(Timestamp::UNIX_EPOCH)))
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .subject(line(&email.subject, SUBJECT_CHARS_MAX))
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN)
        // Nobody's absence note answers it (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    let mut to: Vec<(String, lettre::Address)> = Vec::new();
    let texts = email.to.iter().map(|text| (text, true)).chain(email.cc.iter().map(|t| (t, false)));
    for (text, is_to) in texts {
        let mailbox = mailbox(text)?;
        let is_wanted = email.only.is_empty() || email.only.contains(text);
        if is_wanted && !to.iter().any(|(_, known)| *known == mailbox.email) {
            to.push((text.clone(), mailbox.email.clone()));
        }
        builder = if is_to { builder.to(mailbox) } else { builder.cc(mailbox) };
    }
    if to.is_empty() {
        return Err("`only` names none of the addresses of the mail".to_owned());
    }
    let addresses = to.iter().map(|(_, address)| address.clone()).collect();
    let envelope = Envelope::new(Some(from.email.clone()), addresses);
    let envelope = envelope.map_err(|error| error.to_string())?;
    let message = builder.envelope(envelope).body(body(&email.message));
    let message = message.map_err(|error| format!("the mail cannot be made: {error}"))?;
    Ok(Ready { bytes: message.formatted(), to })
}

/// The text with one kind of line ends and without other control characters, which some servers refuse. The last line's end comes with the end of
/// the message.
fn body(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_good = |c: char| c == '\n' || c == '\t' || !c.is_control();
    text.trim_end_matches('\n').chars().map(|c| if is_good(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn email(subject: &str, message: &str) -> Email {
        Email {
            to: vec!["Ops <ops@example.com>".to_owned()],
            cc: vec!["boss@example.com".to_owned(), "ops@example.com".to_owned()],
            subject: subject.to_owned(),
            message: message.to_owned(),
            only: Vec::new(),
        }
    }

    fn composed(email: &Email) -> Result<(String, Vec<String>), String> {
        let from = mailbox("Ringmaster <r@example.com>").unwrap();
        let created = "2026-11-22T16:00:00Z".parse().unwrap();
        let ready = compose(&DeliveryId::new("n-1").unwrap(), created, &from, email)?;
        let text = String::from_utf8(ready.bytes).unwrap();
        Ok((text, ready.to.into_iter().map(|(_, address)| address.to_string()).collect()))
    }

    fn header_names(text: &str) -> Vec<String> {
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        lines.map(|line| line.split_once(':').unwrap().0.to_owned()).collect()
    }

    const HEADERS: [&str; 10] = [
        "From",
        "Date",
        "Message-ID",
        "Subject",
        "MIME-Version",
        "Content-Type",
        "Auto-Submitted",
        "To",
        "Cc",
        "Content-Transfer-Encoding",
    ];

    #[test]
    fn a_mail_has_the_id_and_the_time_of_its_delivery() {
        let (text, to) = composed(&email("Job failed", "See the log.\n")).unwrap();
        assert!(text.contains("Message-ID: <n-1@example.com>\r\n"), "{text}");
        assert!(text.contains("Date: Sun, 22 Nov 2026 16:00:00 +0000\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\nSee the log."), "{text}");
        assert_eq!(to, ["ops@example.com", "boss@example.com"], "each address once");
        assert_eq!(composed(&email("Job failed", "See the log.\n")).unwrap().0, text);
    }

    #[test]
    fn only_some_of_the_addresses_get_it_when_that_is_asked() {
        let mut email = email("s", "m");
        email.only = vec!["boss@example.com".to_owned()];
        let (text, to) = composed(&email).unwrap();
        assert_eq!(to, ["boss@example.com"]);
        assert!(
            text.contains("To: Ops <ops@example.com>") || text.contains("To: \"Ops\""),
            "{text}"
        );
        email.only = vec!["other@example.com".to_owned()];
        assert!(composed(&email).is_err());
    }

    #[test]
    fn a_mail_without_an_address_or_with_a_bad_one_is_refused() {
        let none = Email { to: Vec::new(), cc: Vec::new(), ..email("s", "m") };
        assert!(composed(&none).unwrap_err().contains("this one has 0"));
        let many = Email { to: vec!["a@example.com".to_owned(); 101], ..email("s", "m") };
        assert!(composed(&many).unwrap_err().contains("1 to 100"));
        let bad = Email { cc: vec!["nobody".to_owned()], ..email("s", "m") };
        assert!(composed(&bad).unwrap_err().contains("\"nobody\""));
    }

    #[test]
    fn control_characters_of_a_text_are_replaced() {
        assert_eq!(body("a\r\nb\rc\td\0\u{1b}[1m\r\n\n"), "a\nb\nc\td\u{fffd}\u{fffd}[1m");
    }

    proptest! {
        #[test]
        fn no_subject_text_or_name_can_add_a_header_or_end_the_head(
            subject in "(?s).{0,60}|[\r\n: a-z]{0,400}", message in "(?s).{0,200}", name in "\\PC{0,20}",
        ) {
            let mut email = email(&subject, &message);
            email.to = vec!["ops@example.com".to_owned()];
            if mailbox(&format!("{name} <a@example.com>")).is_ok() {
                email.to.push(format!("{name} <a@example.com>"));
            }
            let (text, _) = composed(&email).unwrap();
            prop_assert_eq!(header_names(&text), HEADERS, "{}", text);
            prop_assert!(text.is_ascii(), "{}", text);
            prop_assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n', '\0'])), "{}", text);
        }
    }
}
