//! Addresses of mail, read so that nothing but an address comes out.

use lettre::Address;
use lettre::message::Mailbox;

/// Most bytes of one address with its name.
const ADDRESS_BYTES_MAX: usize = 500;

/// Reads `someone@example.com` or `Some One <someone@example.com>`. A domain in other letters than those of ASCII becomes its ASCII form.
///
/// # Errors
/// A sentence that names the address.
pub(crate) fn mailbox(text: &str) -> Result<Mailbox, String> {
    let wrong = |why: &str| {
        let short: String = text.chars().take(120).collect();
        Err(format!(
            "{short:?} is no mail address ({why}): write someone@example.com or Some One <someone@example.com>"
        ))
    };
    if text.len() > ADDRESS_BYTES_MAX {
        return wrong("it is longer than 500 bytes");
    }
    if text.chars().any(char::is_control) {
        return wrong("it has an end of line or another control character");
    }
    let mailbox: Mailbox = match text.trim().parse() {
        Ok(mailbox) => mailbox,
        Err(error) => return wrong(&error.to_string()),
    };
    let (user, domain) = (mailbox.email.user(), mailbox.email.domain());
    if !user.is_ascii() {
        return wrong("letters outside of ASCII are possible after the @ only");
    }
    if user.contains(['<', '>', ' ']) || domain.contains(['<', '>', ' ']) {
        return wrong("blanks and angle brackets cannot be in it");
    }
    let domain = if domain.starts_with('[') {
        domain.to_owned()
    } else {
        match url::Host::parse(domain) {
            Ok(host) => host.to_string(),
            Err(error) => return wrong(&format!("its domain: {error}")),
        }
    };
    match Address::new(user, &domain) {
        Ok(email) => Ok(Mailbox::new(mailbox.name, email)),
        Err(error) => wrong(&error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_a_name() {
        let address = |text: &str| mailbox(text).unwrap().email.to_string();
        assert_eq!(address("a.b+c@example.com"), "a.b+c@example.com");
        assert_eq!(address(" Jörg Maß <j@example.com> "), "j@example.com");
        assert_eq!(mailbox("Jörg Maß <j@example.com>").unwrap().name.unwrap(), "Jörg Maß");
        assert_eq!(address("a@bücher.example"), "a@xn--bcher-kva.example");
        assert_eq!(address("a@localhost"), "a@localhost");
    }

    #[test]
    fn what_is_no_address_is_refused_and_named() {
        for text in [
            "",
            "nobody",
            "@example.com",
            "a@",
            "a b@example.com",
            "a@example.com, b@example.com",
            "a@example.com\r\nBcc: b@example.com",
            "A\nB <a@example.com>",
            "a@example.com> SIZE=1",
            "<a@example.com>\r\nRCPT TO:<b@example.com>",
            "jörg@example.com",
            "\"a> b\"@example.com",
            "a@exa mple.com",
        ] {
            let error = mailbox(text).map(|_| ()).unwrap_err();
            assert!(error.starts_with(&format!("{text:?} is no mail address")), "{error}");
            assert!(!error.contains(['\r', '\n']), "{error}");
        }
        assert!(mailbox(&format!("{}@example.com", "a".repeat(600))).is_err());
    }

    proptest! {
        #[test]
        fn an_address_that_is_taken_cannot_end_its_line_or_its_brackets(text in "\\PC{0,20}@\\PC{0,20}|[ -~\r\n]{0,30}@[ -~\r\n]{1,20}") {
            if let Ok(mailbox) = mailbox(&text) {
                let address = mailbox.email.to_string();
                prop_assert!(address.is_ascii() && !address.contains(['\r', '\n', '<', '>', ' ']), "{address:?}");
            }
        }
    }
}
